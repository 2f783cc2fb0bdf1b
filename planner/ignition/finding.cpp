// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/finding.h"

#include <algorithm>

namespace berth::ignition {

bool hasErrors(const Findings& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& each) { return each.severity == source::Severity::error; });
}

source::Findings asDiagnostics(const Findings& findings) {
  source::Findings out;
  for (const Finding& each : findings) {
    out.push_back({each.severity, each.where, each.message, each.path.empty() ? "" : "at " + each.path});
  }
  return out;
}

}  // namespace berth::ignition
