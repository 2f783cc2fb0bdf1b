// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with a config, in the form in which Butane and Ignition report it: with the path of the value, as the
// text in question names it.
#pragma once

#include <string>
#include <vector>

#include "planner/source/diagnostic.h"

namespace berth::ignition {

struct Finding {
  source::Severity severity = source::Severity::error;
  /// "$.storage.files.0.mode"; empty when the finding is about the text as a whole.
  std::string path;
  source::Mark where;
  std::string message;
};

using Findings = std::vector<Finding>;

[[nodiscard]] bool hasErrors(const Findings& findings);

/// The findings as the rest of Berth shows them.
[[nodiscard]] source::Findings asDiagnostics(const Findings& findings);

}  // namespace berth::ignition
