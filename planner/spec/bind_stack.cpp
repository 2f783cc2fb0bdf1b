// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/bind_stack.h"

#include <algorithm>
#include <array>
#include <variant>

#include "planner/source/reader.h"
#include "planner/spec/quietly.h"
#include "planner/template/encoding.h"
#include "planner/template/json.h"

namespace berth::spec {

using source::error;
using source::Findings;
using source::Located;
using source::YamlNode;

namespace {

Located<PoolName> poolOf(const YamlNode* node) {
  const auto word = text(node);
  const auto name = word ? PoolName::parse(word->value) : std::nullopt;
  return name ? Located<PoolName>(*name, word->mark) : Located<PoolName>();
}

std::vector<Located<PoolName>> poolsOf(const YamlNode* node) {
  std::vector<Located<PoolName>> pools;
  for (const YamlNode* each : itemsOf(node)) {
    if (auto pool = poolOf(each); pool.mark.known()) pools.push_back(std::move(pool));
  }
  return pools;
}

std::optional<Archive> archiveOf(const YamlNode* node) {
  const auto url = text(at(node, "url"));
  const auto sha256 = quietly(at(node, "sha256"), readDigest);
  if (!url || !sha256) return std::nullopt;
  return Archive{*url, *sha256};
}

/// The first scalar in it that waits for a node.
const YamlNode* waitingIn(const YamlNode& node) {
  const YamlNode& value = node.resolved();
  if (value.isScalar()) return value.state() == YamlNode::State::perNode ? &node : nullptr;
  const std::size_t count = value.isMapping() ? value.size() : value.items().size();
  for (std::size_t i = 0; i < count; ++i) {
    const YamlNode* found = waitingIn(value.isMapping() ? value.value(i) : *value.items()[i]);
    if (found != nullptr) return found;
  }
  return nullptr;
}

/// A mapping in the tool's own words, as JSON; empty where there is none, or a wrong one.
std::string nativeOf(const YamlNode* node, Findings& findings) {
  if (node == nullptr) return {};
  if (!node->resolved().isMapping()) {
    findings.push_back(error(node->mark(), "expected a mapping, found " + source::describe(node->resolved()),
                             "settings in the tool's own words, such as { log_level: debug }"));
    return {};
  }
  if (const YamlNode* waiting = waitingIn(*node)) {
    findings.push_back(error(waiting->mark(), "node and nodes() are not known here: this is the same for all nodes",
                             "what differs from node to node goes into a file of its own, in a Butane file"));
    return {};
  }
  auto value = templates::valueOf(*node);
  if (const auto* problem = std::get_if<templates::NoValue>(&value)) {
    findings.push_back(error(problem->where, problem->reason));
    return {};
  }
  return templates::jsonOf(std::get<templates::Value>(value));
}

void bindTool(const YamlNode& node, std::string_view directory, Tool& tool, Findings& findings) {
  tool.mark = node.mark();
  if (const auto version = text(at(&node, "version"))) {
    const auto parsed = ToolVersion::parse(version->value);
    if (parsed) tool.version = {*parsed, version->mark};
    if (!parsed) {
      findings.push_back(error(version->mark, "\"" + version->value + "\" is not a version",
                               "three numbers with dots, such as 1.22.0"));
    }
  }
  tool.archive = archiveOf(at(&node, "archive"));
  tool.dataDir =
      quietly(at(&node, "data_dir"), readMountPoint).value_or(Located<std::string>(std::string(directory), {}));
  tool.servers = poolOf(at(&node, "servers"));
  tool.serverConfig = nativeOf(at(&node, "server_config"), findings);
  tool.clientConfig = nativeOf(at(&node, "client_config"), findings);
}

Consul bindConsul(const YamlNode& node, Findings& findings) {
  Consul consul;
  bindTool(node, "/var/lib/consul", consul, findings);
  if (const YamlNode* clients = at(&node, "clients")) consul.clients = poolsOf(clients);
  return consul;
}

Nomad bindNomad(const YamlNode& node, Findings& findings) {
  Nomad nomad;
  bindTool(node, "/var/lib/nomad", nomad, findings);
  nomad.clients = poolsOf(at(&node, "clients"));
  nomad.podmanDriver = archiveOf(at(&node, "podman_driver"));
  nomad.cniPlugins = archiveOf(at(&node, "cni_plugins"));
  nomad.drainDeadline = seconds(at(&node, "drain_deadline")).value_or(nomad.drainDeadline);
  return nomad;
}

/// A service that keeps the key: what it cannot do without, and what has no place in a spec.
struct SealService {
  std::string_view name;
  std::array<std::string_view, 4> required;
  std::string_view secret;
  /// Where the tool takes the secret from as well.
  std::string_view variable;
};
constexpr std::array kSealServices{
    SealService{"transit", {"address", "key_name", "mount_path"}, "token", "VAULT_TOKEN"},
    SealService{"awskms", {"kms_key_id"}, "secret_key", "AWS_SECRET_ACCESS_KEY"},
    SealService{"azurekeyvault", {"vault_name", "key_name"}, "client_secret", "AZURE_CLIENT_SECRET"},
    SealService{"gcpckms", {"project", "region", "key_ring", "crypto_key"}, "", ""},
};

std::string sealsOf(bool isOpenBao) {
  std::string words = isOpenBao ? "static, controller, manual" : "controller, manual";
  for (const SealService& each : kSealServices) words += ", " + std::string(each.name) + ": { ... }";
  return "one of " + words + "; the tool's other ones go into server_config";
}

Seal bindSealService(const YamlNode& node, bool isOpenBao, Findings& findings) {
  const auto known =
      node.size() == 1 ? std::ranges::find(kSealServices, node.key(0).text(), &SealService::name) : kSealServices.end();
  if (known == kSealServices.end()) {
    findings.push_back(error(node.mark(), "not a seal that is known", sealsOf(isOpenBao)));
    return {};
  }
  Seal seal{Seal::Kind::service, std::string(known->name), nativeOf(&node.value(0), findings)};
  for (const std::string_view each : known->required) {
    if (each.empty() || seal.settings.empty() || at(&node.value(0), each) != nullptr) continue;
    findings.push_back(error(node.value(0).mark(), seal.service + " lacks " + std::string(each),
                             "such as " + std::string(each) + ": ..., as the tool's documentation has it"));
  }
  if (const YamlNode* secret = known->secret.empty() ? nullptr : at(&node.value(0), known->secret)) {
    findings.push_back(error(secret->mark(), "a secret has no place in a spec",
                             "give it to the tool's unit as " + std::string(known->variable) +
                                 ", in a drop-in of a Butane file: ${{ secret(\"...\") }}"));
  }
  return seal;
}

Seal bindSeal(const YamlNode* node, bool isOpenBao, Findings& findings) {
  if (node == nullptr) return {isOpenBao ? Seal::Kind::fixed : Seal::Kind::controller};
  if (node->resolved().isMapping()) return bindSealService(node->resolved(), isOpenBao, findings);
  const std::string word = text(node).value_or(Located<std::string>()).value;
  if (word == "controller") return {Seal::Kind::controller};
  if (word == "manual") return {Seal::Kind::manual};
  if (word == "static" && isOpenBao) return {Seal::Kind::fixed};
  findings.push_back(error(node->mark(), word == "static" ? "Vault has no static seal" : "not a seal that is known",
                           sealsOf(isOpenBao)));
  return {};
}

Vault bindVault(const YamlNode& node, bool isOpenBao, Findings& findings) {
  Vault vault;
  vault.isOpenBao = isOpenBao;
  bindTool(node, isOpenBao ? "/var/lib/openbao" : "/var/lib/vault", vault, findings);
  const YamlNode* seal = at(&node, "seal");
  const YamlNode* native = at(at(&node, "server_config"), "seal");
  if (seal != nullptr && native != nullptr) {
    findings.push_back(error(seal->mark(), "there is a seal in server_config as well", "leave one of them out"));
  }
  // Laid over the static seal, it is still that one: with previous_key, for example.
  const bool isFixed = isOpenBao && at(native, "static") != nullptr;
  vault.seal = native == nullptr || isFixed ? bindSeal(seal, isOpenBao, findings) : Seal{Seal::Kind::service};
  return vault;
}

}  // namespace

std::optional<Stack> bindStack(const YamlNode* node, Findings& findings) {
  if (node == nullptr || !node->resolved().isMapping()) return std::nullopt;
  Stack stack;
  stack.mark = node->mark();
  stack.datacenter = quietly(at(node, "datacenter"), readName).value_or(Located<std::string>("dc1", {}));
  if (const YamlNode* consul = at(node, "consul")) stack.consul = bindConsul(*consul, findings);
  if (const YamlNode* nomad = at(node, "nomad")) stack.nomad = bindNomad(*nomad, findings);
  if (const YamlNode* vault = at(node, "vault")) stack.vault = bindVault(*vault, false, findings);
  if (const YamlNode* openbao = at(node, "openbao")) stack.vault = bindVault(*openbao, true, findings);
  return stack;
}

}  // namespace berth::spec
