// SPDX-License-Identifier: Apache-2.0
//
// The layout while it is being made: what is promised to whom, how many nodes of each group are in each place, and
// which hard rule keeps a node from a host. Placing, explaining, simulating and rebalancing all move pieces on it.
//
//   Board board(hosts, groups);
//   if (!board.objection(group, board.needsOf(group, node), node.pin, host)) board.put(group, needs, host);
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "planner/layout/ledger.h"
#include "planner/layout/place.h"
#include "planner/layout/places.h"

namespace berth::layout {

using GroupIndex = std::uint32_t;

/// Why a host cannot have a node, in the order in which they are looked at.
enum class Cause : std::uint8_t { pin, state, zone, label, vcpus, memory, disk, volumes, spread, apart, near };

/// What a node asks for: its group's needs or its own, and its pin.
struct Claim {
  GroupIndex group = 0;
  Amount needs;
  const Pin* pin = nullptr;
};

class Board {
public:
  /// Refers to both, which must outlive it. Bonds to groups that are not listed bind nothing.
  Board(const std::vector<Host>& hosts, const std::vector<Group>& groups);

  [[nodiscard]] const std::vector<Host>& hosts() const { return hosts_; }
  [[nodiscard]] const std::vector<Group>& groups() const { return groups_; }
  [[nodiscard]] const Ledger& ledger() const { return ledger_; }
  [[nodiscard]] Ledger& ledger() { return ledger_; }
  [[nodiscard]] const Places& places() const { return places_; }
  /// Each host's position by name among all, so that ties do not depend on the order in which hosts were listed.
  [[nodiscard]] std::uint32_t nameOrder(HostIndex host) const { return nameOrder_[host]; }
  /// Of two hosts of one name only the first is used.
  [[nodiscard]] bool usable(HostIndex host) const { return ledger_.find(hosts_[host].name) == host; }

  [[nodiscard]] Claim claim(GroupIndex group, const Node& node) const;

  /// A node of the group is on the host, or is no more; says nothing to the ledger.
  void put(GroupIndex group, HostIndex host) { change(group, host, 1); }
  void lift(GroupIndex group, HostIndex host) { change(group, host, -1); }
  /// Nodes of the group in the place of that level that the host is in. Counted are the levels that the group is spread
  /// over, and those of bonds that it is part of.
  [[nodiscard]] std::uint32_t count(GroupIndex group, LevelId level, HostIndex host) const;

  /// All nodes of the group that have been put somewhere.
  [[nodiscard]] std::uint32_t total(GroupIndex group) const { return sides_[group].total; }

  /// The levels that a group is spread over, as places() numbers them.
  [[nodiscard]] const std::vector<LevelId>& spreadOf(GroupIndex group) const { return sides_[group].spread; }

  /// A bond as one of its sides sees it.
  struct Tie {
    Bond::Kind kind = Bond::Kind::apart;
    Strength strength = Strength::wish;
    GroupIndex other = 0;
    LevelId level = 0;
    /// Where it stands, and its words for a person.
    GroupIndex owner = 0;
    std::size_t bond = 0;
  };
  [[nodiscard]] const std::vector<Tie>& tiesOf(GroupIndex group) const { return sides_[group].ties; }
  /// The other ends of nearness: groups that want to be near this one.
  [[nodiscard]] const std::vector<Tie>& followersOf(GroupIndex group) const { return sides_[group].followers; }
  [[nodiscard]] const Bond& bondOf(const Tie& tie) const { return groups_[tie.owner].rules.bonds[tie.bond]; }
  /// The first tie of that kind that is a rule and is not kept on the host.
  [[nodiscard]] const Tie* broken(GroupIndex group, Bond::Kind kind, HostIndex host) const;

  /// A hard rule that does not depend on what else is where: pin, zone, label.
  [[nodiscard]] std::optional<Cause> excluded(const Claim& claim, HostIndex host) const;
  /// What the host has too little of.
  [[nodiscard]] std::optional<Cause> lacking(const Amount& needs, HostIndex host) const;
  /// A hard rule that depends on the nodes there: spread, apart, near. The node itself is not put there.
  [[nodiscard]] std::optional<Cause> crowded(GroupIndex group, HostIndex host) const;
  /// All of them, and the host's state; nothing when the node may go there.
  [[nodiscard]] std::optional<Cause> objection(const Claim& claim, HostIndex host) const;

private:
  struct Side {
    std::vector<LevelId> spread;
    std::vector<Tie> ties;
    std::vector<Tie> followers;
    /// By level, nodes by place; empty for a level that is not counted.
    std::vector<std::vector<std::uint32_t>> counts;
    std::uint32_t total = 0;
  };

  void countLevel(GroupIndex group, LevelId level);
  void tie(GroupIndex owner, std::size_t bond, GroupIndex other);
  void change(GroupIndex group, HostIndex host, int by);

  const std::vector<Host>& hosts_;
  const std::vector<Group>& groups_;
  Ledger ledger_;
  Places places_;
  std::vector<std::uint32_t> nameOrder_;
  std::vector<Side> sides_;
};

}  // namespace berth::layout
