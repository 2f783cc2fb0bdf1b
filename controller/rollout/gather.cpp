// SPDX-License-Identifier: Apache-2.0
#include "controller/rollout/gather.h"

#include <optional>

namespace berth::rollout {

namespace {

class Gatherer {
public:
  Gatherer(Facts& facts, const ClusterName& cluster, const fleet::Ledger& ledger, const fleet::Fleet& fleet)
      : facts_(facts), cluster_(cluster), ledger_(ledger), fleet_(fleet) {}

  void lookAt(const NodeName& name) {
    auto fresh = factsOf(name);
    const auto known = facts_.nodes.find(name);
    if (!fresh) {
      if (known == facts_.nodes.end()) return;
      facts_.nodes.erase(known);
    } else {
      if (fresh->inForce) note(fresh->host);
      if (fresh->condemned) note(fresh->condemnedOn);
      if (fresh->moving) note(fresh->moving->from);
      if (known != facts_.nodes.end() && known->second == *fresh) return;
      facts_.nodes.insert_or_assign(name, *std::move(fresh));
    }
    changed_ = true;
  }

  /// Takes up a host that is named for the first time.
  void note(const HostName& host) {
    if (!facts_.hosts.contains(host)) facts_.hosts.emplace(host, standingOf(host));
  }

  void lookAt(const HostName& host) {
    if (const auto known = facts_.hosts.find(host); known != facts_.hosts.end()) {
      const HostStanding standing = standingOf(host);
      changed_ = changed_ || known->second != standing;
      known->second = standing;
    }
    for (const NodeName& node : ledger_.nodesOn(host)) lookAt(node);
    for (const Uuid& instance : ledger_.tombstonesOn(host)) lookAt(ledger_.tombstones().at(instance).was.name);
  }

  [[nodiscard]] bool changed() const { return changed_; }

private:
  /// Nothing when there is no such node in the cluster, and no instance of it that has to go.
  [[nodiscard]] std::optional<NodeFacts> factsOf(const NodeName& name) const {
    std::optional<NodeFacts> facts;
    if (const auto* node = ledger_.node(name); node != nullptr && node->cluster == cluster_) {
      NodeFacts& each = facts.emplace();
      each.inForce = true;
      each.host = node->host;
      each.pool = node->pool;
      fleet::Standing standing = fleet_.standing(*node);
      if (standing.known) {
        each.phase = standing.status.phase;
        each.fetched = standing.status.fetched;
        each.left = standing.status.left;
        each.trouble = message::troubleOf(standing.status.tools);
        each.unease = message::uneaseOf(standing.status.tools);
      }
      each.reason = std::move(standing.status.reason);
      each.fenced = fleet_.isFenced(*node);
      each.locked = ledger_.locks().contains(name);
      each.awaitsVolumes = ledger_.awaitsVolumes(name);
      if (each.awaitsVolumes) each.moving = fleet_.moving(name);
    }
    for (const Uuid& instance : ledger_.instancesCondemned(name)) {
      const auto& tombstone = ledger_.tombstones().at(instance);
      if (tombstone.was.cluster != cluster_ || tombstone.fenced) continue;
      NodeFacts& each = facts ? *facts : facts.emplace();
      each.condemned = true;
      each.condemnedOn = tombstone.host();
      each.pool = tombstone.was.pool;
    }
    return facts;
  }

  [[nodiscard]] HostStanding standingOf(const HostName& host) const {
    const auto* record = ledger_.host(host);
    if (record != nullptr && record->ahead) return HostStanding::notDriven;
    if (fleet_.state(host) == message::HostState::lost) return HostStanding::lost;
    return fleet_.isDriven(host) ? HostStanding::driven : HostStanding::notHeard;
  }

  Facts& facts_;
  const ClusterName& cluster_;
  const fleet::Ledger& ledger_;
  const fleet::Fleet& fleet_;
  bool changed_ = false;
};

}  // namespace

Facts gather(const ClusterName& cluster, const std::vector<store::ChangeRecord>& changes, const fleet::Ledger& ledger,
             const fleet::Fleet& fleet) {
  Facts facts;
  Gatherer gatherer(facts, cluster, ledger, fleet);
  for (const auto* node : ledger.nodesOf(cluster)) gatherer.lookAt(node->name);
  for (const auto& [instance, tombstone] : ledger.tombstones()) {
    if (tombstone.was.cluster == cluster) gatherer.lookAt(tombstone.was.name);
  }
  for (const auto& change : changes) gatherer.note(change.target.host);
  return facts;
}

bool refresh(Facts& facts, const ClusterName& cluster, const fleet::Stirred& stirred, const fleet::Ledger& ledger,
             const fleet::Fleet& fleet) {
  Gatherer gatherer(facts, cluster, ledger, fleet);
  for (const NodeName& node : stirred.nodes) gatherer.lookAt(node);
  for (const HostName& host : stirred.hosts) gatherer.lookAt(host);
  return gatherer.changed();
}

}  // namespace berth::rollout
