// SPDX-License-Identifier: Apache-2.0
#include "controller/server/vault.h"

#include <algorithm>
#include <set>

namespace berth::server {

using message::reply::Error;
using message::reply::ErrorCode;

namespace {

/// Names in one event; the others are counted.
constexpr std::size_t kMostNames = 5;

std::string inWords(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNames); ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kMostNames) text += " and " + std::to_string(names.size() - kMostNames) + " more";
  return text;
}

fleet::Ledger::SecretKey keyOf(const store::SecretRecord& record) {
  return {record.cluster, record.name, record.version};
}

/// Of this name, the older first.
std::vector<fleet::Ledger::SecretKey> versions(const fleet::Ledger& ledger, const ClusterName& cluster,
                                               const std::string& name) {
  std::vector<fleet::Ledger::SecretKey> found;
  for (const auto* record : ledger.secretsOf(cluster)) {
    if (record->name == name) found.push_back(keyOf(*record));
  }
  return found;
}

/// A change of it may still be begun, or is under way.
std::set<NodeName> nodesOfRollout(const Core& core, const ClusterName& cluster) {
  std::set<NodeName> nodes;
  const auto* running = core.rollouts().running(cluster);
  if (running == nullptr) return nodes;
  for (const auto& change : *core.rollouts().changesOf(running->id)) nodes.insert(change.target.name);
  return nodes;
}

bool isNodeNeeded(const Core& core, const ClusterName& cluster, const NodeName& node) {
  return core.ledger().node(node) != nullptr || !core.ledger().instancesCondemned(node).empty() ||
         nodesOfRollout(core, cluster).contains(node);
}

/// Anything is left of it, or it is there.
bool isClusterNeeded(const Core& core, const ClusterName& cluster) {
  const fleet::Ledger& ledger = core.ledger();
  if (ledger.cluster(cluster) != nullptr || !ledger.nodesOf(cluster).empty()) return true;
  const auto isOf = [&](const auto& each) { return each.second.cluster == cluster; };
  return std::ranges::any_of(ledger.volumes(), isOf) || std::ranges::any_of(ledger.snapshots(), isOf) ||
         std::ranges::any_of(ledger.tombstones(), [&](const auto& each) { return each.second.was.cluster == cluster; });
}

}  // namespace

std::optional<std::string> Vault::open(const store::SecretRecord& record) const {
  return key_.open(secrets::nameOfSecret(record.cluster, record.name, record.version), record.sealed);
}

std::variant<secrets::Holdings, Error> Vault::open(const fleet::Ledger& ledger, const ClusterName& cluster,
                                                   const fleet::Moment& moment) const {
  secrets::Holdings holdings{
      .cluster = cluster, .held = {}, .nowMs = moment.wallMs, .certificateLifetime = certificateLifetime_};
  for (const auto* record : ledger.secretsOf(cluster)) {
    auto value = open(*record);
    if (!value) {
      return Error{ErrorCode::internal,
                   "secret \"" + record->name + "\" of cluster " + cluster.str() +
                       " in the controller's store is not what was sealed there",
                   "restore a copy of the store",
                   {}};
    }
    secrets::Held& held = holdings.held[record->name];
    (record->inForce ? held.inForce : held.waiting) = secrets::Kept{record->kind, *std::move(value)};
  }
  for (secrets::Draft& draft : drafts_.of(cluster)) {
    std::string name = draft.name;
    holdings.held[std::move(name)].draft = std::move(draft);
  }
  return holdings;
}

store::SecretRecord Vault::sealed(const fleet::Ledger& ledger, const ClusterName& cluster, const secrets::Draft& draft,
                                  const OperatorName& by, const fleet::Moment& moment) const {
  store::SecretRecord record;
  record.cluster = cluster;
  record.name = draft.name;
  for (const auto& each : versions(ledger, cluster, draft.name)) record.version = each.version + 1;
  record.kind = draft.kind;
  record.sealed = key_.seal(secrets::nameOfSecret(cluster, draft.name, record.version), draft.value);
  record.node = draft.node.value_or(NodeName());
  record.madeMs = moment.wallMs;
  record.by = by;
  record.expiresMs = draft.expiresMs;
  return record;
}

void Vault::putInForce(fleet::Ledger& ledger, const ClusterName& cluster, const Bringing& bringing,
                       const OperatorName& by, const fleet::Moment& moment) {
  std::vector<std::string> made;
  for (const secrets::Draft& draft : bringing.drafts) {
    store::SecretRecord record = sealed(ledger, cluster, draft, by, moment);
    record.inForce = true;
    for (const auto& older : versions(ledger, cluster, draft.name)) {
      if (bringing.use == secrets::Use::newest || ledger.secrets().at(older).inForce) ledger.remove(older);
    }
    ledger.put(std::move(record));
    made.push_back(draft.name);
  }
  std::vector<std::string> begun;
  if (bringing.use == secrets::Use::newest) {
    std::vector<store::SecretRecord> waiting;
    for (const auto* record : ledger.secretsOf(cluster)) {
      if (!record->inForce) waiting.push_back(*record);
    }
    for (store::SecretRecord& record : waiting) {
      for (const auto& older : versions(ledger, cluster, record.name)) {
        if (older.version != record.version) ledger.remove(older);
      }
      begun.push_back(record.name);
      record.inForce = true;
      ledger.put(std::move(record));
    }
  }
  for (const std::string& name : bringing.unwanted) {
    for (const auto& each : versions(ledger, cluster, name)) ledger.remove(each);
  }
  const std::string subject = "cluster " + cluster.str();
  if (!made.empty()) ledger.record(moment, subject, "has new secrets: " + inWords(made));
  if (!begun.empty())
    ledger.record(moment, subject, "has secrets in force that were set or rotated: " + inWords(begun));
  drafts_.forget(cluster);
}

void Vault::putAside(fleet::Ledger& ledger, const ClusterName& cluster, const secrets::Draft& draft,
                     const OperatorName& by, const fleet::Moment& moment) {
  store::SecretRecord record = sealed(ledger, cluster, draft, by, moment);
  for (const auto& older : versions(ledger, cluster, draft.name)) {
    if (!ledger.secrets().at(older).inForce) ledger.remove(older);
  }
  ledger.put(std::move(record));
  // What plans have made is not to go before it.
  drafts_.forget(cluster);
}

void Vault::remove(fleet::Ledger& ledger, const ClusterName& cluster, const std::string& name) {
  for (const auto& each : versions(ledger, cluster, name)) ledger.remove(each);
  drafts_.forget(cluster);
}

void sweepSecrets(Core& core, const fleet::Moment& moment) {
  std::vector<fleet::Ledger::SecretKey> unneeded;
  std::set<ClusterName> gone;
  for (const auto& [key, record] : core.ledger().secrets()) {
    if (!record.inForce) continue;
    const bool isGone = !isClusterNeeded(core, key.cluster);
    if (isGone) gone.insert(key.cluster);
    if (isGone || (!record.node.empty() && !isNodeNeeded(core, key.cluster, record.node))) unneeded.push_back(key);
  }
  for (const auto& key : unneeded) core.ledger().remove(key);
  for (const ClusterName& cluster : gone) {
    core.ledger().record(moment, "cluster " + cluster.str(), "is gone, and its secrets with it");
  }
}

}  // namespace berth::server
