// SPDX-License-Identifier: Apache-2.0
//
// What the controller must not forget, as values. What agents report (phases, conditions, when a host was last heard)
// is not among it: they say it again when they are asked.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "planner/secret/wanted.h"
#include "protocol/identity/keys.h"
#include "protocol/identity/token.h"
#include "protocol/message/operator.h"
#include "words/counter.h"
#include "words/name.h"

namespace berth::store {

/// A host that has seen more than this store knows: the store is older than the fleet.
struct Ahead {
  Epoch epoch;
  Generation generation;
  bool operator==(const Ahead&) const = default;
};

/// The newest event of a host that has been recorded; what comes again is known by it.
struct EventMark {
  Sequence sequence;
  std::int64_t timeMs = 0;
  bool operator==(const EventMark&) const = default;
};

/// A host that is being emptied (server/draining.h).
struct Drain {
  OperatorName by;
  std::int64_t sinceMs = 0;
  /// When it is given up, by the wall clock; 0: never.
  std::int64_t deadlineMs = 0;
  message::DrainVolumes volumes = message::DrainVolumes::skip;
  /// Nothing more is begun until a person says so.
  bool halted = false;
  /// Why that is, or why nothing could be moved when it was last tried.
  std::string obstacle;
  bool operator==(const Drain&) const = default;
};

/// A host that was admitted. From `zone` to `volumePool` it is what its agent last said in a Hello.
struct HostRecord {
  HostName name;
  identity::PublicKey key;
  std::int64_t joinedMs = 0;
  /// False until the first Hello: nothing is known about it but its key.
  bool introduced = false;
  std::string zone;
  std::map<std::string, std::string> labels;
  message::Capacity capacity;
  bool kvm = false;
  std::string agentVersion;
  std::string bootId;
  /// Where its agent may be asked for volumes by others; empty where it moves none.
  std::string peers{};
  /// Whether its agent can hand artifacts to guests.
  bool artifacts = false;
  /// The pool that its volumes lie in; empty where they lie on its disk.
  std::string volumePool{};
  /// Of the manifest that it should have.
  Generation generation;
  /// What an operator has said of it.
  message::Duty duty = message::Duty::open;
  /// Set when its agent was found ahead of this store, and kept until a person decides: such a host is not driven.
  std::optional<Ahead> ahead;
  std::optional<EventMark> lastEvent;
  /// There while its duty is draining.
  std::optional<Drain> drain{};

  bool operator==(const HostRecord&) const = default;
};

struct OperatorRecord {
  OperatorName name;
  message::Role role = message::Role::viewer;
  identity::PublicKey key;
  std::int64_t addedMs = 0;

  bool operator==(const OperatorRecord&) const = default;
};

enum class ClusterState : std::uint8_t { inForce, destroying };

/// When nodes of a cluster may reboot into a new release of their operating system: of a spec that has
/// os_updates: { strategy: fleet_lock }.
struct RebootPolicy {
  /// As of a rollout (Pace).
  std::uint32_t maxParallel = 1;
  std::chrono::seconds minHealthyTime{0};
  std::set<PoolName> quorum{};
  struct Window {
    /// Bit 0 is Monday; never none.
    std::uint8_t days = 0x7f;
    /// After midnight.
    std::chrono::minutes start{0};
    std::chrono::minutes length{0};
    bool operator==(const Window&) const = default;
  };
  /// Empty: at any time.
  std::vector<Window> windows{};
  /// A name such as Europe/Warsaw.
  std::string timeZone = "UTC";

  bool operator==(const RebootPolicy&) const = default;
};

/// A cluster that exists. Its revisions outlive it.
struct ClusterRecord {
  ClusterName name;
  /// The newest one that was accepted.
  Revision revision;
  ClusterState state = ClusterState::inForce;
  /// What may not be destroyed ("cluster", "pool server", "volume data of pool server"), and where that was said:
  /// "revision 3, prod.yaml:12:5". Holds until a revision says otherwise, even when the lines are gone.
  std::map<std::string, std::string> protections{};
  /// Empty: its nodes do not ask before they reboot.
  std::optional<RebootPolicy> reboots{};

