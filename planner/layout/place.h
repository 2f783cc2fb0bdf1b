// SPDX-License-Identifier: Apache-2.0
//
// Which node sits on which host. A ledger of reservations decides, never a look at free memory, so no host is ever
// promised more than it has; nodes that are in place stay, unless a hard rule forbids it; the same input gives the same
// layout, in whatever order it is listed.
//
//   Layout layout = place(hosts, groups, present);
//   layout.hostOf(node);                   // null when it found no place; layout.unplaced says why
//
// Hard rules say where a node may be at all; among what is left, order.h says which host is best. docs/layout.md tells
// the same to people.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
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
  /// Of volumes. A host that has none of it has no volume pool: there volumes take their room on the disk (onHost()).
  Bytes volumes = {};
  bool operator==(const Amount&) const = default;
};

enum class HostState : std::uint8_t { ready, cordoned, draining, lost };

struct Host {
  HostName name;
  /// May be empty: hosts without a zone make up one together.
  std::string zone;
  std::map<std::string, std::string> labels;
  /// What may be promised in all: where vcpus or memory are overcommitted, more than there is.
  Amount capacity;
  /// What is promised to nodes that are not named here.
  Amount reserved;
  /// Only ready hosts take new nodes. Nodes leave a draining host where they can be elsewhere; on the others, those
  /// that are in place stay.
  HostState state = HostState::ready;
};

/// What nodes are spread over or kept together in: hosts that have something in common make up a place.
struct Level {
  enum class Kind : std::uint8_t { zone, host, label };
  Kind kind = Kind::host;
  /// The label whose values are the places; hosts without it make up one together.
  std::string label = {};

  [[nodiscard]] static Level zone() { return {.kind = Kind::zone}; }
  [[nodiscard]] static Level host() { return {.kind = Kind::host}; }
  [[nodiscard]] static Level labelled(std::string key) { return {.kind = Kind::label, .label = std::move(key)}; }
  bool operator==(const Level&) const = default;
};

/// A rule forbids; a wish decides between hosts that are allowed.
enum class Strength : std::uint8_t { wish, rule };

/// How the nodes of one group stand to those of another.
struct Bond {
  /// Nearness is one-sided: the other group is placed first, and this one follows. Distance is kept from both sides.
  enum class Kind : std::uint8_t { near, apart };
  Kind kind = Kind::apart;
  std::string group;
  /// In the same place of this level, or in different ones.
  Level level = Level::host();
  Strength strength = Strength::wish;
};

/// What a host is chosen for, when all rules and wishes have been heard.
enum class Prefer : std::uint8_t {
  balance,  ///< the host with the most to spare
  pack      ///< the fullest host that has room, so that others stay empty; goes before spreading over hosts
};

/// How the nodes of a group are to be spread, and where they may be.
struct Rules {
  /// A wish, the most important first; no more than kMaxSpread.
  std::vector<Level> spread{Level::zone(), Level::host()};
  /// A rule: at most so many nodes of the group in one place of the last level of `spread`; 0 for no limit.
  std::uint32_t atMost = 0;
  /// Rules; empty: any.
  std::vector<std::string> zones = {};
  std::map<std::string, std::string> labels = {};
  std::vector<Bond> bonds = {};
  Prefer prefer = Prefer::balance;
};
inline constexpr std::size_t kMaxSpread = 4;

/// The only host that a node may be on, and why: "its volume data is there".
struct Pin {
  HostName host;
  std::string reason;
};

struct Node {
  NodeName name;
  /// When it is not what its group needs.
  std::optional<Amount> needs = std::nullopt;
  std::optional<Pin> pin = std::nullopt;
};

/// A pool: nodes that are placed by the same rules.
struct Group {
  std::string name;
  Amount needs;
  Rules rules;
  std::vector<Node> nodes;
};

/// A node that is somewhere now, with what is reserved for it there.
struct Present {
  NodeName node;
  HostName host;
  Amount reserved;
  /// Its host is lost, and it is known not to run there: like one on a draining host it goes where there is a place.
  bool abandoned = false;
};

struct Unplaced {
  NodeName node;
  /// "no host can take 1 vcpu, 4GiB of memory and 10GiB of disk: of 3 hosts, 2 lack memory (at best …), 1 is cordoned"
  std::string reason;
  /// What would make it fit: "3GiB more memory on h2, or count: 4"; empty when nothing is known that would.
  std::string advice = {};
};

struct Layout {
  std::unordered_map<NodeName, HostName> hosts;
  std::vector<Unplaced> unplaced;
  /// Why nodes leave the host they are on: "h1 is not in zone b". Those of them that found no other place are in
  /// `unplaced` too.
  std::unordered_map<NodeName, std::string> leaving = {};
  /// Nodes that stay on a draining host, by name, and why: a pin, or no other host can take them.
  std::map<NodeName, std::string> heldBack = {};

  [[nodiscard]] const HostName* hostOf(const NodeName& node) const;
};

/// `present` nodes that no group names are leaving; they keep their reservations. A present node stays where it is
/// unless a rule of its group forbids it there, or its host has no room for what it needs by now; then it is placed
/// anew, and keeps both reservations: whatever the order in which the changes are carried out, no host is promised more
/// than it has. Of a host that is not listed nothing is known: its nodes stay.
[[nodiscard]] Layout place(const std::vector<Host>& hosts, const std::vector<Group>& groups,
                           const std::vector<Present>& present);

}  // namespace berth::layout
