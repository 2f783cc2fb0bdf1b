// SPDX-License-Identifier: Apache-2.0
//
// What controller and agents say to each other. Nothing here relies on being delivered: a lost, repeated or reordered
// message does no harm, because each says what should be or what is, and never "do this once more".
//
//   agent → controller   Hello, Heartbeat, NeedSpecs, Status, Console
//   controller → agent   Welcome, HeartbeatAck, Manifest, Specs, ReportFully, ReadConsole, Refusal
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "protocol/message/node.h"
#include "protocol/message/tool.h"
#include "words/counter.h"
#include "words/uuid.h"

namespace berth::message {

// ---- agent → controller -----------------------------------------------------------------------------------------

/// What a host has, as its agent sees it and as its own policy allows.
struct Capacity {
  std::uint32_t vcpus = 0;
  Bytes memory;
  Bytes disk;
  /// Of the volume pool; 0 where volumes take their room on the disk.
  Bytes volumes{};
  bool operator==(const Capacity&) const = default;
};

/// That part of `sum` which volumes are counted in, on a host that has `has`.
[[nodiscard]] inline Bytes& volumesIn(Capacity& sum, const Capacity& has) {
  return has.volumes == Bytes() ? sum.disk : sum.volumes;
}

/// The first message of a session. Which host it is from is never in the message: that is the key's to say.
struct Hello {
  std::string agentVersion;
  /// The kernel's boot id: another one means that the host has been down.
  std::string bootId;
  /// Nil before the first Welcome; a controller of another fleet is refused.
  Uuid fleet;
  Capacity capacity;
  /// False where guests are emulated.
  bool kvm = false;
  std::string zone;
  std::map<std::string, std::string> labels;
  /// The highest epoch and generation that this agent has on disk.
  Epoch epoch;
  Generation observed;
  Generation reached;
  /// Where other agents of the fleet may ask it for volumes; empty where it hands none over and takes none.
  std::string peers{};
  /// It can hand artifacts to guests.
  bool artifacts = false;
  /// The storage pool of libvirt's that its volumes lie in, with its type: "vms (logical)"; empty where they are files
  /// in its state directory.
  std::string volumePool{};
  bool operator==(const Hello&) const = default;
};

/// Said at the interval that Welcome asked for; keeps the host's lease.
struct Heartbeat {
  Generation observed;
  Generation reached;
  /// The sequence of the newest Status sent.
  Sequence status;
  /// When it was said, in nanoseconds by a clock of the agent's own that never goes back while its host is up; means
  /// something to the agent alone. The answer repeats it.
  Sequence beat{};
  bool operator==(const Heartbeat&) const = default;
};

/// The agent lacks these node specs of the manifest that it has observed.
struct NeedSpecs {
  std::vector<Digest> digests;
  bool operator==(const NeedSpecs&) const = default;
};

enum class Phase : std::uint8_t {
  pending,   ///< belongs here, nothing done yet; the reason says what it waits for
  fetching,  ///< the image is on its way
  creating,  ///< disk, Ignition config and domain are being made
  booting,   ///< the domain runs, the guest has not said that it is up
  ready,     ///< the guest says so, and so do the probes
  degraded,  ///< the guest is up, but units failed or a probe does not answer
  failed,    ///< Ignition failed, emergency mode, or it cannot be made; the reason says which
  stopping,  ///< shutting down
  stopped,   ///< the domain exists and does not run
  gone,      ///< its tombstone is carried out: no domain, no disk, no config is left
};

/// What a guest says of the releases of its operating system ("40.20240504.3.0"); empty where it has none to tell.
struct OsRelease {
  std::string running{};
  /// Laid beside it: the next boot goes into this one.
  std::string staged{};

  bool operator==(const OsRelease&) const = default;
};

struct InstanceStatus {
  InstanceId instance;
  Phase phase = Phase::pending;
  /// Why, in a sentence a person reads; may be empty when ready.
  std::string reason;
  /// The last lines of the console, where they explain the phase.
  std::string console;
  /// When this phase began, in milliseconds since 1970 by the host's clock: for people, decides nothing.
  std::int64_t sinceMs = 0;
  std::string bootId;
  std::vector<std::string> addresses;
  std::vector<std::string> failedUnits;
  /// How often the agent has started this instance again after it stopped by itself.
  std::uint32_t restarts = 0;
  /// While fetching: bytes had and bytes expected (0 when not known).
  std::uint64_t fetched = 0;
  std::uint64_t expected = 0;
  /// What it has got by its spec and its guest does not see yet: "memory 2GiB at next boot".
  std::vector<std::string> pending{};
  /// How often it stopped that nobody asked for, without a steady run in between. An agent that is started again counts
  /// on from there.
  std::uint32_t stopsInARow = 0;
  /// Not heal: somebody stopped or removed it by hand, and by that word of its spec (NodeSpec::drift) it is left so.
  Drift left = Drift::heal;
  /// When the root disk of an earlier instance of the node goes at the latest that this host keeps for the way back
  /// (Manifest::RetiredDisk), by the host's clock; 0 when it keeps none.
  std::int64_t retiredUntilMs = 0;
  /// Of the stack, as the guest said last; empty where it has none.
  std::vector<ToolStatus> tools{};
  OsRelease os{};

