// SPDX-License-Identifier: Apache-2.0
#include "controller/fleet/ledger.h"

#include <algorithm>
#include <utility>

namespace berth::fleet {

namespace {

template <class Map, class Key>
auto find(const Map& map, const Key& key) -> const typename Map::mapped_type* {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

/// The set that is filed under `key`; an empty one where there is none.
template <class Map>
const typename Map::mapped_type& setOf(const Map& map, const typename Map::key_type& key) {
  static const typename Map::mapped_type none;
  const auto* found = find(map, key);
  return found == nullptr ? none : *found;
}

/// Leaves no empty set behind.
template <class Map>
void eraseFrom(Map& map, const typename Map::key_type& key, const typename Map::mapped_type::value_type& value) {
  const auto found = map.find(key);
  if (found == map.end()) return;
  found->second.erase(value);
  if (found->second.empty()) map.erase(found);
}

/// Null when the node has none of that name.
const message::Volume* volumeOf(const store::NodeRecord& node, const VolumeName& name) {
  const auto found = std::ranges::find(node.volumes, name, &message::Volume::name);
  return found == node.volumes.end() ? nullptr : &*found;
}

}  // namespace

Ledger::Ledger(store::Snapshot snapshot)
    : fleet_(snapshot.fleet),
      epoch_(snapshot.epoch),
      incarnations_(std::move(snapshot.incarnations)),
      revisions_(std::move(snapshot.revisions)),
      lastEvent_(snapshot.lastEvent) {
  for (auto& host : snapshot.hosts) put(std::move(host));
  for (auto& token : snapshot.tokens) put(std::move(token));
  for (auto& person : snapshot.operators) put(std::move(person));
  for (auto& cluster : snapshot.clusters) put(std::move(cluster));
  for (auto& volume : snapshot.volumes) put(std::move(volume));
  for (auto& each : snapshot.snapshots) put(std::move(each));
  for (auto& secret : snapshot.secrets) put(std::move(secret));
  for (auto& node : snapshot.nodes) put(std::move(node));
  for (auto& lock : snapshot.locks) put(std::move(lock));
  for (auto& tombstone : snapshot.tombstones) {
    condemned_[tombstone.was.name].insert(tombstone.was.instance);
    tombstonesOn_[tombstone.host()].insert(tombstone.was.instance);
    tombstones_.emplace(tombstone.was.instance, std::move(tombstone));
  }
  // All of it is on disk already.
  writes_.clear();
  touched_.clear();
  stirred_ = {};
  risen_.clear();
}

const store::HostRecord* Ledger::host(const HostName& name) const { return find(hosts_, name); }
const store::NodeRecord* Ledger::node(const NodeName& name) const { return find(nodes_, name); }
const store::ClusterRecord* Ledger::cluster(const ClusterName& name) const { return find(clusters_, name); }

std::vector<const store::NodeRecord*> Ledger::nodesOf(const ClusterName& cluster) const {
  std::vector<const store::NodeRecord*> nodes;
  if (const auto* names = find(nodesOf_, cluster)) {
    for (const NodeName& name : *names) nodes.push_back(node(name));
  }
  return nodes;
}

const std::set<NodeName>& Ledger::nodesOn(const HostName& host) const { return setOf(nodesOn_, host); }

std::vector<const store::SecretRecord*> Ledger::secretsOf(const ClusterName& cluster) const {
  std::vector<const store::SecretRecord*> found;
  for (auto each = secrets_.lower_bound({cluster, {}, 0}); each != secrets_.end() && each->first.cluster == cluster;
       ++each) {
    found.push_back(&each->second);
  }
  return found;
}

std::vector<const store::SecretRecord*> Ledger::secretsOf(const ClusterName& cluster, const std::string& name) const {
  std::vector<const store::SecretRecord*> found;
  const auto isIt = [&](const SecretKey& key) { return key.cluster == cluster && key.name == name; };
  for (auto each = secrets_.lower_bound({cluster, name, 0}); each != secrets_.end() && isIt(each->first); ++each) {
    found.push_back(&each->second);
  }
  return found;
}

const store::HostRecord* Ledger::hostOfKey(const identity::PublicKey& key) const {
  const auto* name = find(hostKeys_, key);
  return name == nullptr ? nullptr : host(*name);
}

const store::OperatorRecord* Ledger::operatorOfKey(const identity::PublicKey& key) const {
  for (const auto& [name, person] : operators_) {
    if (person.key == key) return &person;
  }
  return nullptr;
}

const store::TombstoneRecord* Ledger::tombstone(const HostName& host, const Uuid& instance) const {
  const auto* found = find(tombstones_, instance);
  return found != nullptr && found->host() == host ? found : nullptr;
}

const store::TombstoneRecord* Ledger::condemned(const NodeName& node) const {
  const auto* instances = find(condemned_, node);
  if (instances == nullptr) return nullptr;
  for (const Uuid& instance : *instances) {
    if (const auto& tombstone = tombstones_.at(instance); !tombstone.fenced) return &tombstone;
  }
  return nullptr;
}

const std::set<Uuid>& Ledger::instancesCondemned(const NodeName& node) const { return setOf(condemned_, node); }
const std::set<Uuid>& Ledger::tombstonesOn(const HostName& host) const { return setOf(tombstonesOn_, host); }
const std::set<Ledger::SnapshotKey>& Ledger::snapshotsOn(const HostName& host) const {
  return setOf(snapshotsOn_, host);
}
const std::set<Ledger::VolumeKey>& Ledger::volumesOn(const HostName& host) const { return setOf(volumesOn_, host); }

message::Manifest Ledger::manifest(const HostName& name) const {
  message::Manifest manifest;
  if (const auto* record = host(name)) manifest.generation = record->generation;
  for (const NodeName& each : nodesOn(name)) {
    if (const auto& retired = nodes_.at(each).retired) {
      const auto heir = retired->revived ? std::optional(nodes_.at(each).instance) : std::nullopt;
      manifest.retiredDisks.push_back({{each, retired->instance}, heir});
    }
    // I1: as long as an instance of the node is to be removed, here or elsewhere, no other one is started.
    // I2: nor before its volumes are there, since it would get empty ones.
    if (condemned(each) != nullptr || awaitsVolumes(each)) continue;
    const store::NodeRecord& record = nodes_.at(each);
    manifest.entries.push_back({record.id(), record.spec, record.power == message::Power::off});
  }
  for (const Uuid& uuid : tombstonesOn(name)) manifest.tombstones.push_back({tombstones_.at(uuid).instance()});
  const auto add = [&manifest](std::optional<message::VolumeOrder> order) {
    if (order) manifest.volumeOrders.push_back(*std::move(order));
  };
  for (const VolumeKey& key : volumesOn(name)) add(volumes_.at(key).order());
  for (const SnapshotKey& key : snapshotsOn(name)) add(snapshots_.at(key).order());
  addMoves(manifest, name);
  return manifest;
}

void Ledger::addMoves(message::Manifest& manifest, const HostName& name) const {
  using Side = message::VolumeMove::Side;
  const auto add = [&](const VolumeKey& key, Side side) {
    const store::VolumeRecord& volume = volumes_.at(key);
    const auto* peer = host(side == Side::takes ? volume.incoming->from : key.host);
    if (peer == nullptr || !hasLeft(key.node, volume.incoming->from)) return;
    message::VolumeMove move{side,       volume.cluster, key.node, key.volume, volume.incoming->at,
                             peer->name, peer->key.str()};
    if (side == Side::takes) {
      // It has not said where: it may be an older agent again.
      if (peer->peers.empty()) return;
      move.peerEndpoint = peer->peers;
      move.size = volume.volume.size;
    }
    manifest.volumeMoves.push_back(std::move(move));
  };
  for (const VolumeKey& key : volumesOn(name)) {
    if (incoming_.contains(key)) add(key, Side::takes);
  }
  for (const VolumeKey& key : setOf(givenBy_, name)) add(key, Side::gives);
}

Incarnation Ledger::nextIncarnation(const NodeName& node) const {
  const auto* last = find(incarnations_, node);
  return last == nullptr ? Incarnation(1) : last->next();
}

Revision Ledger::nextRevision(const ClusterName& cluster) const {
  const auto* last = find(revisions_, cluster);
  return last == nullptr ? Revision(1) : last->next();
}

Uuid Ledger::instanceOf(const store::NodeRecord& node) const {
  return Uuid::derive(fleet_,
                      node.cluster.str() + "/" + node.name.str() + "/" + std::to_string(node.incarnation.value()));
}

void Ledger::put(store::HostRecord host) {
  const auto before = hosts_.find(host.name);
  if (before != hosts_.end()) hostKeys_.erase(before->second.key);
  // Who is asked for a volume, and who asks for one, stands in the manifest of the other.
  if (before != hosts_.end() && (before->second.peers != host.peers || before->second.key != host.key)) {
    for (const VolumeKey& key : setOf(givenBy_, host.name)) touch(key.host);
    for (const VolumeKey& key : incoming_) {
      if (key.host == host.name) touch(volumes_.at(key).incoming->from);
    }
  }
  if (before == hosts_.end() || before->second.ahead != host.ahead) stir(host.name);
  if (before == hosts_.end() || before->second.key != host.key) ++keysVersion_;
  risen_.insert(host.name);
  hostKeys_[host.key] = host.name;
  writes_.emplace_back(host);
  hosts_.insert_or_assign(host.name, std::move(host));
  ++version_;
}

void Ledger::put(identity::StoredToken token) {
  writes_.emplace_back(token);
  tokens_.insert_or_assign(token.id, std::move(token));
}

void Ledger::put(store::OperatorRecord person) {
  writes_.emplace_back(person);
  ++keysVersion_;
  operators_.insert_or_assign(person.name, std::move(person));
}

void Ledger::put(store::ClusterRecord cluster) {
  writes_.emplace_back(cluster);
  clusters_.insert_or_assign(cluster.name, std::move(cluster));
  ++version_;
}

void Ledger::put(store::RevisionRecord revision) {
  revisions_[revision.cluster] = revision.revision;
  writes_.emplace_back(std::move(revision));
}

void Ledger::put(store::SecretRecord secret) {
  writes_.emplace_back(secret);
  const SecretKey key{secret.cluster, secret.name, secret.version};
  secrets_.insert_or_assign(key, std::move(secret));
  ++version_;
}

void Ledger::remove(const SecretKey& secret) {
  if (secrets_.erase(secret) == 0) return;
  writes_.emplace_back(store::RemoveSecret{secret.cluster, secret.name, secret.version});
  ++version_;
}

void Ledger::put(store::SpecRecord spec) { writes_.emplace_back(std::move(spec)); }

void Ledger::put(store::NodeRecord node) {
  auto before = nodes_.find(node.name);
  if (before != nodes_.end() && before->second.instance != node.instance) {
    condemn(node.name);
    before = nodes_.end();
  }
  if (before != nodes_.end()) eraseFrom(nodesOn_, before->second.host, node.name);
  stir(node.name);
  // Only what a manifest says makes a new one of it; tags in the record do not.
  const bool sameEntry = before != nodes_.end() && before->second.host == node.host &&
                         before->second.spec == node.spec && before->second.power == node.power &&
                         before->second.retired == node.retired;
  if (!sameEntry) {
    if (before != nodes_.end()) touch(before->second.host);
    touch(node.host);
  }
  for (const auto& volume : node.volumes) want(node, volume);
  nodesOn_[node.host].insert(node.name);
  nodesOf_[node.cluster].insert(node.name);
  incarnations_[node.name] = std::max(incarnations_[node.name], node.incarnation);
  writes_.emplace_back(node);
  nodes_.insert_or_assign(node.name, std::move(node));
  ++version_;
}

void Ledger::put(store::VolumeRecord volume) {
  const VolumeKey key{volume.node, volume.volume.name, volume.host};
  const auto* before = find(volumes_, key);
  // It is never made smaller, whatever anybody asks.
  if (before != nullptr) volume.volume.size = std::max(volume.volume.size, before->volume.size);
  // An order stands until it is carried out; who wants the volume meanwhile gets a new one afterwards.
  if (before != nullptr && !volume.deleteUntil) volume.deleteUntil = before->deleteUntil;
  if (before != nullptr && !volume.restore) volume.restore = before->restore;
  if (before != nullptr && !volume.incoming) volume.incoming = before->incoming;
  if (before != nullptr && !volume.movedTo) volume.movedTo = before->movedTo;
  if (before != nullptr && *before == volume) return;
  keep(key, std::move(volume));
}

void Ledger::keep(const VolumeKey& key, store::VolumeRecord volume) {
  unsort(key);
  volumesOn_[key.host].insert(key);
  if (volume.incoming) {
    incoming_.insert(key);
    givenBy_[volume.incoming->from].insert(key);
  }
  if (volume.movedTo && !volume.deleteUntil) moved_.insert(key);
  writes_.emplace_back(volume);
  volumes_.insert_or_assign(key, std::move(volume));
  ++version_;
}

void Ledger::unsort(const VolumeKey& key) {
  const auto* known = find(volumes_, key);
  if (known == nullptr) return;
  eraseFrom(volumesOn_, key.host, key);
  incoming_.erase(key);
  moved_.erase(key);
  if (known->incoming) eraseFrom(givenBy_, known->incoming->from, key);
}

void Ledger::want(const store::NodeRecord& node, const message::Volume& volume) {
  store::VolumeRecord wanted{node.host, node.cluster, node.name, volume};
  const VolumeKey key{node.name, volume.name, node.host};
  const auto* here = find(volumes_, key);
  const auto* elsewhere = wholeElsewhere(key);
  // What was left here when it moved away is older than what comes back.
  if (here != nullptr && here->movedTo && !here->deleteUntil) {
    if (elsewhere != nullptr) {
      condemn(*here);
    } else {
      store::VolumeRecord newest = *here;
      newest.movedTo.reset();
      keep(key, std::move(newest));
    }
  }
  const auto* record = host(node.host);
  if (here == nullptr && elsewhere != nullptr && record != nullptr) {
    wanted.volume.size = std::max(volume.size, elsewhere->volume.size);
    wanted.incoming = {elsewhere->host, record->generation.next()};
    touch(elsewhere->host);
    touch(node.host);
  }
  put(std::move(wanted));
}

const store::VolumeRecord* Ledger::wholeElsewhere(const VolumeKey& key) const {
  for (auto each = volumes_.lower_bound({key.node, key.volume, {}}); each != volumes_.end(); ++each) {
    if (each->first.node != key.node || each->first.volume != key.volume) break;
    if (each->first.host != key.host && each->second.isWhole()) return &each->second;
  }
  return nullptr;
}

bool Ledger::hasLeft(const NodeName& name, const HostName& host) const {
  const auto* inForce = node(name);
  if (inForce == nullptr || inForce->host == host) return false;
  return std::ranges::none_of(instancesCondemned(name),
                              [&](const Uuid& instance) { return tombstones_.at(instance).host() == host; });
}

bool Ledger::awaitsVolumes(const NodeName& name) const {
  const auto* inForce = node(name);
  return inForce != nullptr && std::ranges::any_of(inForce->volumes, [&](const message::Volume& volume) {
           const VolumeKey key{name, volume.name, inForce->host};
           const auto* here = find(volumes_, key);
           // One that is deleted first is copied anew afterwards.
           return here != nullptr && (here->incoming || (here->deleteUntil && wholeElsewhere(key) != nullptr));
         });
}

std::vector<const store::VolumeRecord*> Ledger::incomingOf(const NodeName& name) const {
  std::vector<const store::VolumeRecord*> found;
  for (auto each = incoming_.lower_bound({name, {}, {}}); each != incoming_.end() && each->node == name; ++each) {
    found.push_back(&volumes_.at(*each));
  }
  return found;
}

bool Ledger::arrived(const VolumeKey& key, Generation at) {
  const auto* known = find(volumes_, key);
  if (known == nullptr || !known->incoming || known->incoming->at != at) return false;
  store::VolumeRecord volume = *known;
  touch(key.host);
  touch(volume.incoming->from);
  stir(key.node);
  volume.incoming.reset();
  keep(key, std::move(volume));
  for (auto each = volumes_.lower_bound({key.node, key.volume, {}}); each != volumes_.end(); ++each) {
    if (each->first.node != key.node || each->first.volume != key.volume) break;
    if (each->first.host == key.host || each->second.incoming) continue;
    store::VolumeRecord left = each->second;
    left.movedTo = key.host;
    keep(each->first, std::move(left));
  }
  return true;
}

void Ledger::abandonMoves() {
  const std::set<VolumeKey> all = incoming_;
  for (const VolumeKey& key : all) {
    const auto* inForce = node(key.node);
    if (inForce != nullptr && inForce->host == key.host) continue;
    const auto* record = host(key.host);
    if (record == nullptr) continue;
    store::VolumeRecord volume = volumes_.at(key);
    touch(key.host);
    touch(volume.incoming->from);
    // The move began with the next generation at the earliest.
    volume.deleteUntil = std::max(record->generation, volume.incoming->at);
    volume.incoming.reset();
    keep(key, std::move(volume));
  }
}

const store::VolumeRecord* Ledger::volume(const VolumeKey& key) const { return find(volumes_, key); }
const store::SnapshotRecord* Ledger::snapshot(const SnapshotKey& key) const { return find(snapshots_, key); }

std::vector<const store::SnapshotRecord*> Ledger::snapshotsOf(const VolumeKey& key) const {
  std::vector<const store::SnapshotRecord*> found;
  for (auto each = snapshots_.lower_bound({key, {}}); each != snapshots_.end() && each->first.of == key; ++each)
    found.push_back(&each->second);
  return found;
}

void Ledger::put(store::SnapshotRecord snapshot) {
  touch(snapshot.host);
  ++version_;
  writes_.emplace_back(snapshot);
  const SnapshotKey key{{snapshot.node, snapshot.volume, snapshot.host}, snapshot.name};
  snapshotsOn_[key.of.host].insert(key);
  snapshots_.insert_or_assign(key, std::move(snapshot));
}

void Ledger::condemn(store::VolumeRecord volume) {
  const auto* record = host(volume.host);
  if (record == nullptr) return;
  // Whatever is there now was made by this generation at the latest.
  volume.deleteUntil = record->generation;
  touch(volume.host);
  put(std::move(volume));
}

void Ledger::condemn(store::SnapshotRecord snapshot) {
  const auto* record = host(snapshot.host);
  if (record == nullptr) return;
  snapshot.deleteUntil = record->generation;
  put(std::move(snapshot));
}

void Ledger::restore(const VolumeKey& key, const message::SnapshotName& from) {
  const auto found = volumes_.find(key);
  const auto* record = host(key.host);
  if (found == volumes_.end() || record == nullptr) return;
  store::VolumeRecord volume = found->second;
  volume.restore = {from, record->generation};
  touch(key.host);
  keep(key, std::move(volume));
}

void Ledger::take(store::SnapshotRecord snapshot) {
  const auto* record = host(snapshot.host);
  if (record == nullptr) return;
  snapshot.at = record->generation;
  put(std::move(snapshot));
}

bool Ledger::removed(const HostName& host, const message::VolumeOrder& order) {
  const VolumeKey key{order.node, order.volume, host};
  if (!order.snapshot.empty()) {
    const auto found = snapshots_.find({key, order.snapshot});
    if (found == snapshots_.end() || found->second.order() != order) return false;
    eraseFrom(snapshotsOn_, host, found->first);
    snapshots_.erase(found);
    writes_.emplace_back(store::RemoveSnapshot{host, order.node, order.volume, order.snapshot});
    return true;
  }
  const auto found = volumes_.find(key);
  if (found == volumes_.end() || found->second.order() != order) return false;
  writes_.emplace_back(store::RemoveVolume{host, order.node, order.volume});
  unsort(found->first);
  volumes_.erase(found);
  // Somebody may want a new one by now, of whatever size.
  const auto* next = node(order.node);
  const auto* wanted = next == nullptr || next->host != host ? nullptr : volumeOf(*next, order.volume);
  if (wanted != nullptr) {
    stir(order.node);
    want(store::NodeRecord(*next), message::Volume(*wanted));
  }
  return true;
}

bool Ledger::carriedOut(const HostName& host, const message::VolumeOrder& order) {
  using Verb = message::VolumeOrder::Verb;
  const VolumeKey key{order.node, order.volume, host};
  bool known = false;
  switch (order.verb) {
    case Verb::remove: known = removed(host, order); break;
    case Verb::snapshot: {
      const auto found = snapshots_.find({key, order.snapshot});
      known = found != snapshots_.end() && found->second.order() == order;
      if (!known) break;
      found->second.made = true;
      writes_.emplace_back(found->second);
      break;
    }
    case Verb::restore: {
      const auto found = volumes_.find(key);
      known = found != volumes_.end() && found->second.order() == order;
      if (!known) break;
      found->second.restore.reset();
      writes_.emplace_back(found->second);
      break;
    }
  }
  if (!known) return false;
  touch(host);
  ++version_;
  return true;
}

bool Ledger::isInUse(const store::VolumeRecord& volume) const {
  const auto has = [&](const store::NodeRecord& node) {
    return node.host == volume.host && volumeOf(node, volume.volume.name) != nullptr;
  };
  if (const auto* inForce = node(volume.node); inForce != nullptr && has(*inForce)) return true;
  const bool isGiven = std::ranges::any_of(setOf(givenBy_, volume.host), [&](const VolumeKey& each) {
    return each.node == volume.node && each.volume == volume.volume.name;
  });
  if (isGiven) return true;
  const auto* leaving = find(condemned_, volume.node);
  return leaving != nullptr &&
         std::ranges::any_of(*leaving, [&](const Uuid& instance) { return has(tombstones_.at(instance).was); });
}

void Ledger::removeHost(const HostName& name) {
  const auto found = hosts_.find(name);
  if (found == hosts_.end()) return;
  hostKeys_.erase(found->second.key);
  hosts_.erase(found);
  touched_.erase(name);
  stir(name);
  ++keysVersion_;
  writes_.emplace_back(store::RemoveHost{name});
  ++version_;
}

void Ledger::removeToken(const std::string& id) {
  if (tokens_.erase(id) != 0) writes_.emplace_back(store::RemoveToken{id});
}

void Ledger::removeOperator(const OperatorName& name) {
  if (operators_.erase(name) == 0) return;
  ++keysVersion_;
  writes_.emplace_back(store::RemoveOperator{name});
}

void Ledger::removeCluster(const ClusterName& name) {
  if (clusters_.erase(name) != 0) writes_.emplace_back(store::RemoveCluster{name});
  ++version_;
}

void Ledger::put(store::LockRecord lock) {
  stir(lock.node);
  writes_.emplace_back(lock);
  locks_.insert_or_assign(lock.node, std::move(lock));
}

void Ledger::unlock(const NodeName& node) {
  if (locks_.erase(node) == 0) return;
  stir(node);
  writes_.emplace_back(store::RemoveLock{node});
}

void Ledger::condemn(const NodeName& name) {
  const auto found = nodes_.find(name);
  if (found == nodes_.end()) return;
  unlock(name);
  store::TombstoneRecord tombstone{found->second};
  touch(tombstone.host());
  stir(name);
  eraseFrom(nodesOn_, tombstone.host(), name);
  eraseFrom(nodesOf_, tombstone.was.cluster, name);
  nodes_.erase(found);
  condemned_[name].insert(tombstone.was.instance);
  tombstonesOn_[tombstone.host()].insert(tombstone.was.instance);
  writes_.emplace_back(store::RemoveNode{name});
  writes_.emplace_back(tombstone);
  tombstones_.insert_or_assign(tombstone.was.instance, std::move(tombstone));
  ++version_;
}

bool Ledger::dropRetired(const NodeName& name) {
  const auto* known = node(name);
  if (known == nullptr || !known->retired) return false;
  store::NodeRecord changed = *known;
  changed.retired.reset();
  put(std::move(changed));
  return true;
}

void Ledger::bury(const Uuid& instance) {
  const auto found = tombstones_.find(instance);
  if (found == tombstones_.end()) return;
  const store::NodeRecord was = found->second.was;
  tombstones_.erase(found);
  touch(was.host);
  stir(was.name);
  eraseFrom(tombstonesOn_, was.host, instance);
  eraseFrom(condemned_, was.name, instance);
  // A node that waited for this, wherever it is, enters the manifest of its host now.
  if (const auto* next = node(was.name)) touch(next->host);
  writes_.emplace_back(store::RemoveTombstone{was.id()});
  ++version_;
}

void Ledger::fence(const Uuid& instance) {
  const auto found = tombstones_.find(instance);
  if (found == tombstones_.end() || found->second.fenced) return;
  found->second.fenced = true;
  stir(found->second.was.name);
  if (const auto* next = node(found->second.was.name)) touch(next->host);
  writes_.emplace_back(found->second);
  ++version_;
}

void Ledger::record(const Moment& moment, std::string subject, std::string message) {
  lastEvent_ = lastEvent_.next();
  writes_.emplace_back(store::EventRecord{lastEvent_, moment.wallMs, std::move(subject), std::move(message)});
}

store::Transaction Ledger::settle() {
  abandonMoves();
  for (const HostName& name : std::exchange(touched_, {})) {
    const auto found = hosts_.find(name);
    if (found == hosts_.end()) continue;
    found->second.generation = found->second.generation.next();
    risen_.insert(name);
    writes_.emplace_back(found->second);
  }
  return std::exchange(writes_, {});
}

}  // namespace berth::fleet
