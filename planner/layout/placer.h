// SPDX-License-Identifier: Apache-2.0
//
// Places the nodes of one group after another: those that follow others (near) after these, the rest by size, the
// largest first, since small ones fit into what is left. Within a group, nodes go by their number. Nodes that have only
// one host to go to are placed before all others, so that nobody takes their room.
#pragma once

#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "planner/layout/board.h"

namespace berth::layout {

/// The order in which groups are placed; the same for the same groups, however they are listed.
[[nodiscard]] std::vector<GroupIndex> placingOrder(const Board& board);
/// A group's nodes by number: "c-web-9" before "c-web-10".
[[nodiscard]] std::vector<const Node*> byNumber(const Group& group);

/// Nodes of a group that need the same and are free to go to the same hosts.
struct Batch {
  Claim claim;
  std::vector<const Node*> nodes;
};

class Placer {
public:
  /// Nodes that stay on a draining host because no other can take them, and why.
  using HeldBack = std::map<NodeName, std::string>;

  Placer(const std::vector<Host>& hosts, const std::vector<Group>& groups, const std::vector<Present>& present,
         HeldBack heldBack = {});

  /// Places all nodes.
  [[nodiscard]] Layout run();

  /// Places everything that is placed before `node`, which is not in place already; its claim, and the board as it is
  /// then. Nothing when it is in place, or in no group.
  [[nodiscard]] std::optional<Claim> runUpTo(const NodeName& node);

  /// Nodes that leave a draining host for no other reason than that.
  [[nodiscard]] const std::unordered_set<NodeName>& evicted() const { return evicted_; }
  [[nodiscard]] bool isEvicted(const NodeName& node) const { return evicted_.contains(node); }

  [[nodiscard]] Board& board() { return board_; }
  [[nodiscard]] const Layout& layout() const { return layout_; }

private:
  enum class Freedom : std::uint8_t { pinned, free };

  void keepPresent();
  void keep(GroupIndex group, const Node& node, const Present& now);
  /// Sends away what is in place and not near enough to nodes that have been placed meanwhile.
  void checkNearness(GroupIndex group);
  void leave(const Node& node, std::string reason);
  [[nodiscard]] std::vector<Batch> batchesOf(GroupIndex group, Freedom freedom) const;
  void placeBatch(const Batch& batch);
  void placeAll();
  [[nodiscard]] bool stopped() const { return stop_.has_value() && stoppedAt_.has_value(); }

  Board board_;
  const std::vector<Present>& present_;
  const HeldBack heldBack_;
  std::vector<GroupIndex> order_;
  std::vector<std::vector<const Node*>> nodes_;
  Layout layout_;
  /// Sent away by draining alone.
  std::unordered_set<NodeName> evicted_;
  std::optional<NodeName> stop_;
  std::optional<Claim> stoppedAt_;
};

}  // namespace berth::layout
