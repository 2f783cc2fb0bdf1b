// SPDX-License-Identifier: Apache-2.0
//
// What Berth adds to every node, beneath what the user says:
//
//   /etc/hostname                                                     the node's name
//   /etc/NetworkManager/system-connections/berth-0.nmconnection       its address, or DHCP
//   /etc/berth/report-readiness, berth-ready.service                  tells the agent when the node is up
//
// A file that the user's config has at the same path takes the place of ours.
#pragma once

#include <optional>
#include <string>

#include "planner/ignition/config.h"
#include "planner/spec/model.h"

namespace berth::node {

inline constexpr const char* kHostnamePath = "/etc/hostname";
inline constexpr const char* kNetworkPath = "/etc/NetworkManager/system-connections/berth-0.nmconnection";
inline constexpr const char* kReportPath = "/etc/berth/report-readiness";
inline constexpr const char* kReadyUnit = "berth-ready.service";

/// What differs from node to node.
struct Words {
  std::string name;
  std::string mac;
  /// Empty under DHCP.
  std::string address;
};

/// The layer for `user`'s config, with `words` in it as they are: they need no escaping in a URL.
[[nodiscard]] ignition::Config berthLayer(const ignition::Config& user, const spec::Network& network,
                                          const Words& words);

/// A NetworkManager keyfile: the interface with this MAC address, with a static address or with DHCP.
[[nodiscard]] std::string networkKeyfile(const spec::Network& network, const Words& words);

/// The script that writes to the readiness port, for bash on Fedora CoreOS or any other system with systemd:
///
///   berth-ready 1 boot=<boot id> state=<word> failed=<unit,unit|-> addresses=<address,address|->
[[nodiscard]] std::string reportScript();

}  // namespace berth::node