  bool operator==(const ClusterRecord&) const = default;
};

/// One accepted spec, kept for ever.
struct RevisionRecord {
  ClusterName cluster;
  Revision revision;
  message::Submission submission;
  /// The words by which the spec asked for the image.
  std::string imageDeclared;
  std::int64_t acceptedMs = 0;
  OperatorName by;
};

/// The encoding of a node spec. Secret: it holds the Ignition config.
struct SpecRecord {
  Digest digest;
  std::string encoded;
};

/// One node that should be there, as its instance in force has it.
struct NodeRecord {
  NodeName name;
  ClusterName cluster;
  PoolName pool;
  std::uint32_t index = 0;
  HostName host;
  Incarnation incarnation;
  Uuid instance;
  Digest spec;
  Revision revision;
  /// Empty under DHCP.
  std::string address;
  message::Nic nic;
  /// What it takes of its host.
  message::Capacity size;
  std::string image;
  std::map<std::string, std::string> tags;
  /// Not in `size`: each is kept, and counted, as a VolumeRecord of its own.
  std::vector<message::Volume> volumes{};
  /// How long its host may be lost before the node is made elsewhere; 0: it waits for its host.
  std::chrono::seconds lossGrace{0};
  /// The agent of its host is known to have been told that: it cuts the instance's power in time
  /// (NodeSpec::fenceAfter).
  bool armed = false;
  /// Off: a person, or a restart that is under way, has it switched off.
  message::Power power = message::Power::on;
  /// It is beyond the count of its pool, and only stands in for others while they are changed (max_surge).
  bool standsIn = false;
  /// Of an instance before this one: its root disk, which the host keeps until this one has proved itself, so that the
  /// node can go back.
  struct Retired {
    Uuid instance;
    /// What that instance was.
    Digest spec;
    /// This instance is the way back: it is made from that disk.
    bool revived = false;
    bool operator==(const Retired&) const = default;
  };
  std::optional<Retired> retired{};

  [[nodiscard]] message::InstanceId id() const { return {name, instance}; }
  bool operator==(const NodeRecord&) const = default;
};

/// A node that may reboot into a new release of its operating system, and counts as down until it is back. There only
/// while the instance that asked is in force.
struct LockRecord {
  NodeName node;
  Uuid instance;
  /// As the node says.
  std::string group;
  std::int64_t grantedMs = 0;
  /// Of its guest then; empty when its host had not said.
  std::string bootId;
  /// It has been seen down, or booted anew, since then.
  bool left = false;
  /// It has said since then that it is up again.
  bool steady = false;

  bool operator==(const LockRecord&) const = default;
};

/// An instance that is to be removed from its host, until the host's agent has said that it is gone. Until then it has
/// its room and its address.
struct TombstoneRecord {
  /// As it was in force.
  NodeRecord was;
  /// Its host is lost, and its agent has cut its power by now: another instance need not wait for its removal.
  bool fenced = false;

  [[nodiscard]] const HostName& host() const { return was.host; }
  [[nodiscard]] message::InstanceId instance() const { return was.id(); }
  bool operator==(const TombstoneRecord&) const = default;
};

/// A volume that a host was told to make. It is there, and takes its room, whatever becomes of its node, until it is
/// deleted by name.
struct VolumeRecord {
  HostName host;
  ClusterName cluster;
  NodeName node;
  message::Volume volume;
  /// A person has ordered that it be deleted, and its host has not said yet that it is gone: the generation of the
  /// host then. What was made later under the same name is another one.
  std::optional<Generation> deleteUntil{};
  /// A person has ordered that it be made what a snapshot of it holds, and its host has not said yet that it is.
  struct Restore {
    message::SnapshotName from;
    Generation at;
    bool operator==(const Restore&) const = default;
  };
  std::optional<Restore> restore{};
  /// Its node has been moved here from a host that still has it: it is copied from there, and is none before it is
  /// whole.
  struct Incoming {
    HostName from;
    /// VolumeMove::at.
    Generation at;
    bool operator==(const Incoming&) const = default;
  };
  std::optional<Incoming> incoming{};
  /// What it held has been copied to that host, and its node may have written there since: this one is to be deleted
  /// when the node is ready there.
  std::optional<HostName> movedTo{};

  /// It is there, complete, and the newest of its name.
  [[nodiscard]] bool isWhole() const { return !incoming && !movedTo && !deleteUntil; }
  /// What its host is to do with it; empty when it is to be left as it is.
  [[nodiscard]] std::optional<message::VolumeOrder> order() const {
    using Verb = message::VolumeOrder::Verb;
    if (deleteUntil) return message::VolumeOrder{Verb::remove, cluster, node, volume.name, {}, *deleteUntil};
    if (restore) return message::VolumeOrder{Verb::restore, cluster, node, volume.name, restore->from, restore->at};
    return std::nullopt;
  }
  bool operator==(const VolumeRecord&) const = default;
};

/// A snapshot of a volume that a host was told to make. It takes the room of the volume once more until it is deleted.
struct SnapshotRecord {
  HostName host;
  ClusterName cluster;
  NodeName node;
  VolumeName volume;
  message::SnapshotName name;
  /// Of the volume when it was ordered: it may take so much.
  Bytes size;
  /// Of the host when it was ordered.
  Generation at;
  /// Its host has said that it is there.
  bool made = false;
  /// As of a volume.
  std::optional<Generation> deleteUntil{};

