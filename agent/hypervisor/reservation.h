// SPDX-License-Identifier: Apache-2.0
//
// Addresses that the DHCP server of a libvirt network keeps for nodes. Entries of others are never touched: ours are
// those with the name of our node, or with the MAC address that Berth gave it.
//
//   <host mac="52:54:00:ab:cd:ef" name="prod-server-0" ip="10.20.0.11"/>
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/hypervisor/handles.h"
#include "words/name.h"

namespace berth::hypervisor {

/// One edit of a network, for virNetworkUpdate().
struct HostEdit {
  enum class Kind : std::uint8_t { remove, add };
  Kind kind = Kind::add;
  /// Which <ip> of the network.
  int parent = -1;
  std::string xml;
  bool operator==(const HostEdit&) const = default;
};

/// The edits after which the network of that XML keeps the nic's address for the node; none when it does already, or
/// when it serves no DHCP for such an address.
[[nodiscard]] std::vector<HostEdit> editsToReserve(std::string_view networkXml, const message::Nic& nic,
                                                   const NodeName& node);
/// The edits after which it keeps nothing for the node.
[[nodiscard]] std::vector<HostEdit> editsToRelease(std::string_view networkXml, const NodeName& node);

/// Carries edits out, live and for the network's next start. True when all were.
[[nodiscard]] bool carryOut(virNetwork* network, const std::vector<HostEdit>& edits);

}  // namespace berth::hypervisor
