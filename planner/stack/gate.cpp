// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/gate.h"

#include "planner/stack/consul.h"
#include "planner/stack/nomad.h"
#include "planner/stack/scripts.h"
#include "planner/stack/vault.h"

namespace berth::stack {

Environment surroundings(const Writing& writing, std::string_view directory, const PoolName& servers,
                         std::uint16_t port) {
  Environment environment;
  environment.set("CA", caPath(directory));
  environment.set("SELF", urlOf(writing.node.address, port));
  environment.set("PEERS", urlsOf(serversToJoin(writing.roster, servers), port));
  return environment;
}

OwnFile gateFile() { return {std::string(kOwnDirectory) + "/gate", std::string(script::gate), "", 0644}; }

Own consulGate(const Writing& writing) {
  const spec::Consul& consul = *writing.stack.consul;
  const bool isServer = writing.roles.consul == Role::server;
  Environment environment = surroundings(writing, kConsulDirectory, *consul.servers, kConsulHttps);
  environment.set("NODE", writing.node.name).set("DATA_DIR", *consul.dataDir);
  environment.set("ROLE", wordOf(writing.roles.consul));
  Own own;
  own.files.push_back({ownPath("consul", "ready"), std::string(script::consulReady)});
  own.files.push_back(
      isServer ? header("consul", "management", kConsulTokenHeader, writing.secrets.of(kConsulManagement), "consul")
               : header("consul", "agent", kConsulTokenHeader, writing.secrets.of(kConsulAgent)));
  own.units.push_back(waitingUnit(
      {kConsulReadyUnit, "Wait for Consul", "consul.service", environment.lines(), ownPath("consul", "ready")}));
  return own;
}

Own nomadGate(const Writing& writing) {
  const bool isServer = writing.roles.nomad == Role::server;
  Environment environment = surroundings(writing, kNomadDirectory, *writing.stack.nomad->servers, kNomadHttp);
  environment.set("ROLE", wordOf(writing.roles.nomad));
  Own own;
  own.files.push_back({ownPath("nomad", "ready"), std::string(script::nomadReady)});
  if (isServer) {
    own.files.push_back(
        header("nomad", "management", kNomadTokenHeader, writing.secrets.of(kNomadManagement), "nomad"));
  }
  own.units.push_back(waitingUnit(
      {kNomadReadyUnit, "Wait for Nomad", "nomad.service", environment.lines(), ownPath("nomad", "ready")}));
  return own;
}

std::string vaultReadyUnit(const spec::Vault& vault) { return "berth-" + vaultName(vault) + "-ready.service"; }

Own vaultGate(const Writing& writing) {
  const spec::Vault& vault = *writing.stack.vault;
  const std::string name = vaultName(vault);
  Environment environment = surroundings(writing, vaultDirectory(vault), *vault.servers, kVaultHttps);
  environment.set("ADDRESS", writing.node.address + ":" + std::to_string(kVaultCluster));
  environment.set("DATA_DIR", *vault.dataDir);
  Own own;
  own.files.push_back({ownPath(name, "ready"), std::string(script::vaultReady)});
  own.units.push_back(waitingUnit({vaultReadyUnit(vault), "Wait for " + toolName(vault), name + ".service",
                                   environment.lines(), ownPath(name, "ready")}));
  return own;
}

}  // namespace berth::stack
