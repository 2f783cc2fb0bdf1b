// SPDX-License-Identifier: Apache-2.0
//
// What this host refuses whatever a controller says. A controller that was broken into must not get more out of a
// host than its owner has allowed: attachments, sizes and where images may come from. Set in the agent's own
// configuration file, which no message changes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocol/message/fleet.h"
#include "protocol/message/node.h"

namespace berth::reconcile {

/// How much of a machine is promised to nodes, in hundredths of what it has: more than 100 where guests seldom need all
/// of theirs at once, less to keep some for the host.
struct Overcommit {
  std::uint32_t vcpus = 100;
  std::uint32_t memory = 100;
  bool operator==(const Overcommit&) const = default;
};

struct Policy {
  /// Names of bridges, libvirt networks and, for macvtap, interfaces that nodes may attach to. Empty allows every
  /// bridge and libvirt network, but no macvtap: that puts guests on the host's own link, so each interface must be
  /// named.
  std::vector<std::string> networks;
  /// What may be given to all nodes together. In the configuration the owner's wish, 0 for none; cut down to what the
  /// machine has once that is known.
  message::Capacity capacity;
  Overcommit overcommit;
  /// Directories on this host that `file://` images may be taken from; empty allows none.
  std::vector<std::string> imageDirectories;
  /// Hosts that images and artifacts may be downloaded from; empty allows every one.
  std::vector<std::string> imageHosts;
  /// Unproved transport is allowed by default: what counts is the digest of what comes.
  enum class PlainHttp : std::uint8_t { refused, allowed };
  PlainHttp plainHttp = PlainHttp::allowed;
};

/// What a node takes of a host that has `has`: its volumes of the volume pool, or of the disk beside its root disk; as
/// much as there can be when it is more than fits into the type.
[[nodiscard]] message::Capacity needsOf(const message::NodeSpec& spec, const message::Capacity& has);
/// Why this host does not take that node, whatever else is on it; empty when it does.
[[nodiscard]] std::optional<std::string> objection(const Policy& policy, const message::NodeSpec& spec);
/// Why there is no room for that node beside what is here already; empty when there is.
[[nodiscard]] std::optional<std::string> noRoom(const Policy& policy, const message::Capacity& taken,
                                                const message::NodeSpec& spec);
/// What `machine` promises to nodes: with its overcommit, and no more than `wish`, where 0 means no wish.
[[nodiscard]] message::Capacity offered(const message::Capacity& machine, const Overcommit& overcommit,
                                        const message::Capacity& wish);

}  // namespace berth::reconcile
