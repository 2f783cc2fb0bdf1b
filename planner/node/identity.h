// SPDX-License-Identifier: Apache-2.0
//
// What a node is known by, on its network and to the lock that it asks before it reboots, worked out from its name so
// that it is the same on every host and after every replacement.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "words/name.h"

namespace berth::node {

/// A MAC address: 52, which is unicast and locally administered, and 40 bits of a digest. The three bytes 52:54:00 that
/// QEMU likes to begin with would leave 24 bits, of which two of 10,000 nodes probably share some. `attempt` rises when
/// another node of the cluster has this one nevertheless. `network` is the name of the network for all but the first
/// of a node's, so that a node which is given a second one keeps what it has.
[[nodiscard]] std::string macOf(const ClusterName& cluster, const NodeName& node, std::uint32_t attempt = 0,
                                std::string_view network = {});

/// Its id in the FleetLock protocol (Zincati's node_uuid): 32 hexadecimal digits.
[[nodiscard]] std::string updateIdOf(const ClusterName& cluster, const NodeName& node);
/// What proves that a request is of the node with that id: 32 hexadecimal digits, which nobody can work out who does
/// not know `key`.
[[nodiscard]] std::string lockTokenOf(std::string_view key, std::string_view updateId);

}  // namespace berth::node
