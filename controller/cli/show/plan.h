// SPDX-License-Identifier: Apache-2.0
//
// A plan as a person reads it in 80 columns: what changes and why, nodes that change alike said once; then in which
// order, and what each wave puts at risk; then what cannot be undone, and how long it may take.
//
//   Plan for cluster first: revision 1 → 2
//
//     -/+ replace  first-server-0, -1, -2
//           /etc/motd changed ← base.bu:14:5
//
//   In 3 waves, each ready before the next:
//     waves 1–3  replace first-server-0 on vh1, -1 on vh2, -2 on vh3, one by one
//                1 of 3 in server down, quorum of 2 holds with none to spare
//
//   Not to be undone: 3 nodes lose their root disks.
//   About 2m36s, judging by 12 past changes.
//
//   0 to create, 3 to replace, 0 to destroy, 0 unchanged
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "controller/cli/show/style.h"
#include "protocol/message/operator.h"

namespace berth::show {

struct Tally {
  std::uint64_t create = 0;
  std::uint64_t replace = 0;
  std::uint64_t destroy = 0;
  /// Of the replaced ones, those that go to another host; they are not counted among `replace`.
  std::uint64_t move = 0;
  /// In place; with how many of them from their next boot on.
  std::uint64_t update = 0;
  std::uint64_t atNextBoot = 0;
  std::uint64_t restart = 0;
  std::uint64_t unchanged = 0;

  [[nodiscard]] bool changes() const { return create + replace + destroy + move + update + restart > 0; }
  /// Nodes that are there now would be shut down.
  [[nodiscard]] bool takesNodesDown() const { return replace + destroy + move + restart > 0; }
};
[[nodiscard]] Tally tally(const message::PlanRow& plan);
/// "3 to create, 0 to replace, 0 to destroy, 0 unchanged"; moves, restarts and updates only where there are any.
[[nodiscard]] std::string summary(const Tally& tally);

/// How much of the diffs of files and units is shown.
enum class Extent : std::uint8_t { brief, full };

[[nodiscard]] std::string planText(const message::PlanRow& plan, const Style& style, Extent extent = Extent::brief);

/// What an apply did in place, once it is accepted; empty when that is nothing.
[[nodiscard]] std::string updatedText(const Tally& tally);

}  // namespace berth::show
