// SPDX-License-Identifier: Apache-2.0
//
// The hosts that may have a node of one kind, best first, while nodes of that kind are placed one after another.
//
// Hosts are the leaves of a tree whose inner floors are the levels that the group is spread over, hosts excepted: under
// the root the zones, say, and under each zone its racks. All hosts below a floor have the counts of the floors above
// in common, so those counts do not matter for the order among them, and a node that is placed in a zone moves that
// zone among the zones without touching the order within. Placing a node takes a few logarithms rather than a walk
// over all hosts.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "planner/layout/board.h"
#include "planner/layout/order.h"

namespace berth::layout {

class Candidates {
public:
  /// Looks at all hosts. Refers to board and claim, which must outlive it. As long as it is used, only took() may
  /// change what is on the board for the claim's group, and nothing else may reserve anything.
  Candidates(const Board& board, const Claim& claim);

  /// The best host; nothing when there is none.
  [[nodiscard]] std::optional<HostIndex> best() const;
  /// best() has got a node, which is on the board by now.
  void took(HostIndex host);

private:
  using Index = std::uint32_t;
  /// A floor's best host is known by the rank that it has below that floor.
  using Entry = std::pair<Rank, Index>;
  struct Floor {
    Index parent = 0;
    /// How many floors are above: the root has none.
    std::size_t depth = 0;
    /// Any host in it, to know its place by.
    HostIndex anyHost = 0;
    /// Of the lowest floors the hosts, of the others the floors below. A floor without hosts is in no parent's list.
    std::set<Entry> below;
    /// What its parent knows it by, while it is there.
    std::optional<Rank> listed;
  };

  /// The rank without the counts that all below a floor of this depth have in common.
  [[nodiscard]] Rank within(Rank rank, std::size_t depth) const;
  void insert(HostIndex host);
  /// Lists a floor anew in its parent, and so on up.
  void relist(Index floor);

  const Board& board_;
  const Claim& claim_;
  Order order_;
  /// The levels of the inner floors, from the root down, as places of the group's spread.
  std::vector<std::size_t> levels_;
  std::vector<Floor> floors_;
  std::vector<Index> floorOfHost_;
  std::vector<Rank> rankOfHost_;
  /// By inner level and place, the floors that are in it: more than one where a label crosses zones.
  std::vector<std::vector<std::vector<Index>>> floorsIn_;
};

}  // namespace berth::layout
