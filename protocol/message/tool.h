// SPDX-License-Identifier: Apache-2.0
//
// How a program of a cluster's stack is on a node, as the node itself says it (planner/stack/report.h):
//
//   consul/1.22.4/leader/well/3/10.20.0.11/accepted
//
// is parsed by parseTool(), and is hostile until then: whoever is root in the guest can write anything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::message {

enum class ToolKind : std::uint8_t { consul, nomad, vault, openbao };

struct ToolStatus {
  ToolKind kind = ToolKind::consul;
  enum class Part : std::uint8_t {
    client,
    follower,  ///< a server that does not lead, as far as it knows
    leader,
  } part = Part::client;
  enum class State : std::uint8_t {
    well,
    degraded,       ///< it is, and another server is not
    unwell,         ///< it serves, and does not keep up
    noLeader,       ///< it knows none
    sealed,         ///< waits for somebody to unseal it
    uninitialized,  ///< waits for somebody to initialise it: it holds nothing yet
    silent,         ///< it does not answer
  } state = State::well;
  enum class Acl : std::uint8_t {
    untold,
    accepted,  ///< the node's token is
    refused,
  } acl = Acl::untold;
  /// "1.22.4"; empty when it is not known.
  std::string version{};
  /// Servers that have a vote; 0 when it is not known.
  std::uint32_t voters = 0;
  /// The address of the server that leads; empty when none is known.
  std::string leader{};

  bool operator==(const ToolStatus&) const = default;
};

/// A node has at most one of each kind.
inline constexpr std::size_t kMaxTools = 4;

/// Fields of which nothing is known are "-"; nothing unless it is exactly as above.
[[nodiscard]] std::optional<ToolStatus> parseTool(std::string_view text);

/// What is wrong with a node's own: "consul knows no leader, vault is sealed"; empty when nothing is. What is not
/// initialised yet holds nothing, and so is no trouble.
[[nodiscard]] std::string troubleOf(const std::vector<ToolStatus>& tools);
/// What they say is wrong with others: "not all servers of its consul are well"; empty when nothing is.
[[nodiscard]] std::string uneaseOf(const std::vector<ToolStatus>& tools);
/// One of them is the server that all others depend on.
[[nodiscard]] bool leads(const std::vector<ToolStatus>& tools);

}  // namespace berth::message
