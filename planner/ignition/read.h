// SPDX-License-Identifier: Apache-2.0
//
// Ignition's JSON becomes a Config, and is checked on the way.
//
//   auto parsed = ignition::parse(text, "base.ign");
//   if (!parsed.config) return render(asDiagnostics(parsed.findings), …);
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "planner/ignition/config.h"
#include "planner/ignition/finding.h"
#include "planner/ignition/validate.h"

namespace berth::ignition {

struct Parsed {
  /// Present when the text is a valid config.
  std::optional<Config> config;
  Findings findings;
  /// Why there is no config at all, when no finding says so: "unsupported config version".
  std::string refusal;
};

/// The version that a text states; empty when it is no config, or states none.
[[nodiscard]] std::string statedVersion(std::string_view text);

/// What there is to say of a text that is meant for `version`.
struct Inspected {
  /// When it is none, the only finding says why.
  bool isReadable = false;
  /// What the text itself states; findings say nothing of it.
  std::string version;
  Findings findings;
};
[[nodiscard]] Inspected inspect(std::string_view text, SpecVersion version, Rules rules = Rules::latest);

/// `file` is the name that marks bear.
[[nodiscard]] Parsed parse(std::string_view text, const std::string& file = {}, Rules rules = Rules::latest);

}  // namespace berth::ignition