  bool operator==(const InstanceStatus&) const = default;
};

/// A copy of a volume as it was at one point in time; unique within the volume.
using SnapshotName = Name<struct SnapshotTag>;

struct SnapshotStatus {
  SnapshotName name;
  /// In milliseconds since 1970 by the host's clock.
  std::int64_t takenMs = 0;
  /// Of the volume then.
  Bytes size;
  /// What it takes of the host's disk.
  Bytes used;
  /// The order that it was made by: VolumeOrder::at.
  Generation since;

  bool operator==(const SnapshotStatus&) const = default;
};

/// A volume that is on a host, whether or not its node is.
struct VolumeStatus {
  ClusterName cluster;
  NodeName node;
  Volume volume;
  /// Of the manifest by which it was made; 0 when that was before agents wrote it down.
  Generation since{};
  std::vector<SnapshotStatus> snapshots{};

  bool operator==(const VolumeStatus&) const = default;
};

/// What is to be done once with a volume, at the word of a person. It stands in the manifest until the host has said
/// that it is carried out.
struct VolumeOrder {
  enum class Verb : std::uint8_t {
    remove,    ///< delete it with its data or, when a snapshot is named, that alone
    snapshot,  ///< copy it as it is at one point in time
    restore,   ///< make it what the snapshot holds
  };

  Verb verb = Verb::remove;
  ClusterName cluster;
  NodeName node;
  VolumeName volume;
  SnapshotName snapshot{};
  /// The generation of the host when it was given: it tells an order from all others about the same thing, and means
  /// what was there then. What was made later under the same name is not removed by it.
  Generation at{};

  bool operator==(const VolumeOrder&) const = default;
};

/// How far a volume has come that this host takes from another one. When it is whole it is a VolumeStatus, whose
/// `since` is the move's.
struct VolumeMoveStatus {
  NodeName node;
  VolumeName volume;
  /// VolumeMove::at.
  Generation at;
  /// Bytes that have come, those of them that were compared with the source since, and how many there are (0: not known
  /// yet).
  std::uint64_t copied = 0;
  std::uint64_t compared = 0;
  std::uint64_t total = 0;
  /// Why the last try did not get further; empty when none failed.
  std::string failure{};

  bool operator==(const VolumeMoveStatus&) const = default;
};

/// Something that happened on a host while nobody may have been listening; kept by the agent until acknowledged.
struct HostEvent {
  Sequence sequence;
  std::int64_t timeMs = 0;
  InstanceId instance;
  std::string message;
  bool operator==(const HostEvent&) const = default;
};

/// What is there. `full` names every instance of ours on the host; otherwise only what changed since the last Status.
struct Status {
  enum class Extent : std::uint8_t { delta, full };

  /// Rises by one with each Status of a session; after a gap the controller asks for a full one.
  Sequence sequence;
  Extent extent = Extent::delta;
  Generation observed;
  Generation reached;
  std::vector<InstanceStatus> instances;
  std::vector<HostEvent> events;
  /// What is wrong with the host itself, each a sentence; empty when nothing is.
  std::vector<std::string> conditions;
  /// All volumes of the host; empty when they have not changed, or the agent is one that knows of none.
  std::optional<std::vector<VolumeStatus>> volumes{};
  /// Of the orders in the manifest in force, those that are carried out.
  std::vector<VolumeOrder> carriedOut{};
  /// Of each volume that the manifest in force says to take, and that is not whole yet.
  std::vector<VolumeMoveStatus> volumeMoves{};
  bool operator==(const Status&) const = default;
};

/// The answer to ReadConsole; its correlation id is the question's.
struct Console {
  /// Where `data` begins in the log, in bytes since the instance was created. Larger than asked for when the log has
  /// been rotated since.
  std::uint64_t offset = 0;
  std::string data;
  /// Where the log ends now.
  std::uint64_t end = 0;
  /// Why there is nothing, when there is nothing.
  std::string error;
  bool operator==(const Console&) const = default;
};

using FromAgent = std::variant<Hello, Heartbeat, NeedSpecs, Status, Console>;

// ---- controller → agent -----------------------------------------------------------------------------------------

struct Welcome {
  Uuid fleet;
  HostName host;
  std::chrono::milliseconds heartbeatInterval{0};
  /// The host counts as lost this long after its last heartbeat.
  std::chrono::milliseconds lease{0};
  bool operator==(const Welcome&) const = default;
};

struct HeartbeatAck {
  /// The newest Status and HostEvent that are durable at the controller.
  Sequence status;
  Sequence event;
  /// Of the heartbeat that this answers: what the controller says here, it knew after that one was said.
  Sequence beat{};
  /// Of the manifest that the host should have.
  Generation generation{};
  bool operator==(const HeartbeatAck&) const = default;
};

/// A volume on its way from one host to another, in the words for one of the two. It stands in both manifests until the
/// one that takes it has said that it has it whole.
struct VolumeMove {
  enum class Side : std::uint8_t {
    takes,  ///< fetch it from the peer
    gives,  ///< let the peer read it, and nobody else, while no domain has it
  };

