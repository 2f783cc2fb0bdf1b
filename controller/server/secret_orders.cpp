// SPDX-License-Identifier: Apache-2.0
#include "controller/server/secret_orders.h"

#include <algorithm>

#include "planner/stack/roles.h"

namespace berth::server {

namespace reply = message::reply;
namespace request = message::request;
using message::Reply;
using reply::ErrorCode;

namespace {

message::SecretKind toMessage(secret::Kind kind) {
  switch (kind) {
    case secret::Kind::key: return message::SecretKind::key;
    case secret::Kind::uuid: return message::SecretKind::uuid;
    case secret::Kind::authority: return message::SecretKind::authority;
    case secret::Kind::certificate: return message::SecretKind::certificate;
    case secret::Kind::given: return message::SecretKind::given;
  }
  return message::SecretKind::given;
}

/// A person may set secrets of a cluster before it is first applied; of what was never heard of there are none.
Reply noCluster(const Core& core, const ClusterName& cluster) {
  std::vector<std::string> names;
  for (const auto& [name, record] : core.ledger().clusters()) names.push_back(name.str());
  const auto near = source::nearest(cluster.str(), names);
  return refusal(ErrorCode::notFound, "there is no cluster \"" + cluster.str() + "\", and no secret of one",
                 near ? "did you mean \"" + *near + "\"?" : "see: berth get clusters");
}

Reply noSecret(const Core& core, const ClusterName& cluster, const std::string& name) {
  const auto known = core.ledger().secretsOf(cluster);
  if (known.empty() && core.ledger().cluster(cluster) == nullptr) return noCluster(core, cluster);
  std::vector<std::string> names;
  for (const auto* each : known) names.push_back(each->name);
  const auto near = source::nearest(name, names);
  return refusal(ErrorCode::notFound, "cluster " + cluster.str() + " has no secret \"" + name + "\"",
                 near ? "did you mean \"" + *near + "\"?" : "see: berth secret list " + cluster.str());
}

/// The newest, or the one of that version; null when there is none.
const store::SecretRecord* find(const Core& core, const ClusterName& cluster, const std::string& name,
                                std::uint32_t version = 0) {
  const store::SecretRecord* found = nullptr;
  for (const auto* each : core.ledger().secretsOf(cluster, name)) {
    if (version == 0 || each->version == version) found = each;
  }
  return found;
}

void record(Core& core, const fleet::Moment& moment, const OperatorName& by, const std::string& did,
            const ClusterName& cluster, const std::string& name, std::uint32_t version) {
  core.ledger().record(
      moment, "operator " + by.str(),
      did + " secret " + name + " of cluster " + cluster.str() + ", version " + std::to_string(version));
}

}  // namespace

Reply listSecrets(const Core& core, const request::GetSecrets& asked) {
  const auto known = core.ledger().secretsOf(asked.cluster);
  if (known.empty() && core.ledger().cluster(asked.cluster) == nullptr) return noCluster(core, asked.cluster);
  reply::Secrets secrets;
  for (const auto* each : known) {
    const auto name = message::SecretName::parse(each->name);
    if (!name) continue;
    secrets.secrets.push_back({*name, toMessage(each->kind), each->version, each->inForce, each->node, each->madeMs,
                               each->by, each->expiresMs});
  }
  return secrets;
}

Reply readSecret(Core& core, const Vault& vault, const request::ReadSecret& asked, const OperatorName& by,
                 const fleet::Moment& moment) {
  const std::string& name = asked.name.str();
  const auto* found = find(core, asked.cluster, name, asked.version);
  if (found == nullptr && find(core, asked.cluster, name) != nullptr) {
    return refusal(ErrorCode::notFound,
                   "secret \"" + name + "\" has no version " + std::to_string(asked.version) + " any more",
                   "see: berth secret list " + asked.cluster.str());
  }
  if (found == nullptr) return noSecret(core, asked.cluster, name);
  auto value = vault.open(*found);
  if (!value) {
    return refusal(ErrorCode::internal, "secret \"" + name + "\" in the store is not what was sealed there",
                   "restore a copy of the store");
  }
  record(core, moment, by, "read", asked.cluster, name, found->version);
  return reply::Secret{*std::move(value)};
}

/// What seals data that is there stays as it is.
static std::optional<Reply> refusedSeal(const Core& core, const ClusterName& cluster, const std::string& name) {
  const auto known = core.ledger().secretsOf(cluster);
  const auto isOne = [&](const store::SecretRecord* each) { return each->name == name && each->inForce; };
  if (!stack::isSeal(name) || std::ranges::none_of(known, isOne)) return std::nullopt;
  return refusal(ErrorCode::conflict, "what is sealed with \"" + name + "\" could not be opened any more",
                 "its data would be lost with it, so it stays");
}

Reply setSecret(Core& core, Vault& vault, request::SetSecret& asked, const OperatorName& by,
                const fleet::Moment& moment) {
  const std::string& name = asked.name.str();
  if (asked.value.empty()) return refusal(ErrorCode::invalid, "the value of secret \"" + name + "\" is empty");
  if (auto refused = refusedSeal(core, asked.cluster, name)) return *std::move(refused);
  secrets::Draft draft{name, secret::Kind::given, std::move(asked.value)};
  vault.putAside(core.ledger(), asked.cluster, draft, by, moment);
  record(core, moment, by, "set", asked.cluster, name, find(core, asked.cluster, name)->version);
  return reply::Done{};
}

Reply rotateSecret(Core& core, Vault& vault, const request::RotateSecret& asked, const OperatorName& by,
                   const fleet::Moment& moment) {
  const std::string& name = asked.name.str();
  const auto* found = find(core, asked.cluster, name);
  if (found == nullptr) return noSecret(core, asked.cluster, name);
  if (found->kind == secret::Kind::given) {
    return refusal(ErrorCode::conflict, "secret \"" + name + "\" was set by a person, and nobody else can make it",
                   "set it anew: berth secret set " + asked.cluster.str() + " " + name);
  }
  if (auto refused = refusedSeal(core, asked.cluster, name)) return *std::move(refused);
  auto opened = vault.open(core.ledger(), asked.cluster, moment);
  if (auto* error = std::get_if<reply::Error>(&opened)) return std::move(*error);
  const auto& holdings = std::get<secrets::Holdings>(opened);
  const secrets::Held& held = holdings.held.find(name)->second;
  auto made = secrets::remade(name, held.waiting ? *held.waiting : *held.inForce, holdings);
  if (const auto* why = std::get_if<std::string>(&made)) {
    return refusal(ErrorCode::conflict, "secret \"" + name + "\" cannot be made anew: " + *why);
  }
  auto& draft = std::get<secrets::Draft>(made);
  if (!found->node.empty()) draft.node = found->node;
  vault.putAside(core.ledger(), asked.cluster, draft, by, moment);
  record(core, moment, by, "rotated", asked.cluster, name, find(core, asked.cluster, name)->version);
  return reply::Done{};
}

Reply deleteSecret(Core& core, Vault& vault, const request::DeleteSecret& asked, const OperatorName& by,
                   const fleet::Moment& moment) {
  const std::string& name = asked.name.str();
  const auto* found = find(core, asked.cluster, name);
  if (found == nullptr) return noSecret(core, asked.cluster, name);
  if (core.ledger().cluster(asked.cluster) != nullptr) {
    if (auto refused = refusedSeal(core, asked.cluster, name)) return *std::move(refused);
  }
  // What the controller has made is its own to keep as long as a node has it.
  if (found->kind != secret::Kind::given && core.ledger().cluster(asked.cluster) != nullptr) {
    return refusal(ErrorCode::conflict,
                   "secret \"" + name + "\" was made for cluster " + asked.cluster.str() + ", which is there",
                   "to have another one: berth secret rotate " + asked.cluster.str() + " " + name);
  }
  const std::uint32_t version = found->version;
  vault.remove(core.ledger(), asked.cluster, name);
  record(core, moment, by, "deleted", asked.cluster, name, version);
  return reply::Done{};
}

}  // namespace berth::server
