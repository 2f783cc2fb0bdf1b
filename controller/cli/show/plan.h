// SPDX-License-Identifier: Apache-2.0
//
// A plan as a person reads it: what would happen to which node, in which order, and why.
//
//   Plan for cluster first: revision 1 → 2
//
//     wave 1
//       -/+ replace  first-server-0  on vh1
//           because /etc/motd changed ← base.bu:14:5
//     …
//
//   0 to create, 3 to replace, 0 to destroy, 0 unchanged
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "controller/cli/show/style.h"
#include "protocol/message/operator.h"

namespace berth::show {

struct Tally {
  std::uint64_t create = 0;
  std::uint64_t replace = 0;
  std::uint64_t destroy = 0;
  std::uint64_t unchanged = 0;

  [[nodiscard]] bool changes() const { return create + replace + destroy > 0; }
  /// Nodes that are there now would be shut down.
  [[nodiscard]] bool takesNodesDown() const { return replace + destroy > 0; }
};
[[nodiscard]] Tally tally(const message::PlanRow& plan);
/// "3 to create, 0 to replace, 0 to destroy, 0 unchanged"
[[nodiscard]] std::string summary(const Tally& tally);

/// Nodes of one wave that change alike for the same reasons share one list of them.
[[nodiscard]] std::string planText(const message::PlanRow& plan, const Style& style);

}  // namespace berth::show
