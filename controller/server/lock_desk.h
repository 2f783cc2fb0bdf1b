// SPDX-License-Identifier: Apache-2.0
//
// Nodes that ask before they reboot, as the controller's loop hears them.
//
//   LockDesk desk;
//   http::Response response = desk.answer(core, call, moment);      // true only once the core's turn is on disk
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "controller/server/core.h"
#include "controller/server/fleet_lock.h"

namespace berth::server {

class LockDesk {
public:
  [[nodiscard]] http::Response answer(Core& core, const LockCall& call, const fleet::Moment& moment);

private:
  /// Nothing where no node in force has that id.
  [[nodiscard]] const store::NodeRecord* nodeOf(const Core& core, const std::string& id);

  /// As of a version of the ledger; what has gone since stays until it is read anew.
  std::unordered_map<std::string, NodeName> nodes_;
  std::optional<std::uint64_t> version_;
};

/// Held ones first, then those that wait; by the names of their nodes.
[[nodiscard]] std::vector<message::LockRow> lockRows(const Core& core, const std::optional<ClusterName>& cluster);
struct NodeLock {
  message::LockState state = message::LockState::waiting;
  /// What holds it up, in words.
  std::string reason;
};
/// Nothing where the node has asked for none.
[[nodiscard]] std::optional<NodeLock> lockOf(const Core& core, const NodeName& node);

}  // namespace berth::server
