// SPDX-License-Identifier: Apache-2.0
//
// What should be, in memory: the store's records, indexed for those who decide. Each change is made here and at the
// same time written down for the store; nobody outside hears of it before that is on disk:
//
//   ledger.condemn(old); ledger.put(replacement); ledger.record(moment, "node prod-server-0", "is being replaced");
//   auto writes = ledger.settle();           // also raises the generation of each host whose manifest changed
//   store.commit(writes);                    // only then are manifests pushed and requests answered
//
// Volumes follow their node: where a node is put in force on a host that lacks a volume which another one has, that is
// copied from there. At every instant one copy counts (VolumeRecord::isWhole): that of the old host until the new one
// has all of it, compared; and the old one is deleted later still.
//
// Where a node is replaced on its host, the root disk of its last good instance may stay there until the new one has
// proved itself (NodeRecord::retired). No room is counted for it, so none is promised twice: its host keeps it only in
// what nobody was promised, and deletes it before anything else is made there.
//
// I1 is kept by one rule of manifest(): a node is in no manifest while an instance of it waits for its removal
// anywhere, unless that one is known to be fenced. A ledger is a value of one thread; it does no I/O and reads no
// clock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controller/fleet/moment.h"
#include "controller/store/store.h"

namespace berth::fleet {

/// Of what something has become known, or ordered, that decisions about it are made from.
struct Stirred {
  std::set<NodeName> nodes;
  /// A host stands otherwise with the controller than before; and so may all that is on it.
  std::set<HostName> hosts;
};

class Ledger {
public:
  explicit Ledger(store::Snapshot snapshot);

  // ---- what there is
  [[nodiscard]] const Uuid& fleet() const { return fleet_; }
  [[nodiscard]] Epoch epoch() const { return epoch_; }
  [[nodiscard]] const std::map<HostName, store::HostRecord>& hosts() const { return hosts_; }
  [[nodiscard]] const std::map<NodeName, store::NodeRecord>& nodes() const { return nodes_; }
  [[nodiscard]] const std::map<ClusterName, store::ClusterRecord>& clusters() const { return clusters_; }
  [[nodiscard]] const std::map<OperatorName, store::OperatorRecord>& operators() const { return operators_; }
  [[nodiscard]] const std::map<std::string, identity::StoredToken>& tokens() const { return tokens_; }
  [[nodiscard]] const std::map<Uuid, store::TombstoneRecord>& tombstones() const { return tombstones_; }
  /// Nodes that may reboot by themselves, and count as down until they are back.
  [[nodiscard]] const std::map<NodeName, store::LockRecord>& locks() const { return locks_; }

  [[nodiscard]] const store::HostRecord* host(const HostName& name) const;
  [[nodiscard]] const store::NodeRecord* node(const NodeName& name) const;
  [[nodiscard]] const store::ClusterRecord* cluster(const ClusterName& name) const;
  [[nodiscard]] std::vector<const store::NodeRecord*> nodesOf(const ClusterName& cluster) const;
  [[nodiscard]] const std::set<NodeName>& nodesOn(const HostName& host) const;
  [[nodiscard]] const store::HostRecord* hostOfKey(const identity::PublicKey& key) const;
  [[nodiscard]] const store::OperatorRecord* operatorOfKey(const identity::PublicKey& key) const;
  /// The instance of this UUID that is to be removed from this host; null when there is none.
  [[nodiscard]] const store::TombstoneRecord* tombstone(const HostName& host, const Uuid& instance) const;
  /// An instance of this node that still waits for its removal and may run until then; null when there is none.
  [[nodiscard]] const store::TombstoneRecord* condemned(const NodeName& node) const;
  /// All of them, in the order of their UUIDs.
  [[nodiscard]] const std::set<Uuid>& instancesCondemned(const NodeName& node) const;
  /// The instances that are to be removed from this host, in the order of their UUIDs.
  [[nodiscard]] const std::set<Uuid>& tombstonesOn(const HostName& host) const;

