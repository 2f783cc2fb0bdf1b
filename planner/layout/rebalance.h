// SPDX-License-Identifier: Apache-2.0
//
// A better layout for what is in place, and the moves it takes, the best first.
//
//   for (const Move& move : rebalance(standing, movable)) …       // empty: nothing is worth a move
//
// A move is worth it when it serves a wish (apart, near, spread, in the order of order.h), or, for groups that are to
// be balanced, when its host stays fuller by kWorth than the host it goes to becomes; groups that are to be packed move
// where that empties a host. Each move makes the layout better by that order, and never worse by what stands before it,
// so moves come to an end: once they are carried out, nothing more is offered.
//
// Never moved are nodes with a pin, nodes on hosts that are lost or draining, and what a rule keeps where it is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "planner/layout/standing.h"

namespace berth::layout {

/// In millionths: ten points of a hundred.
inline constexpr std::uint32_t kWorth = kWhole / 10;

struct Move {
  enum class Gain : std::uint8_t { apart, near, spread, balance, pack };
  NodeName node;
  HostName from;
  HostName to;
  Gain gain = Gain::balance;
  /// "h1 has 3 nodes of the pool, h2 has 1", "h1 goes from 80% to 60%, h2 from 20% to 40%"
  std::string reason = {};
  bool operator==(const Move&) const = default;
};

/// Which groups may move, by index; of the groups that `standing` was made of.
using Movable = std::vector<GroupIndex>;

/// At most `most` moves. They are carried out on `standing`, which is the better layout afterwards.
[[nodiscard]] std::vector<Move> rebalance(Standing& standing, const Movable& movable, std::size_t most);

}  // namespace berth::layout
