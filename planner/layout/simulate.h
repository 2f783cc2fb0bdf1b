// SPDX-License-Identifier: Apache-2.0
//
// What if: hosts are lost, pools grow, more nodes are wanted. Nothing is changed; the answer is what place() would do,
// and whether the fleet could then do without any one host.
//
//   Foretold told = simulate({.hosts = hosts, .groups = groups, .present = present, .lost = {h1}, .fit = {shape}});
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/layout/place.h"
#include "planner/layout/survive.h"

namespace berth::layout {

/// More nodes like those of a group, or, without one, any that need so much.
struct Shape {
  std::string group;
  Amount needs;
};

struct WhatIf {
  std::vector<Host> hosts;
  /// As large as they would be.
  std::vector<Group> groups;
  std::vector<Present> present;
  std::vector<HostName> lost;
  std::vector<Shape> fit;
};

struct Fit {
  Shape shape;
  /// Until no host takes one more; kMostFit when there are more.
  std::uint32_t count = 0;
  /// So that any one host may still be lost afterwards.
  std::uint32_t surviving = 0;
  /// What keeps out the next one.
  std::string limit;
};
inline constexpr std::uint32_t kMostFit = 100'000;

struct Foretold {
  struct Move {
    NodeName node;
    /// Empty for a node that is new.
    HostName from;
    HostName to;
    bool operator==(const Move&) const = default;
  };
  /// Nodes that would be placed: those of lost hosts, new ones, and those that a rule sends away; by name.
  std::vector<Move> placed;
  std::vector<Unplaced> homeless;
  /// Nodes that are pinned to a host that is lost, and go down with it.
  std::vector<Present> pinned;
  std::vector<Fit> fits;
  /// Hosts whose loss, after all this, would leave nodes without a place.
  std::vector<Loss> fragile;
  /// Nodes in place in the end.
  std::uint32_t nodes = 0;
};

[[nodiscard]] Foretold simulate(const WhatIf& question);

}  // namespace berth::layout