  [[nodiscard]] std::optional<message::VolumeOrder> order() const {
    using Verb = message::VolumeOrder::Verb;
    if (deleteUntil) return message::VolumeOrder{Verb::remove, cluster, node, volume, name, *deleteUntil};
    if (!made) return message::VolumeOrder{Verb::snapshot, cluster, node, volume, name, at};
    return std::nullopt;
  }
  bool operator==(const SnapshotRecord&) const = default;
};

/// A secret of a cluster: one version of it. Of each name there are two at most, the one in force and one that waits.
struct SecretRecord {
  ClusterName cluster;
  std::string name;
  /// From 1; a newer one has a higher number, for ever.
  std::uint32_t version = 1;
  secret::Kind kind = secret::Kind::key;
  /// By the master key, under secrets::nameOfSecret().
  std::string sealed;
  /// Of a certificate: the node that it goes with. Else empty.
  NodeName node{};
  /// False while it waits for the next apply.
  bool inForce = false;
  std::int64_t madeMs = 0;
  OperatorName by;
  /// 0: never.
  std::int64_t expiresMs = 0;

  bool operator==(const SecretRecord&) const = default;
};

enum class RolloutKind : std::uint8_t {
  apply,
  destroy,
  revert,  ///< back to the last good revision, after another one has failed
  heal,    ///< makes nodes of lost hosts elsewhere, as they were
  drain,   ///< moves nodes away from a host that is being emptied, as they are
  renew,   ///< makes nodes anew whose certificates would end
};

/// How a rollout goes about its changes; from the spec.
struct Pace {
  /// How many nodes of a pool may be down at once.
  std::uint32_t maxParallel = 1;
  /// How long a changed node must have been ready before the next is touched.
  std::chrono::seconds minHealthyTime{0};
  /// How long a changed node may take to become ready.
  std::chrono::seconds healthyDeadline{300};
  /// Pools of which a majority must be up, whatever maxParallel says.
  std::set<PoolName> quorum{};
  /// How long it may stand still before it is given up.
  std::chrono::seconds progressDeadline{1800};
  /// Between the end of one wave and the beginning of the next.
  std::chrono::seconds stagger{0};
  /// So many of the first waves go before the rollout is promoted; 0 when there is nothing to promote.
  std::uint32_t canaryWaves = 0;
  /// Promoted as soon as all nodes of those waves are ready.
  bool autoPromote = false;
  /// When it fails the cluster goes back to the last good revision.
  bool autoRevert = false;
  /// The root disk of a replaced node stays on its host until the new instance has proved itself.
  bool keepOldDisk = false;

  bool operator==(const Pace&) const = default;
};

struct RolloutRecord {
  RolloutId id;
  ClusterName cluster;
  RolloutKind kind = RolloutKind::apply;
  Revision from;
  Revision to;
  message::RolloutState state = message::RolloutState::running;
  std::string reason;
  Pace pace;
  /// The waves behind the canaries may go.
  bool promoted = false;
  /// It goes on though the stack of some nodes is not well: a person has said so.
  bool overridden = false;
  /// Of a revert: the rollout that failed.
  std::optional<RolloutId> reverts{};
  /// Of a drain: the host that is being emptied.
  std::optional<HostName> drains{};
  std::int64_t startedMs = 0;
  std::int64_t endedMs = 0;
  OperatorName by;

  /// It has not ended, and changes of it may still be begun.
  [[nodiscard]] bool isUnderWay() const {
    return state == message::RolloutState::running || state == message::RolloutState::paused;
  }
  bool operator==(const RolloutRecord&) const = default;
};

/// One step of a rollout.
struct ChangeRecord {
  RolloutId rollout;
  std::uint32_t ordinal = 0;
  std::uint32_t wave = 0;
  message::Action action = message::Action::create;
  /// What the node shall be. Its instance and incarnation are drawn when the change begins. Of a destroyed node, what
  /// it was.
  NodeRecord target;
  std::vector<std::string> reasons;
  /// It is meant also where the node is frozen (NodeSpec::drift): a person asked for it by name, or its pool says so no
  /// longer.
  bool thaws = false;
  message::ChangeState state = message::ChangeState::waiting;
  /// Why it failed.
  std::string reason;
  std::int64_t startedMs = 0;
  std::int64_t endedMs = 0;

  bool operator==(const ChangeRecord&) const = default;
};

/// How long a change took that is done.
struct PastChange {
  message::Action action = message::Action::create;
  std::chrono::milliseconds took{0};
};

struct EventRecord {
  Sequence sequence;
  std::int64_t timeMs = 0;
  std::string subject;
  std::string message;

  bool operator==(const EventRecord&) const = default;
};

}  // namespace berth::store
