// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/vault.h"

#include "planner/stack/own.h"

namespace berth::stack {

std::string vaultName(const spec::Vault& vault) { return vault.isOpenBao ? "openbao" : "vault"; }

std::string toolName(const spec::Vault& vault) { return vault.isOpenBao ? "OpenBao" : "Vault"; }

std::string managementOf(const spec::Vault& vault) { return vaultName(vault) + "/token/management"; }
std::string unsealOf(const spec::Vault& vault) { return vaultName(vault) + "/unseal"; }
std::string consulTokenOf(const spec::Vault& vault) { return "consul/token/" + vaultName(vault); }

std::string vaultDirectory(const spec::Vault& vault) { return "/etc/" + vaultName(vault) + ".d"; }

std::string sealKeyPath(const spec::Vault& vault) { return vaultDirectory(vault) + "/seal.key"; }

std::string vaultConfig(const Writing& writing) {
  const spec::Vault& vault = *writing.stack.vault;
  const std::string directory = vaultDirectory(vault);
  Json joins = Json::array();
  for (const std::string& each : serversToJoin(writing.roster, *vault.servers)) {
    joins.push_back({{"leader_api_addr", urlOf(each, kVaultHttps)}, {"leader_ca_cert_file", caPath(directory)}});
  }
  // Without a node_id it draws one and keeps it beside its data: who has lost these comes back as somebody else.
  Json config = {{"ui", true},
                 {"cluster_name", writing.spec.cluster->str()},
                 {"api_addr", urlOf(writing.node.address, kVaultHttps)},
                 {"cluster_addr", urlOf(writing.node.address, kVaultCluster)},
                 {"storage", {{"raft", {{"path", *vault.dataDir}, {"retry_join", joins}}}}},
                 {"listener",
                  {{"tcp",
                    {{"address", "0.0.0.0:8200"},
                     {"cluster_address", "0.0.0.0:8201"},
                     {"tls_cert_file", certificatePath(directory)},
                     {"tls_key_file", keyPath(directory)}}}}}};
  if (vault.seal.kind == spec::Seal::Kind::fixed) {
    config["seal"] = {{"static", {{"current_key_id", "1"}, {"current_key", "file://" + sealKeyPath(vault)}}}};
  } else if (!vault.seal.service.empty()) {
    config["seal"] = {{vault.seal.service, Json::parse(vault.seal.settings)}};
  }
  if (vault.isOpenBao) {
    // Its API takes none.
    config["audit"] = Json::array(
        {{{"file", {{"berth", {{"description", "to the journal"}, {"options", {{"file_path", "stdout"}}}}}}}}});
  } else {
    // With raft it has to be said. The nodes have no swap to write secrets to.
    config["disable_mlock"] = true;
    if (writing.roles.consul != Role::none) {
      config["service_registration"] = {
          {"consul", {{"address", "127.0.0.1:8500"}, {"token", writing.secrets.of(consulTokenOf(vault))}}}};
    }
  }
  return withNative(std::move(config), vault, Role::server);
}

}  // namespace berth::stack
