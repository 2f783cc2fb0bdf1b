// SPDX-License-Identifier: Apache-2.0
//
// Which node runs what of the stack, and what each needs for it.
//
//   Roster roster = {{server, {{"prod-server-0", "10.20.0.11"}, …}}, …};
//   if (rolesOf(spec, pool).any()) …
//   for (const secret::Wanted& each : wantedFor(spec, roster)) …          // gossip keys, tokens, certificates
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "planner/secret/wanted.h"
#include "planner/spec/model.h"
#include "words/name.h"

namespace berth::stack {

enum class Role : std::uint8_t { none, client, server };
/// "server" or "client", as the tools say it. Not of `none`.
[[nodiscard]] std::string wordOf(Role role);

/// Of the nodes of one pool.
struct Roles {
  Role consul = Role::none;
  Role nomad = Role::none;
  /// Vault and OpenBao have servers alone.
  Role vault = Role::none;

  [[nodiscard]] bool any() const { return consul != Role::none || nomad != Role::none || vault != Role::none; }
};
[[nodiscard]] Roles rolesOf(const spec::Spec& spec, const PoolName& pool);

struct Member {
  NodeName name;
  /// Empty where it is not known: DHCP, which the rules of a spec with a stack refuse.
  std::string address;
};
/// The nodes of each pool, by index.
using Roster = std::map<PoolName, std::vector<Member>>;

/// The servers that others are told of: the first three by index. A cluster that grows need not tell its older nodes,
/// whose configs would change with that and have them replaced.
[[nodiscard]] std::vector<std::string> serversToJoin(const Roster& roster, const PoolName& pool);

/// So many of them, the first ones by index: their addresses. Fewer where there are fewer.
[[nodiscard]] std::vector<std::string> firstServers(const Roster& roster, const PoolName& pool, std::size_t count);
/// The name of the first. Empty in a pool without nodes.
[[nodiscard]] std::string firstServer(const Roster& roster, const PoolName& pool);

/// How many servers must see each other before they form a cluster, the first time: as few as can be without two sets
/// of them doing so apart from each other, and three where there are as many; so it stays the same as 3 grow to 5.
[[nodiscard]] std::uint32_t bootstrapSize(std::uint32_t servers);

// Names of secrets (secret/wanted.h).
inline constexpr const char* kAuthority = "tls";
inline constexpr const char* kConsulGossip = "consul/gossip";
inline constexpr const char* kConsulManagement = "consul/token/management";
inline constexpr const char* kConsulAgent = "consul/token/agent";
inline constexpr const char* kConsulForNomad = "consul/token/nomad";
inline constexpr const char* kNomadGossip = "nomad/gossip";
inline constexpr const char* kNomadManagement = "nomad/token/management";
inline constexpr const char* kOpenBaoSeal = "openbao/seal";
/// Whether what is sealed with that secret could not be opened any more if there were another one in its place.
[[nodiscard]] bool isSeal(std::string_view secret);
/// Of a node's certificate.
[[nodiscard]] std::string certificateNamed(const NodeName& node);

/// All that the stack of a spec needs, each name once. Nothing without a stack.
[[nodiscard]] std::vector<secret::Wanted> wantedFor(const spec::Spec& spec, const Roster& roster);

}  // namespace berth::stack
