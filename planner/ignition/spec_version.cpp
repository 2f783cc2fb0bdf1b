// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/spec_version.h"

#include <algorithm>
#include <array>

namespace berth::ignition {
namespace {

constexpr std::array<std::string_view, 8> kNames = {"3.0.0", "3.1.0", "3.2.0", "3.3.0",
                                                    "3.4.0", "3.5.0", "3.6.0", "3.7.0-experimental"};

/// Takes the part behind the first `mark` away; nothing when there is none.
std::string_view splitOff(std::string_view& text, char mark) {
  std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return {};
  std::string_view part = text.substr(at + 1);
  text = text.substr(0, at);
  return part;
}

/// Letters, digits and hyphens, in groups with dots between them; or nothing at all.
bool areIdentifiers(std::string_view text) {
  if (text.empty()) return true;
  bool isCharacter = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.';
  });
  return isCharacter && !text.starts_with('.') && !text.ends_with('.') && text.find("..") == std::string_view::npos;
}

/// A number without its leading zeroes; nothing for anything else.
std::optional<std::string> wholeNumber(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);
  // What does not fit into 63 bits is no version.
  constexpr std::string_view kLargest = "9223372036854775807";
  if (text.size() > kLargest.size() || (text.size() == kLargest.size() && text > kLargest)) return std::nullopt;
  return std::string(text);
}

}  // namespace

std::string_view str(SpecVersion version) { return kNames[static_cast<std::size_t>(version)]; }

std::optional<SpecVersion> parseSpecVersion(std::string_view text) {
  auto found = std::find(kNames.begin(), kNames.end(), text);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<SpecVersion>(found - kNames.begin());
}

std::optional<std::string> normalisedVersion(std::string_view text) {
  std::string_view build = splitOff(text, '+');
  std::string_view preRelease = splitOff(text, '-');
  if (!areIdentifiers(preRelease) || !areIdentifiers(build)) return std::nullopt;
  std::string out;
  for (int part = 0; part < 3; ++part) {
    std::size_t dot = text.find('.');
    bool isLast = part == 2;
    if (isLast != (dot == std::string_view::npos)) return std::nullopt;
    auto number = wholeNumber(text.substr(0, dot));
    if (!number) return std::nullopt;
    out += (part == 0 ? "" : ".") + *number;
    text.remove_prefix(isLast ? text.size() : dot + 1);
  }
  if (!preRelease.empty()) out += "-" + std::string(preRelease);
  if (!build.empty()) out += "+" + std::string(build);
  return out;
}

}  // namespace berth::ignition
