// SPDX-License-Identifier: Apache-2.0
//
// Places the nodes of one group after another. Nodes of a group are equal, so hosts are ranked once per group and then
// kept in order: a zone is a set of its usable hosts, best first, and the zones are a set of their best hosts. Placing
// a node takes the first of the first and puts both back, a few logarithms rather than a walk over all hosts.
#pragma once

#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "planner/layout/ledger.h"

namespace berth::layout {

/// Lower is better, compared from the first number to the last.
struct Rank {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  std::uint64_t usedShare = 0;
  /// Position of the host's name among all, so that ties do not depend on the order in which hosts were listed.
  std::size_t name = 0;
  HostIndex host = 0;
  auto operator<=>(const Rank&) const = default;
};

/// Hosts of one zone have its count of nodes in common, so their order does not change with it: there it counts as 0.
enum class Among { zone, fleet };

class Placer {
public:
  Placer(const std::vector<Host>& hosts, const std::vector<Group>& groups, const std::vector<Present>& present);

  /// Places all groups.
  [[nodiscard]] Layout run();
  /// Places everything before `node`, which has to be in a group, and judges each host for it.
  [[nodiscard]] std::vector<Verdict> judge(const NodeName& node);

private:
  struct Zone {
    std::set<Rank> hosts;
    std::uint64_t nodes = 0;
  };
  struct GroupState {
    const Group* group = nullptr;
    std::vector<std::uint64_t> onHost;
    std::unordered_map<std::string, Zone> zones;
  };

  void keepPresent();
  [[nodiscard]] GroupState countGroup(const Group& group) const;
  [[nodiscard]] bool usable(const GroupState& state, HostIndex host) const;
  [[nodiscard]] Rank rank(const GroupState& state, HostIndex host, Among among) const;
  void placeGroup(const Group& group);
  void placeNew(const Group& group, const std::vector<NodeName>& nodes);
  [[nodiscard]] std::string whyNone(const GroupState& state) const;
  [[nodiscard]] Verdict verdict(const GroupState& state, HostIndex host) const;

  const std::vector<Host>& hosts_;
  const std::vector<Group>& groups_;
  const std::vector<Present>& present_;
  Ledger ledger_;
  std::vector<std::size_t> nameOrder_;
  /// Without those on hosts that are not in the list: they stay there too, and nothing is known of it.
  std::unordered_map<NodeName, HostIndex> staying_;
  Layout layout_;
};

}  // namespace berth::layout
