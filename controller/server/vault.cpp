// SPDX-License-Identifier: Apache-2.0
#include "controller/server/vault.h"

#include <algorithm>
#include <map>
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
  for (const auto* record : ledger.secretsOf(cluster, name)) found.push_back(keyOf(*record));
  return found;
}

/// What is still needed, found out once for each cluster.
class Needs {
public:
  explicit Needs(const Core& core) : core_(core) {}

  /// It is there, or anything is left of it.
  [[nodiscard]] bool areOf(const ClusterName& cluster) {
    const auto [entry, isNew] = clusters_.try_emplace(cluster, true);
    if (isNew) entry->second = isLeftOf(cluster);
    return entry->second;
  }
  /// It is there, or its removal is under way, or a change of it may still be begun.
  [[nodiscard]] bool areOf(const ClusterName& cluster, const NodeName& node) {
    if (core_.ledger().node(node) != nullptr || !core_.ledger().instancesCondemned(node).empty()) return true;
    const auto [entry, isNew] = rollouts_.try_emplace(cluster);
    const auto* running = isNew ? core_.rollouts().running(cluster) : nullptr;
    if (running != nullptr) {
      for (const auto& change : *core_.rollouts().changesOf(running->id)) entry->second.insert(change.target.name);
    }
    return entry->second.contains(node);
  }

private:
  [[nodiscard]] bool isLeftOf(const ClusterName& cluster) const {
    const fleet::Ledger& ledger = core_.ledger();
    if (ledger.cluster(cluster) != nullptr || !ledger.nodesOf(cluster).empty()) return true;
    const auto isOf = [&](const auto& each) { return each.second.cluster == cluster; };
    const auto wasOf = [&](const auto& each) { return each.second.was.cluster == cluster; };
    return std::ranges::any_of(ledger.volumes(), isOf) || std::ranges::any_of(ledger.snapshots(), isOf) ||
           std::ranges::any_of(ledger.tombstones(), wasOf);
  }

  const Core& core_;
  std::map<ClusterName, bool> clusters_;
  std::map<ClusterName, std::set<NodeName>> rollouts_;
};

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
  Needs needs(core);
  std::vector<fleet::Ledger::SecretKey> unneeded;
  std::set<ClusterName> gone;
  for (const auto& [key, record] : core.ledger().secrets()) {
    if (!record.inForce) continue;
    const bool isGone = !needs.areOf(key.cluster);
    if (isGone) gone.insert(key.cluster);
    if (isGone || (!record.node.empty() && !needs.areOf(key.cluster, record.node))) unneeded.push_back(key);
  }
  for (const auto& key : unneeded) core.ledger().remove(key);
  for (const ClusterName& cluster : gone) {
    core.ledger().record(moment, "cluster " + cluster.str(), "is gone, and its secrets with it");
  }
}

}  // namespace berth::server
