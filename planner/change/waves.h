// SPDX-License-Identifier: Apache-2.0
//
// In which order changes go, and how many at once.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "planner/change/plan.h"

namespace berth::change {

/// A change that waits for its place in a wave.
struct Candidate {
  Change change;
  /// Nodes that are not ready come first: touching them takes nothing away.
  bool takesAReadyNode = false;
  std::uint32_t index = 0;
  /// InForce::leads.
  bool leads = false;
};

/// How many nodes of one pool may be in a wave.
struct Budget {
  /// At least 1.
  std::uint32_t maxParallel = 1;
  /// Set for a pool that lives by its majority: how many nodes it has before the first of these waves. Where that is
  /// none, all that are made go at once: each of them waits for the others.
  std::optional<std::uint32_t> members{};
};

/// Cuts the candidates of one pool, in their order, into waves behind `waves`.
void appendWaves(const std::vector<Candidate>& candidates, Budget budget, std::vector<Wave>& waves);

}  // namespace berth::change
