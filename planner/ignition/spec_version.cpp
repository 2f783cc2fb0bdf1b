// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/spec_version.h"

#include <algorithm>
#include <array>

namespace berth::ignition {
namespace {

constexpr std::array<std::string_view, 8> kNames = {"3.0.0", "3.1.0", "3.2.0", "3.3.0",
                                                    "3.4.0", "3.5.0", "3.6.0", "3.7.0-experimental"};

}  // namespace

std::string_view str(SpecVersion version) { return kNames[static_cast<std::size_t>(version)]; }

std::optional<SpecVersion> parseSpecVersion(std::string_view text) {
  auto found = std::find(kNames.begin(), kNames.end(), text);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<SpecVersion>(found - kNames.begin());
}

bool isVersionLike(std::string_view text) {
  text = text.substr(0, std::min(text.find('+'), text.find('-')));
  int parts = 0;
  while (true) {
    std::size_t dot = text.find('.');
    std::string_view part = text.substr(0, dot);
    bool number = !part.empty() && part.size() < 19 && part.find_first_not_of("0123456789") == std::string_view::npos;
    if (!number) return false;
    ++parts;
    if (dot == std::string_view::npos) return parts == 3;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace berth::ignition