  // ---- volumes: those of nodes that are gone included
  /// Where a volume is; a node that was moved in spite of its volumes has one of each name on two hosts.
  struct VolumeKey {
    NodeName node;
    VolumeName volume;
    HostName host;
    auto operator<=>(const VolumeKey&) const = default;
  };
  [[nodiscard]] const std::map<VolumeKey, store::VolumeRecord>& volumes() const { return volumes_; }
  [[nodiscard]] const std::set<VolumeKey>& volumesOn(const HostName& host) const;
  /// A node in force has it, or one whose removal is still under way; or it is being copied to where its node is now.
  [[nodiscard]] bool isInUse(const store::VolumeRecord& volume) const;
  /// A volume of the node is whole on another host alone: the node is to have that one, and waits until it has come.
  [[nodiscard]] bool awaitsVolumes(const NodeName& node) const;
  /// Of the volumes that are on their way to this node: all that have not come.
  [[nodiscard]] std::vector<const store::VolumeRecord*> incomingOf(const NodeName& node) const;
  /// Those that were moved to another host and are still here.
  [[nodiscard]] const std::set<VolumeKey>& moved() const { return moved_; }
  [[nodiscard]] const store::VolumeRecord* volume(const VolumeKey& key) const;
  struct SnapshotKey {
    VolumeKey of;
    message::SnapshotName name;
    auto operator<=>(const SnapshotKey&) const = default;
  };
  [[nodiscard]] const std::map<SnapshotKey, store::SnapshotRecord>& snapshots() const { return snapshots_; }
  [[nodiscard]] const std::set<SnapshotKey>& snapshotsOn(const HostName& host) const;
  [[nodiscard]] const store::SnapshotRecord* snapshot(const SnapshotKey& key) const;
  [[nodiscard]] std::vector<const store::SnapshotRecord*> snapshotsOf(const VolumeKey& key) const;

  // ---- secrets, sealed
  struct SecretKey {
    ClusterName cluster;
    std::string name;
    std::uint32_t version = 0;
    auto operator<=>(const SecretKey&) const = default;
  };
  [[nodiscard]] const std::map<SecretKey, store::SecretRecord>& secrets() const { return secrets_; }
  /// By name, the older version of each first.
  [[nodiscard]] std::vector<const store::SecretRecord*> secretsOf(const ClusterName& cluster) const;
  /// All versions of one, the older first.
  [[nodiscard]] std::vector<const store::SecretRecord*> secretsOf(const ClusterName& cluster,
                                                                  const std::string& name) const;

  /// All that belongs on `host`.
  [[nodiscard]] message::Manifest manifest(const HostName& host) const;
  /// What an incarnation of a node after its last one would be called.
  [[nodiscard]] Incarnation nextIncarnation(const NodeName& node) const;
  [[nodiscard]] Revision nextRevision(const ClusterName& cluster) const;
  [[nodiscard]] Uuid instanceOf(const store::NodeRecord& node) const;

  /// False in a turn in which the manifest of `host` has changed and its generation has not risen yet.
  [[nodiscard]] bool isSettled(const HostName& host) const { return !touched_.contains(host); }

  /// Rises when anything changes that a plan is made from.
  [[nodiscard]] std::uint64_t version() const { return version_; }
  /// Rises when another key than before may come in, of a host or of a person.
  [[nodiscard]] std::uint64_t keysVersion() const { return keysVersion_; }

  // ---- what becomes of it
  void put(store::HostRecord host);
  void put(identity::StoredToken token);
  void put(store::OperatorRecord person);
  void put(store::ClusterRecord cluster);
  void put(store::RevisionRecord revision);
  void put(store::SpecRecord spec);
  /// Puts a node in force, and its volumes with it: they stay when it goes. Another instance of it that was in force is
  /// condemned by that.
  void put(store::NodeRecord node);
  void put(store::SecretRecord secret);
  void remove(const SecretKey& secret);
  void removeHost(const HostName& name);
  void removeToken(const std::string& id);
  void removeOperator(const OperatorName& name);
  void removeCluster(const ClusterName& name);
  /// Of a node in force.
  void put(store::LockRecord lock);
  void unlock(const NodeName& node);
  /// Orders that the instance in force be removed from its host, and takes the node out of force. Its lock ends.
  void condemn(const NodeName& name);
  /// The node need not go back any more: its host may delete the root disk that it keeps of an earlier instance. False
  /// when there is none.
  bool dropRetired(const NodeName& name);
  /// The agent has said that this instance is gone.
  void bury(const Uuid& instance);
  /// This instance, which waits for its removal, is known not to run any more: its successor may.
  void fence(const Uuid& instance);
  // Orders about volumes: only ever at the word of a person who named one. Each goes to its host with the manifest, and
  // stands until the host has said that it is carried out.
  /// It is to be deleted with its data. A host may have it that this ledger knows nothing of; then it is known from now
  /// on, until it is gone.
  void condemn(store::VolumeRecord volume);
  void condemn(store::SnapshotRecord snapshot);
  void restore(const VolumeKey& volume, const message::SnapshotName& from);
  /// `snapshot` needs no `at`.
  void take(store::SnapshotRecord snapshot);
  /// The host has said that it has this volume whole, as of that move: from now on it is the one that counts. False
  /// when it is not awaited there.
  bool arrived(const VolumeKey& volume, Generation at);
  /// Its host has said so; false when nobody had ordered it.
  bool carriedOut(const HostName& host, const message::VolumeOrder& order);
  /// A rollout has been begun or ended: what is reserved may have changed.
  void touchPlans() { ++version_; }
  void dropUnusedSpecs() { writes_.emplace_back(store::DropUnusedSpecs{}); }

