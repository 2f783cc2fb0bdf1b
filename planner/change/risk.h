// SPDX-License-Identifier: Apache-2.0
//
// What each wave of a plan puts at risk while it runs: how many nodes of which pool are down, and how far a pool that
// lives by its majority is from losing it. Also how long a plan will take, judged by what changes took before.
//
//   auto risks = risksOf(plan, present, {pool("server")});
//   risks[0].front()   // server: 1 of 3 down, quorum 2, margin 0: one more failure breaks it
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "planner/change/plan.h"

namespace berth::change {

/// One pool during one wave.
struct PoolRisk {
  PoolName pool;
  /// In force when the wave begins.
  std::uint32_t nodes = 0;
  /// Of these, the wave takes down so many.
  std::uint32_t down = 0;
  /// How many must be up; 0 for a pool that needs no majority.
  std::uint32_t quorum = 0;
  /// How many more may fail by themselves before the majority is lost; negative when it is lost with the wave. Nodes
  /// that are not known to be ready count as down.
  std::int32_t margin = 0;
  /// Kept volumes of the nodes that go down and come back; they are attached again.
  std::uint32_t volumes = 0;
  /// How much is copied from host to host meanwhile, at most; its nodes are down for so long.
  Bytes copied{};
  bool operator==(const PoolRisk&) const = default;
};

/// For each wave, the pools of which it takes nodes down, in the order of their names.
[[nodiscard]] std::vector<std::vector<PoolRisk>> risksOf(const Plan& plan, const std::vector<InForce>& present,
                                                         const std::set<PoolName>& quorumPools);

/// How long changes took that are done; the newest ones tell most.
using Past = std::map<Action, std::vector<std::chrono::milliseconds>>;

struct Estimate {
  std::chrono::milliseconds time{0};
  /// How many past changes it was judged by.
  std::uint32_t judgedBy = 0;
  bool operator==(const Estimate&) const = default;
};

/// The sum over all waves of the slowest median in each; nothing when some action was never done before.
[[nodiscard]] std::optional<Estimate> estimate(const Plan& plan, const Past& past);

}  // namespace berth::change
