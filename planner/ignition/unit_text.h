// SPDX-License-Identifier: Apache-2.0
//
// Whether systemd could read a unit's text, as far as Ignition checks it: sections, options, comments, continued lines.
#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace berth::ignition {

/// What the checks have to know of a readable unit.
struct UnitText {
  /// Its [Install] section has at least one option: without, enabling does nothing.
  bool installs = false;
};

struct UnreadableUnit {
  std::string reason;
};

[[nodiscard]] std::variant<UnitText, UnreadableUnit> readUnit(std::string_view text);

}  // namespace berth::ignition
