// SPDX-License-Identifier: Apache-2.0
#include "controller/store/memory_store.h"

#include <algorithm>
#include <set>

namespace berth::store {

namespace {

/// One function object of many lambdas, for std::visit.
template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

template <class Map>
auto valuesOf(const Map& map) {
  std::vector<typename Map::mapped_type> values;
  values.reserve(map.size());
  for (const auto& [key, value] : map) values.push_back(value);
  return values;
}

bool isOpen(const RolloutRecord& rollout) {
  return rollout.isUnderWay() || rollout.state == message::RolloutState::reverting;
}

}  // namespace

Result<Snapshot> MemoryStore::load() {
  Snapshot snapshot;
  snapshot.fleet = fleet_;
  snapshot.epoch = epoch_;
  snapshot.hosts = valuesOf(hosts_);
  snapshot.tokens = valuesOf(tokens_);
  snapshot.operators = valuesOf(operators_);
  snapshot.clusters = valuesOf(clusters_);
  snapshot.nodes = valuesOf(nodes_);
  snapshot.tombstones = valuesOf(tombstones_);
  snapshot.volumes = valuesOf(volumes_);
  snapshot.snapshots = valuesOf(snapshots_);
  snapshot.secrets = valuesOf(secrets_);
  snapshot.locks = valuesOf(locks_);
  for (const auto& [id, rollout] : rollouts_) {
    if (isOpen(rollout)) snapshot.rollouts.push_back(rollout);
  }
  for (const auto& [key, change] : changes_) {
    if (isOpen(rollouts_.at(key.first))) snapshot.changes.push_back(change);
  }
  snapshot.incarnations = incarnations_;
  for (const auto& [key, revision] : revisions_) snapshot.revisions[key.first] = key.second;
  if (!rollouts_.empty()) snapshot.lastRollout = rollouts_.rbegin()->first;
  if (!events_.empty()) snapshot.lastEvent = events_.rbegin()->first;
  return snapshot;
}

std::optional<Failure> MemoryStore::commit(const Transaction& transaction) {
  if (transaction.empty()) return std::nullopt;
  if (failure_) return failure_;
  for (const Write& write : transaction) put(write);
  return std::nullopt;
}

void MemoryStore::put(const Write& write) {
  std::visit(Overloaded{
                 [&](const HostRecord& host) { hosts_[host.name] = host; },
                 [&](const identity::StoredToken& token) { tokens_[token.id] = token; },
                 [&](const OperatorRecord& person) { operators_[person.name] = person; },
                 [&](const ClusterRecord& cluster) { clusters_[cluster.name] = cluster; },
                 [&](const RevisionRecord& revision) {
                   revisions_[{revision.cluster, revision.revision}] = revision;
                 },
                 [&](const SpecRecord& spec) { specs_[spec.digest] = spec.encoded; },
                 [&](const NodeRecord& node) {
                   nodes_[node.name] = node;
                   incarnations_[node.name] = std::max(incarnations_[node.name], node.incarnation);
                 },
                 [&](const TombstoneRecord& tombstone) { tombstones_[tombstone.was.instance] = tombstone; },
                 [&](const VolumeRecord& volume) {
                   volumes_[{volume.node, volume.volume.name, volume.host}] = volume;
                 },
                 [&](const RolloutRecord& rollout) { rollouts_[rollout.id] = rollout; },
                 [&](const ChangeRecord& change) {
                   changes_[{change.rollout, change.ordinal}] = change;
                 },
                 [&](const EventRecord& event) { events_[event.sequence] = event; },
                 [&](const RemoveHost& remove) { hosts_.erase(remove.host); },
                 [&](const RemoveToken& remove) { tokens_.erase(remove.id); },
                 [&](const RemoveOperator& remove) { operators_.erase(remove.name); },
                 [&](const RemoveCluster& remove) { clusters_.erase(remove.cluster); },
                 [&](const RemoveNode& remove) { nodes_.erase(remove.node); },
                 [&](const RemoveTombstone& remove) { tombstones_.erase(remove.instance.uuid); },
                 [&](const SnapshotRecord& snapshot) {
                   snapshots_[{snapshot.node, snapshot.volume, snapshot.name, snapshot.host}] = snapshot;
                 },
                 [&](const RemoveSnapshot& remove) {
                   snapshots_.erase({remove.node, remove.volume, remove.name, remove.host});
                 },
                 [&](const SecretRecord& secret) {
                   secrets_[{secret.cluster, secret.name, secret.version}] = secret;
                 },
                 [&](const RemoveSecret& remove) {
                   secrets_.erase({remove.cluster, remove.name, remove.version});
                 },
                 [&](const RemoveVolume& remove) {
                   volumes_.erase({remove.node, remove.volume, remove.host});
                 },
                 [&](const LockRecord& lock) { locks_[lock.node] = lock; },
                 [&](const RemoveLock& remove) { locks_.erase(remove.node); },
                 [&](const RaiseEpoch& raise) { epoch_ = std::max(epoch_, raise.least); },
                 [&](const DropUnusedSpecs&) { dropUnusedSpecs(); },
             },
             write);
  while (events_.size() > kEventsKept) events_.erase(events_.begin());
}

void MemoryStore::dropUnusedSpecs() {
  std::set<Digest> used;
  for (const auto& [name, node] : nodes_) used.insert(node.spec);
  for (const auto& [key, change] : changes_) {
    const bool undone = change.state == message::ChangeState::waiting;
    if (undone && rollouts_.at(key.first).isUnderWay()) used.insert(change.target.spec);
  }
  std::erase_if(specs_, [&](const auto& spec) { return !used.contains(spec.first); });
}

Result<std::optional<std::string>> MemoryStore::spec(const Digest& digest) {
  const auto found = specs_.find(digest);
  return found == specs_.end() ? std::nullopt : std::optional(found->second);
}

Result<std::optional<RevisionRecord>> MemoryStore::revision(const ClusterName& cluster, Revision number) {
  const auto found = revisions_.find({cluster, number});
  return found == revisions_.end() ? std::nullopt : std::optional(found->second);
}

Result<std::vector<RolloutRecord>> MemoryStore::rollouts(const std::optional<ClusterName>& cluster,
                                                         std::uint32_t limit) {
  std::vector<RolloutRecord> found;
  for (auto each = rollouts_.rbegin(); each != rollouts_.rend() && found.size() < limit; ++each) {
    if (!cluster || each->second.cluster == *cluster) found.push_back(each->second);
  }
  return found;
}

Result<std::optional<RolloutRecord>> MemoryStore::rollout(RolloutId id) {
  const auto found = rollouts_.find(id);
  return found == rollouts_.end() ? std::nullopt : std::optional(found->second);
}

Result<std::vector<ChangeRecord>> MemoryStore::changes(RolloutId id) {
  std::vector<ChangeRecord> found;
  for (const auto& [key, change] : changes_) {
    if (key.first == id) found.push_back(change);
  }
  return found;
}

Result<std::vector<PastChange>> MemoryStore::pastChanges(const ClusterName& cluster, std::uint32_t limit) {
  std::vector<PastChange> found;
  for (auto each = changes_.rbegin(); each != changes_.rend() && found.size() < limit; ++each) {
    const ChangeRecord& change = each->second;
    if (change.target.cluster != cluster || change.state != message::ChangeState::done) continue;
    found.push_back({change.action, std::chrono::milliseconds(change.endedMs - change.startedMs)});
  }
  return found;
}

Result<std::vector<EventRecord>> MemoryStore::events(Sequence after, std::uint32_t limit) {
  std::vector<EventRecord> found;
  for (auto each = events_.upper_bound(after); each != events_.end() && found.size() < limit; ++each) {
    found.push_back(each->second);
  }
  return found;
}

Result<std::vector<EventRecord>> MemoryStore::eventsAbout(const std::string& subject, std::uint32_t limit) {
  std::vector<EventRecord> found;
  for (auto each = events_.rbegin(); each != events_.rend() && found.size() < limit; ++each) {
    if (each->second.subject == subject) found.push_back(each->second);
  }
  std::ranges::reverse(found);
  return found;
}

}  // namespace berth::store
