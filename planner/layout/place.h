// SPDX-License-Identifier: Apache-2.0
//
// Which node sits on which host. A ledger of reservations decides, never a look at free memory, so no host is ever
// promised more than it has; nodes that are in place stay there; the same input gives the same layout.
//
//   Layout layout = place(hosts, groups, present);
//   layout.hostOf(node);                   // null when it found no place; layout.unplaced says why
//
// New nodes go, in the order of the groups, to the host with the fewest nodes of their group in its zone, then on the
// host itself (spread), then the one with the largest share of free memory, then the first by name.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "words/name.h"
#include "words/quantity.h"

namespace berth::layout {

/// What a node needs, or a host has.
struct Amount {
  std::uint32_t vcpus = 0;
  Bytes memory;
  Bytes disk;
  bool operator==(const Amount&) const = default;
};

enum class HostState : std::uint8_t { ready, cordoned, draining, lost };

struct Host {
  HostName name;
  /// May be empty: hosts without a zone make up one together.
  std::string zone;
  std::map<std::string, std::string> labels;
  /// What may be promised in all. Whoever wants to overcommit vcpus raises them here.
  Amount capacity;
  /// What is promised to nodes of other clusters.
  Amount reserved;
  /// Only ready hosts take new nodes; on the others, nodes that are in place stay.
  HostState state = HostState::ready;
};

enum class Level : std::uint8_t { zone, host };

/// How the nodes of a group are to be spread, and where they may be.
struct Rules {
  /// The most important first.
  std::vector<Level> spread{Level::zone, Level::host};
  /// Hard: never two nodes of the group in the same place of the last level named.
  bool hard = false;
  /// Empty: any.
  std::vector<std::string> zones;
  std::map<std::string, std::string> labels;
};

/// Equal nodes: a pool.
struct Group {
  std::string name;
  Amount needs;
  Rules rules;
  std::vector<NodeName> nodes;
};

/// A node that is somewhere now, with what is reserved for it there.
struct Present {
  NodeName node;
  HostName host;
  Amount reserved;
};

struct Unplaced {
  NodeName node;
  /// "no host has room: 2 of 3 lack memory (at best 1GiB of 4GiB is free, on h2), 1 is cordoned"
  std::string reason;
};

struct Layout {
  std::unordered_map<NodeName, HostName> hosts;
  std::vector<Unplaced> unplaced;

  [[nodiscard]] const HostName* hostOf(const NodeName& node) const;
};

/// `present` nodes that no group names are leaving; they keep their reservations. A present node whose group now needs
/// more than its host has left is placed anew, and keeps both reservations: whatever the order in which the changes are
/// carried out, no host is promised more than it has.
[[nodiscard]] Layout place(const std::vector<Host>& hosts, const std::vector<Group>& groups,
                           const std::vector<Present>& present);

/// One line for each host: why this node is there, or could be, or could not.
struct Verdict {
  enum class Kind : std::uint8_t { chosen, possible, impossible };
  HostName host;
  Kind kind = Kind::possible;
  std::string reason;
};
[[nodiscard]] std::vector<Verdict> explain(const std::vector<Host>& hosts, const std::vector<Group>& groups,
                                           const std::vector<Present>& present, const NodeName& node);

}  // namespace berth::layout