  Side side = Side::takes;
  ClusterName cluster;
  NodeName node;
  VolumeName volume;
  /// The first generation of the host that takes it which asked for it: tells this move from all others. The volume
  /// that comes of it is labelled with it.
  Generation at;
  HostName peer;
  /// Z85 text of the peer's public key.
  std::string peerKey;
  /// Of one that takes: where the peer is asked. Else empty.
  std::string peerEndpoint{};
  /// Of one that takes: it is no larger than that. Else 0.
  Bytes size{};

  bool operator==(const VolumeMove&) const = default;
};

/// Everything that belongs on one host. What is not named is not thereby condemned: see Tombstone.
struct Manifest {
  struct Entry {
    InstanceId instance;
    Digest spec;
    /// It is to be there and switched off, until a person or a restart says otherwise.
    bool halted = false;
    bool operator==(const Entry&) const = default;
  };
  /// Orders that this instance, its domain, root disk and config be removed.
  struct Tombstone {
    InstanceId instance;
    bool operator==(const Tombstone&) const = default;
  };
  /// The root disk of an instance that goes or is gone by its tombstone, which need not be deleted with it: its node
  /// has been replaced, and may have to go back. The host keeps it where there is room that nobody was promised, and
  /// for a day at most. One that is named here no longer is deleted.
  struct RetiredDisk {
    InstanceId instance;
    /// The instance of the same node that is to be made from it, if it is still there and fits; else that one is made
    /// from its image, as all others.
    std::optional<Uuid> heir{};
    bool operator==(const RetiredDisk&) const = default;
  };

  Generation generation;
  std::vector<Entry> entries;
  std::vector<Tombstone> tombstones;
  /// About each volume, and each snapshot, at most one.
  std::vector<VolumeOrder> volumeOrders{};
  /// Each volume at most once.
  std::vector<VolumeMove> volumeMoves{};
  /// Each instance at most once, and none that has an entry.
  std::vector<RetiredDisk> retiredDisks{};

  bool operator==(const Manifest&) const = default;
};

/// The encodings of node specs that were asked for; the agent checks each against its digest.
struct Specs {
  std::vector<std::string> encoded;
  bool operator==(const Specs&) const = default;
};

/// There was a gap in the sequence of Status: send a full one.
struct ReportFully {
  bool operator==(const ReportFully&) const = default;
};

/// Reads from the captured console of an instance.
struct ReadConsole {
  InstanceId instance;
  std::uint64_t offset = 0;
  std::uint32_t limit = 0;
  bool operator==(const ReadConsole&) const = default;
};

/// Why the controller does not talk with this host.
struct Refusal {
  std::string reason;
  bool operator==(const Refusal&) const = default;
};

using ToAgent = std::variant<Welcome, HeartbeatAck, Manifest, Specs, ReportFully, ReadConsole, Refusal>;

// ---- enrolment --------------------------------------------------------------------------------------------------

/// Asks to be admitted. The CURVE handshake has proved the agent's key; `proof` proves that it knows the token's
/// secret: a signature over token id, public key and nonce (protocol/identity/token.h).
struct Join {
  std::string tokenId;
  HostName host;
  std::string nonce;
  std::string proof;
  bool operator==(const Join&) const = default;
};

struct Joined {
  /// Empty when admitted.
  std::string error;
  Uuid fleet;
  HostName host;
  /// Where the controller talks with agents, such as tcp://10.77.0.1:7401.
  std::string agentEndpoint;
  bool operator==(const Joined&) const = default;
};

}  // namespace berth::message
