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

/// What a text says of its own version, and what keeps it from saying so.
struct StatedVersion {
  std::string version;
  /// Not empty when the text is no JSON object or the version no text.
  Findings findings;
};
[[nodiscard]] StatedVersion statedVersion(std::string_view text, const std::string& file = {});

struct Parsed {
  /// Present when the text is a valid config.
  std::optional<Config> config;
  Findings findings;
  /// Why there is no config at all, when no finding says so: "unsupported config version".
  std::string refusal;
};

/// `file` is the name that marks bear.
[[nodiscard]] Parsed parse(std::string_view text, const std::string& file = {}, Rules rules = Rules::latest);

}  // namespace berth::ignition
