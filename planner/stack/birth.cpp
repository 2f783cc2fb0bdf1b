// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/birth.h"

#include <algorithm>

#include "planner/stack/scripts.h"
#include "planner/stack/vault.h"

namespace berth::stack {
namespace {

// Fewer are not taken.
constexpr std::uint32_t kLeastQuorum = 3;

/// What the tool's own user reads.
OwnFile json(const std::string& tool, std::string_view name, const Json& object) {
  return {ownPath(tool, std::string(name) + ".json"), object.dump(2) + "\n", tool};
}

}  // namespace

std::string vaultInitUnit(const spec::Vault& vault) { return "berth-" + vaultName(vault) + "-init.service"; }

Own vaultBirth(const Writing& writing) {
  const spec::Vault& vault = *writing.stack.vault;
  const std::string name = vaultName(vault);
  const std::uint32_t majority = bootstrapSize(*writing.spec.find(*vault.servers)->count);
  const std::string token = writing.secrets.of(managementOf(vault));
  Environment environment;
  environment.set("NODE", writing.node.name).set("FIRST", firstServer(writing.roster, *vault.servers));
  environment.set("CA", caPath(vaultDirectory(vault))).set("SELF", urlOf(writing.node.address, kVaultHttps));
  environment.set("PEERS", urlsOf(firstServers(writing.roster, *vault.servers, majority), kVaultHttps));
  environment.set("DATA_DIR", *vault.dataDir);
  const bool hasKey = vault.seal.kind == spec::Seal::Kind::controller;
  if (hasKey) environment.set("UNSEALS", "yes");
  Own own;
  own.files.push_back({ownPath(name, "api"), std::string(script::vaultApi), "", 0644});
  own.files.push_back({ownPath(name, "init"), std::string(script::vaultInit), "", 0644});
  own.files.push_back(header(name, "management", kVaultTokenHeader, token, name));
  const std::string kind = hasKey ? "secret" : "recovery";
  own.files.push_back(json(name, "init", {{kind + "_shares", 1}, {kind + "_threshold", 1}}));
  own.files.push_back(json(name, "management",
                           {{"id", token},
                            {"policies", Json::array({"root"})},
                            {"no_parent", true},
                            {"renewable", false},
                            {"display_name", "berth"}}));
  own.files.push_back(
      json(name, "autopilot", {{"cleanup_dead_servers", true}, {"min_quorum", std::max(majority, kLeastQuorum)}}));
  // OpenBao takes it from its configuration alone.
  if (!vault.isOpenBao) {
    own.files.push_back(json(name, "audit", {{"type", "file"}, {"options", {{"file_path", "stdout"}}}}));
  }
  // The gate knows whether it is to be waited for.
  own.units.push_back(backgroundUnit({vaultInitUnit(vault), "Begin the cluster of " + toolName(vault),
                                      name + ".service", environment.lines(), ownPath(name, "init"), name}));
  return own;
}

}  // namespace berth::stack
