// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/roles.h"

#include <algorithm>

#include "planner/stack/vault.h"

namespace berth::stack {

using secret::Kind;
using secret::Wanted;

namespace {

constexpr std::size_t kJoined = 3;

bool isAmong(const PoolName& pool, const std::vector<spec::Located<PoolName>>& pools) {
  return std::ranges::any_of(pools, [&](const auto& each) { return *each == pool; });
}

Role roleIn(const spec::Consul& consul, const PoolName& pool) {
  if (*consul.servers == pool) return Role::server;
  return !consul.clients || isAmong(pool, *consul.clients) ? Role::client : Role::none;
}

Role roleIn(const spec::Nomad& nomad, const PoolName& pool) {
  if (*nomad.servers == pool) return Role::server;
  return isAmong(pool, nomad.clients) ? Role::client : Role::none;
}

/// What a tool asks of a certificate: "server.dc1.consul".
std::string roleName(Role role, const std::string& place, const std::string& domain) {
  return wordOf(role) + "." + place + "." + domain;
}

Wanted certificateFor(const spec::Spec& spec, const Roles& roles, const Member& member) {
  Wanted wanted{.name = certificateNamed(member.name), .kind = Kind::certificate};
  wanted.domains.push_back(member.name.str());
  if (roles.consul != Role::none) wanted.domains.push_back(roleName(roles.consul, *spec.stack->datacenter, "consul"));
  if (roles.nomad != Role::none) wanted.domains.push_back(roleName(roles.nomad, "global", "nomad"));
  if (roles.vault != Role::none && roles.consul != Role::none) {
    const std::string service = vaultName(*spec.stack->vault) + ".service.consul";
    wanted.domains.insert(wanted.domains.end(), {service, "active." + service});
  }
  wanted.domains.emplace_back("localhost");
  if (!member.address.empty()) wanted.addresses.push_back(member.address);
  wanted.addresses.emplace_back("127.0.0.1");
  wanted.authority = kAuthority;
  wanted.node = member.name;
  wanted.where = spec.stack->mark;
  return wanted;
}

}  // namespace

std::string wordOf(Role role) { return role == Role::server ? "server" : "client"; }

Roles rolesOf(const spec::Spec& spec, const PoolName& pool) {
  Roles roles;
  if (!spec.stack) return roles;
  if (spec.stack->consul) roles.consul = roleIn(*spec.stack->consul, pool);
  if (spec.stack->nomad) roles.nomad = roleIn(*spec.stack->nomad, pool);
  if (spec.stack->vault && *spec.stack->vault->servers == pool) roles.vault = Role::server;
  return roles;
}

std::vector<std::string> serversToJoin(const Roster& roster, const PoolName& pool) {
  return firstServers(roster, pool, kJoined);
}

std::vector<std::string> firstServers(const Roster& roster, const PoolName& pool, std::size_t count) {
  std::vector<std::string> addresses;
  const auto found = roster.find(pool);
  if (found == roster.end()) return addresses;
  for (const Member& each : found->second) {
    if (addresses.size() < count) addresses.push_back(each.address);
  }
  return addresses;
}

std::string firstServer(const Roster& roster, const PoolName& pool) {
  const auto found = roster.find(pool);
  return found == roster.end() || found->second.empty() ? "" : found->second.front().name.str();
}

std::uint32_t bootstrapSize(std::uint32_t servers) {
  return std::min(servers, std::max<std::uint32_t>(kJoined, servers / 2 + 1));
}

bool isSeal(std::string_view secret) {
  return secret == kOpenBaoSeal || secret == "openbao/unseal" || secret == "vault/unseal";
}

std::string certificateNamed(const NodeName& node) { return "tls/" + node.str(); }

std::vector<Wanted> wantedFor(const spec::Spec& spec, const Roster& roster) {
  std::vector<Wanted> wanted;
  if (!spec.stack) return wanted;
  const spec::Stack& stack = *spec.stack;
  const auto want = [&](const std::string& name, Kind kind, const source::Mark& where) {
    wanted.push_back({.name = name, .kind = kind, .where = where});
  };
  want(kAuthority, Kind::authority, stack.mark);
  if (stack.consul) {
    want(kConsulGossip, Kind::key, stack.consul->mark);
    want(kConsulManagement, Kind::uuid, stack.consul->mark);
    want(kConsulAgent, Kind::uuid, stack.consul->mark);
    if (stack.nomad) want(kConsulForNomad, Kind::uuid, stack.consul->mark);
    if (stack.vault) want(consulTokenOf(*stack.vault), Kind::uuid, stack.consul->mark);
  }
  if (stack.nomad) {
    want(kNomadGossip, Kind::key, stack.nomad->mark);
    want(kNomadManagement, Kind::uuid, stack.nomad->mark);
  }
  if (stack.vault && stack.vault->seal.kind == spec::Seal::Kind::fixed)
    want(kOpenBaoSeal, Kind::key, stack.vault->mark);
  if (stack.vault && stack.vault->seal.kind == spec::Seal::Kind::controller)
    want(unsealOf(*stack.vault), Kind::key, stack.vault->mark);
  if (stack.vault && stack.vault->unsealsItself()) want(managementOf(*stack.vault), Kind::uuid, stack.vault->mark);
  for (const auto& [pool, members] : roster) {
    const Roles roles = rolesOf(spec, pool);
    if (!roles.any()) continue;
    for (const Member& each : members) wanted.push_back(certificateFor(spec, roles, each));
  }
  return wanted;
}

}  // namespace berth::stack
