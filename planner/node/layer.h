// SPDX-License-Identifier: Apache-2.0
//
// What Berth adds to every node, beneath what the user says:
//
//   /etc/hostname                                                     the node's name
//   /etc/NetworkManager/system-connections/berth-N.nmconnection       its address in network N, or DHCP (keyfile.h)
//   /etc/zincati/config.d/55-updates-strategy.toml                    os_updates, where the spec says so (zincati.h)
//   /etc/zincati/config.d/56-berth-fleet-lock.toml                    whom to ask, with fleet_lock
//   /etc/berth/report-readiness, berth-ready.service                  tells the agent when the node is up
//   a filesystem and a mount unit for each volume with a mount        (volume_config.h)
//   Consul, Nomad, and Vault or OpenBao, where the spec says so       (stack/layer.h)
//
// A file that the user's config has at the same path takes the place of ours.
#pragma once

#include <string>
#include <vector>

#include "planner/ignition/config.h"
#include "planner/node/site.h"
#include "planner/node/zincati.h"
#include "planner/spec/model.h"

namespace berth::node {

inline constexpr const char* kHostnamePath = "/etc/hostname";
inline constexpr const char* kReportPath = "/etc/berth/report-readiness";
inline constexpr const char* kReadyUnit = "berth-ready.service";

/// What differs from node to node.
struct Words {
  struct Nic {
    /// Empty: whichever interface there is.
    std::string mac;
    /// Empty under DHCP.
    std::string address;
  };
  std::string name;
  /// One for each network.
  std::vector<Nic> nics;
  LockWords lock{};
  /// The node's certificate and its key, PEM, where the pool has a part in the stack.
  std::string certificate{};
  std::string privateKey{};
};

/// The layer for `user`'s config, with `words` in it as they are: they need no escaping in a URL. Elsewhere than on a
/// host of Berth's without what only an agent hears, gives or decides.
[[nodiscard]] ignition::Config berthLayer(const ignition::Config& user, const spec::Spec& spec, const spec::Pool& pool,
                                          const Words& words, const Site& site = {});

/// The script that writes to the readiness port, for bash on Fedora CoreOS or any other system with systemd:
///
///   berth-ready 1 boot=<boot id> state=<word> failed=<unit,unit|-> addresses=<address,address|->
///
/// and behind that, on a system that updates itself, os=<its release> and staged=<the release of its next boot>, and,
/// where the node is a part of a stack, stack=<what it says> (stack/report.h).
[[nodiscard]] std::string reportScript();

}  // namespace berth::node
