// SPDX-License-Identifier: Apache-2.0
//
// Values of variables that come from outside of a file: of a spec from the command line, files and the environment, of
// an included file from the one that includes it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "planner/source/diagnostic.h"
#include "planner/template/scope.h"

namespace berth::spec {

struct Given {
  /// As a person typed it, or JSON that came of a file.
  enum class Form : std::uint8_t { text, json };
  /// What it means that the spec declares no such variable: an option is a mistake, a file may serve several specs, and
  /// the environment holds what concerns others.
  enum class Demand : std::uint8_t { declared, optional, ambient };

  std::string name;
  std::string text;
  Form form = Form::text;
  Demand demand = Demand::declared;
  /// A line of a file; without a line its `file` says what gave it: "-v region", "BERTH_VAR_region".
  source::Mark where{};
  /// Of what an including file gives: whether it is known what, and whether that may be shown.
  templates::Variable::Standing standing = templates::Variable::Standing::known;
  templates::Sensitivity sensitivity = templates::Sensitivity::open;

  bool operator==(const Given&) const = default;
};

/// Of two of one name the later counts.
using Givens = std::vector<Given>;

// Limits; beyond them it is a mistake.
inline constexpr std::size_t kMaxVariables = 500;
inline constexpr std::size_t kMaxGivenBytes = std::size_t{256} << 10;

}  // namespace berth::spec
