// SPDX-License-Identifier: Apache-2.0
//
// What the controller has promised must survive it (I3). It keeps what it must know at every moment in memory, reads
// it once at start, and writes each decision as one transaction before anybody hears of it:
//
//   auto snapshot = store.load();                                   // at start
//   store.commit({node, tombstone, event});                         // all of it or nothing, on disk when it returns
//   auto encoded = store.spec(digest);                              // what is large is read when it is needed
//
// An interface, since several controllers will share another kind of store. All calls block for a disk's time and are
// for one thread. Errors are values; after any of them the store is as it was before the call.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "controller/store/records.h"

namespace berth::store {

/// What was attempted and why it failed; `hint` is the way out, for the person who runs the controller.
struct Failure {
  enum class Kind : std::uint8_t {
    absent,   ///< there is no store at that place
    foreign,  ///< the file is not a store of ours
    newer,    ///< written by a later version
    corrupt,  ///< damaged, or holds what we would never have written
    busy,     ///< another controller has it open
    full,     ///< no space is left: reading still works
    io,       ///< the disk failed: what is on it can no longer be told, so the process should end
  };
  Kind kind = Kind::io;
  std::string message;
  std::string hint;
};

template <class T>
using Result = std::variant<T, Failure>;

// A record in a transaction is inserted, or replaces the one with the same key. The rest is said by these:
struct RemoveHost {
  HostName host;
};
struct RemoveToken {
  std::string id;
};
struct RemoveOperator {
  OperatorName name;
};
struct RemoveCluster {
  ClusterName cluster;
};
struct RemoveNode {
  NodeName node;
};
struct RemoveTombstone {
  message::InstanceId instance;
};
struct RemoveVolume {
  HostName host;
  NodeName node;
  VolumeName volume;
};
struct RemoveSecret {
  ClusterName cluster;
  std::string name;
  std::uint32_t version = 0;
};
struct RemoveSnapshot {
  HostName host;
  NodeName node;
  VolumeName volume;
  message::SnapshotName name;
};
struct RemoveLock {
  NodeName node;
};
/// The epoch is at least this one from now on: a controller takes over from one that got further.
struct RaiseEpoch {
  Epoch least;
};
/// Forgets the specs that neither a node nor a change that is still to be done refers to: they hold secrets.
struct DropUnusedSpecs {};

using Write =
    std::variant<HostRecord, identity::StoredToken, OperatorRecord, ClusterRecord, RevisionRecord, SpecRecord,
                 NodeRecord, TombstoneRecord, VolumeRecord, RolloutRecord, ChangeRecord, EventRecord, RemoveHost,
                 RemoveToken, RemoveOperator, RemoveCluster, RemoveNode, RemoveTombstone, RaiseEpoch, DropUnusedSpecs,
                 RemoveVolume, SnapshotRecord, RemoveSnapshot, SecretRecord, RemoveSecret, LockRecord, RemoveLock>;
/// Carried out in this order.
using Transaction = std::vector<Write>;

/// What the controller holds in memory.
struct Snapshot {
  Uuid fleet;
  Epoch epoch;
  std::vector<HostRecord> hosts;
  std::vector<identity::StoredToken> tokens;
  std::vector<OperatorRecord> operators;
  std::vector<ClusterRecord> clusters;
  std::vector<NodeRecord> nodes;
  std::vector<TombstoneRecord> tombstones;
  std::vector<VolumeRecord> volumes;
  std::vector<SnapshotRecord> snapshots;
  std::vector<SecretRecord> secrets;
  std::vector<LockRecord> locks;
  /// Those that have not ended, with all their changes.
  std::vector<RolloutRecord> rollouts;
  std::vector<ChangeRecord> changes;
  /// The last incarnation of each node there ever was: none is ever used twice, even after a destroy.
  std::map<NodeName, Incarnation> incarnations;
  /// The last revision of each cluster there ever was.
  std::map<ClusterName, Revision> revisions;
  RolloutId lastRollout;
  Sequence lastEvent;
};

/// How many events are kept; older ones are forgotten as new ones come.
inline constexpr std::uint64_t kEventsKept = 20'000;

class Store {
public:
  virtual ~Store() = default;

  /// Raises the epoch: called once by each controller that takes the lead, before it speaks to anybody.
  [[nodiscard]] virtual Result<Epoch> beginEpoch() = 0;
  [[nodiscard]] virtual Result<Snapshot> load() = 0;
  /// All of it or nothing; on disk when this returns nothing.
  [[nodiscard]] virtual std::optional<Failure> commit(const Transaction& transaction) = 0;

  [[nodiscard]] virtual Result<std::optional<std::string>> spec(const Digest& digest) = 0;
  [[nodiscard]] virtual Result<std::optional<RevisionRecord>> revision(const ClusterName& cluster, Revision number) = 0;
  /// The newest first, at most `limit`.
  [[nodiscard]] virtual Result<std::vector<RolloutRecord>> rollouts(const std::optional<ClusterName>& cluster,
                                                                    std::uint32_t limit) = 0;
  [[nodiscard]] virtual Result<std::optional<RolloutRecord>> rollout(RolloutId id) = 0;
  [[nodiscard]] virtual Result<std::vector<ChangeRecord>> changes(RolloutId id) = 0;
  /// Changes of this cluster that are done, the newest rollouts first, at most `limit`.
  [[nodiscard]] virtual Result<std::vector<PastChange>> pastChanges(const ClusterName& cluster,
                                                                    std::uint32_t limit) = 0;
  /// After `after`, oldest first, at most `limit`.
  [[nodiscard]] virtual Result<std::vector<EventRecord>> events(Sequence after, std::uint32_t limit) = 0;
  /// The newest `limit` about `subject`, oldest first.
  [[nodiscard]] virtual Result<std::vector<EventRecord>> eventsAbout(const std::string& subject,
                                                                     std::uint32_t limit) = 0;
};

}  // namespace berth::store
