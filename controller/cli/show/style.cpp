// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/style.h"

namespace berth::show {

namespace {

/// SGR sequences of the sixteen colours that each terminal's own theme defines.
std::string_view sequence(Tone tone) {
  switch (tone) {
    case Tone::plain: return "";
    case Tone::good: return "\x1b[32m";
    case Tone::busy: return "\x1b[33m";
    case Tone::bad: return "\x1b[31m";
    case Tone::faint: return "\x1b[2m";
    case Tone::strong: return "\x1b[1m";
  }
  return "";
}

}  // namespace

std::string Style::paint(std::string_view text, Tone tone) const {
  const std::string_view begin = sequence(tone);
  if (colour == Colour::off || begin.empty() || text.empty()) return std::string(text);
  return std::string(begin) + std::string(text) + "\x1b[0m";
}

}  // namespace berth::show
