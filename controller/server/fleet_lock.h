// SPDX-License-Identifier: Apache-2.0
//
// The FleetLock protocol, by which nodes ask before they reboot into a new release of their system:
//
//   POST /fleetlock/TOKEN/v1/pre-reboot      may I?      200, or anything else: not now
//   POST /fleetlock/TOKEN/v1/steady-state    I am up
//   fleet-lock-protocol: true
//   {"client_params": {"id": "<32 hexadecimal digits>", "group": "workers"}}
//
// The id says which node it is (node::updateIdOf), and the token that it is that node: it is in the node's Ignition
// config and nowhere else. So whoever has broken into a node can ask in the name of that node, and of no other.
#pragma once

#include <string>
#include <variant>

#include "controller/http/listener.h"
#include "controller/rollout/locks.h"

namespace berth::server {

struct LockCall {
  enum class Verb : std::uint8_t { preReboot, steadyState } verb = Verb::preReboot;
  std::string id;
  std::string group;
};

/// The call, or the answer to what is none; `key`: spec::LockServer::key.
[[nodiscard]] std::variant<LockCall, http::Response> readLockCall(const http::Request& request, const std::string& key);
/// What the protocol says: a word for machines, and a sentence for the node's log.
[[nodiscard]] http::Response refusedLock(unsigned status, std::string_view kind, std::string_view text);
[[nodiscard]] http::Response toResponse(const rollout::LockVerdict& verdict);

}  // namespace berth::server