  void record(const Moment& moment, std::string subject, std::string message);
  /// Rollouts and changes pass through to the store.
  void write(store::Write write) { writes_.push_back(std::move(write)); }

  // ---- who has to look again
  /// Those who know more of a node or of a host than the ledger does say so here.
  void stir(const NodeName& node) { stirred_.nodes.insert(node); }
  void stir(const HostName& host) { stirred_.hosts.insert(host); }
  /// Since this was last asked.
  [[nodiscard]] Stirred takeStirred() { return std::exchange(stirred_, {}); }
  /// Hosts whose record was written since this was last asked: their manifests may be others.
  [[nodiscard]] std::set<HostName> takeRisen() { return std::exchange(risen_, {}); }

  /// What is to be committed, all at once. Afterwards nothing is pending.
  [[nodiscard]] store::Transaction settle();

private:
  void put(store::VolumeRecord volume);
  void put(store::SnapshotRecord snapshot);
  /// The node is to have this volume on its host: the one that is there, or else what another host has of it.
  void want(const store::NodeRecord& node, const message::Volume& volume);
  /// The one that counts, where that is on another host than `key` says; null where there is none.
  [[nodiscard]] const store::VolumeRecord* wholeElsewhere(const VolumeKey& key) const;
  /// No instance of the node has a volume there any more, or is about to get one.
  [[nodiscard]] bool hasLeft(const NodeName& node, const HostName& host) const;
  void addMoves(message::Manifest& manifest, const HostName& host) const;
  /// Moves to where the node is no longer end here; what has come of them is to be deleted.
  void abandonMoves();
  /// Writes down what has become of a volume, and sorts it in.
  void keep(const VolumeKey& key, store::VolumeRecord volume);
  void unsort(const VolumeKey& key);
  bool removed(const HostName& host, const message::VolumeOrder& order);
  void touch(const HostName& host) { touched_.insert(host); }

  Uuid fleet_;
  Epoch epoch_;
  std::map<HostName, store::HostRecord> hosts_;
  std::map<identity::PublicKey, HostName> hostKeys_;
  std::map<NodeName, store::NodeRecord> nodes_;
  std::map<HostName, std::set<NodeName>> nodesOn_;
  std::map<ClusterName, std::set<NodeName>> nodesOf_;
  std::map<ClusterName, store::ClusterRecord> clusters_;
  std::map<OperatorName, store::OperatorRecord> operators_;
  std::map<std::string, identity::StoredToken> tokens_;
  std::map<Uuid, store::TombstoneRecord> tombstones_;
  std::map<NodeName, std::set<Uuid>> condemned_;
  std::map<HostName, std::set<Uuid>> tombstonesOn_;
  std::map<VolumeKey, store::VolumeRecord> volumes_;
  std::map<HostName, std::set<VolumeKey>> volumesOn_;
  /// Volumes on their way: all, and those that a host gives. By their key where they go to.
  std::set<VolumeKey> incoming_;
  std::map<HostName, std::set<VolumeKey>> givenBy_;
  std::set<VolumeKey> moved_;
  std::map<SnapshotKey, store::SnapshotRecord> snapshots_;
  std::map<NodeName, store::LockRecord> locks_;
  std::map<HostName, std::set<SnapshotKey>> snapshotsOn_;
  std::map<SecretKey, store::SecretRecord> secrets_;
  std::map<NodeName, Incarnation> incarnations_;
  std::map<ClusterName, Revision> revisions_;
  Sequence lastEvent_;
  std::uint64_t version_ = 0;
  std::uint64_t keysVersion_ = 0;
  store::Transaction writes_;
  std::set<HostName> touched_;
  Stirred stirred_;
  std::set<HostName> risen_;
};

}  // namespace berth::fleet
