// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/acl.h"

#include "planner/stack/consul_acl.h"
#include "planner/stack/identity.h"
#include "planner/stack/nomad.h"
#include "planner/stack/scripts.h"
#include "planner/stack/vault.h"

namespace berth::stack {
namespace {

// Accessors are no secrets: by them a token is known when it is put again.
constexpr const char* kAgentAccessor = "62657274-6800-4000-8000-000000000001";
constexpr const char* kNomadAccessor = "62657274-6800-4000-8000-000000000002";
constexpr const char* kVaultAccessor = "62657274-6800-4000-8000-000000000003";
constexpr const char* kAnonymousAccessor = "00000000-0000-0000-0000-000000000002";

/// Without a secret where there is one already.
OwnFile tokenFile(std::string_view name, const char* accessor, std::string_view meaning, std::string_view policy,
                  const std::string& secret) {
  Json token = {
      {"AccessorID", accessor}, {"Description", meaning}, {"Policies", Json::array({{{"Name", std::string(policy)}}})}};
  if (!secret.empty()) token["SecretID"] = secret;
  return consulObject("token", name, token);
}

void addAgents(Own& own, const Writing& writing) {
  own.files.push_back(
      consulPolicy("berth-agent", "what the agents of nodes may do",
                   {{"node_prefix", "", "write"}, {"service_prefix", "", "read"}, {"agent_prefix", "", "read"}}));
  own.files.push_back(consulPolicy("berth-dns", "what everybody may look up",
                                   {{"node_prefix", "", "read"}, {"service_prefix", "", "read"}}));
  own.files.push_back(
      tokenFile("agent", kAgentAccessor, "Agents of nodes", "berth-agent", writing.secrets.of(kConsulAgent)));
  own.files.push_back(tokenFile("anonymous", kAnonymousAccessor, "Anonymous Token", "berth-dns", ""));
}

void addNomad(Own& own, const Writing& writing) {
  own.files.push_back(
      consulPolicy("berth-nomad", "what the agents of Nomad may do",
                   {{"agent_prefix", "", "read"}, {"node_prefix", "", "read"}, {"service_prefix", "", "write"}}));
  own.files.push_back(
      tokenFile("nomad", kNomadAccessor, "Agents of Nomad", "berth-nomad", writing.secrets.of(kConsulForNomad)));
  own.add(consulLogin(writing));
}

void addVault(Own& own, const Writing& writing) {
  const std::string name = vaultName(*writing.stack.vault);
  const std::string policy = "berth-" + name;
  own.files.push_back(consulPolicy(policy, "what servers of " + name + " may say of themselves",
                                   {{"agent_prefix", "", "read"}, {"service", name, "write"}}));
  own.files.push_back(tokenFile(name, kVaultAccessor, "Servers of " + name, policy,
                                writing.secrets.of(consulTokenOf(*writing.stack.vault))));
}

}  // namespace

Own consulAcl(const Writing& writing) {
  Own own;
  own.files.push_back({ownPath("consul", "acl"), std::string(script::consulAcl)});
  addAgents(own, writing);
  if (writing.stack.nomad) addNomad(own, writing);
  if (writing.stack.vault) addVault(own, writing);
  const Environment environment = Environment().set("KINDS", "policy role token");
  own.units.push_back(backgroundUnit({kConsulAclUnit, "Policies and tokens of Consul", "consul.service",
                                      environment.lines(), ownPath("consul", "acl")}));
  return own;
}

Own nomadAcl(const Writing& writing) {
  Own own;
  own.files.push_back({ownPath("nomad", "acl"), std::string(script::nomadAcl)});
  const Json bootstrap = {{"BootstrapSecret", writing.secrets.of(kNomadManagement)}};
  own.files.push_back({ownPath("nomad", "bootstrap.json"), bootstrap.dump() + "\n"});
  const Environment environment = Environment().set("CA", caPath(kNomadDirectory));
  own.units.push_back(backgroundUnit(
      {kNomadAclUnit, "First token of Nomad", "nomad.service", environment.lines(), ownPath("nomad", "acl")}));
  return own;
}

}  // namespace berth::stack
