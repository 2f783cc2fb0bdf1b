// SPDX-License-Identifier: Apache-2.0
//
// Shows what is wrong in a person's files, with their lines, whether it was found here or by the controller.
#pragma once

#include <string>
#include <vector>

#include "controller/cli/world.h"
#include "planner/source/diagnostic.h"
#include "protocol/message/operator.h"

namespace berth::cli {

/// Where the files that marks name lie: a mark's "base.bu" is shown, and read, as "examples/first/base.bu".
struct Place {
  /// Ends with a slash, or is empty.
  std::string directory;
  source::TextOf textOf;
};

/// On standard error; each with its line, where the text is at hand.
void printFindings(const source::Findings& findings, const Place& place, World& world);

/// As the planner writes them, so that one place shows them.
[[nodiscard]] source::Findings findingsFrom(const std::vector<message::FindingRow>& rows);

}  // namespace berth::cli
