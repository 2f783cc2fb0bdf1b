// SPDX-License-Identifier: Apache-2.0
//
// What the CLI asks and the controller answers: one Request, one Reply with the same correlation id. Repeating a
// request that only reads does nothing; Apply and Destroy answer only once what they accepted is on disk.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "protocol/message/fleet.h"
#include "protocol/message/layout.h"
#include "protocol/message/secret.h"
#include "protocol/message/stack.h"
#include "words/counter.h"
#include "words/name.h"

namespace berth::message {

/// What a person may do; each role may do all that the ones before it may.
enum class Role : std::uint8_t { viewer, operator_, admin };

// ---- requests ---------------------------------------------------------------------------------------------------

/// One file of a submission. A tree that Butane copies has links and programs in it, so their kinds travel too.
struct SubmittedFile {
  enum class Kind : std::uint8_t { file, directory, link };

  /// Of a link its target, as it is written there; a directory has none.
  std::string bytes;
  Kind kind = Kind::file;
  bool executable = false;

  bool operator==(const SubmittedFile&) const = default;
};

/// A value for a variable of the spec.
struct SubmittedVariable {
  /// As a person typed it, or JSON.
  enum class Form : std::uint8_t { text, json };

  std::string name;
  std::string value;
  Form form = Form::text;
  /// The spec says that it must never be shown.
  bool sensitive = false;
  /// Where it was given: a file with line and column, or "-v region" without.
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  /// The value counts, not where it was given.
  bool operator==(const SubmittedVariable& other) const {
    return name == other.name && value == other.value && form == other.form && sensitive == other.sensitive;
  }
};

/// A spec with every file that it refers to, the values of its variables, and the image it was resolved to.
struct Submission {
  /// The path of the spec itself within `files`.
  std::string specPath;
  std::map<std::string, SubmittedFile> files;
  Image image;
  /// Sorted by name; each once.
  std::vector<SubmittedVariable> variables;
  bool operator==(const Submission&) const = default;
};

/// What a person asks of a plan besides the spec.
struct PlanOptions {
  /// Names of pools and nodes that alone may change; all, when there are none.
  std::vector<std::string> targets{};
  /// Nodes that are made anew though nothing about them changed.
  std::vector<NodeName> replace{};
  /// Hosts that the plan is made for as if they were to be emptied.
  std::vector<HostName> drain{};
  /// Nodes that are switched off and on again as they are.
  std::vector<NodeName> restart{};
  /// Whether nodes may leave a host that is to be emptied although they have volumes there: then these are copied to
  /// their new host, while the node is off.
  enum class Volumes : std::uint8_t { stay, move };
  Volumes volumes = Volumes::stay;
  bool operator==(const PlanOptions&) const = default;
};

/// What an operator has said of a host.
enum class Duty : std::uint8_t {
  open,      ///< new nodes may go there
  cordoned,  ///< no new node goes there
  draining,  ///< nor do those stay that can be elsewhere: the controller moves them
};

/// What a drain does about nodes that have volumes on the host.
enum class DrainVolumes : std::uint8_t {
  skip,  ///< they stay, and it has ended without them
  wait,  ///< until a person has moved or destroyed them
  move,  ///< they go, and their volumes are copied after them
};

/// Whether a node is to run.
enum class Power : std::uint8_t { on, off };

/// One of a cluster's revisions, as a person names it.
struct RevisionChoice {
  enum class Which : std::uint8_t {
    inForce,
    lastGood,  ///< the newest before the one in force that was rolled out to its end
    numbered,
  } which = Which::inForce;
  /// Of `numbered`.
  Revision number{};
  bool operator==(const RevisionChoice&) const = default;
};

namespace request {

struct Version {
  bool operator==(const Version&) const = default;
};  // viewer
struct Plan {
  Submission submission;
  PlanOptions options{};
  /// What to do with the plan besides showing it.
  enum class Keep : std::uint8_t {
    no,
    ticket,  ///< answer with a ticket for ApplySaved
  } keep = Keep::no;
  bool operator==(const Plan&) const = default;
};  // viewer
/// `from` is the revision that the plan a person agreed to starts from (0: the cluster is new). When another one is in
/// force by now the request is refused as a conflict; without it, whatever is in force is superseded.
struct Apply {
  Submission submission;
  std::optional<Revision> from;
  PlanOptions options{};
  bool operator==(const Apply&) const = default;
};  // operator
struct PlanDestroy {
  ClusterName cluster;
  bool operator==(const PlanDestroy&) const = default;
};  // viewer
/// Removes a cluster with all its nodes; `from` as for Apply.
struct Destroy {
  ClusterName cluster;
  std::optional<Revision> from;
  bool operator==(const Destroy&) const = default;
};  // operator
struct GetHosts {
  bool operator==(const GetHosts&) const = default;
};  // viewer
struct GetNodes {
  std::optional<ClusterName> cluster;
  bool operator==(const GetNodes&) const = default;
};  // viewer
/// Volumes of nodes that are gone included.
struct GetVolumes {
  std::optional<ClusterName> cluster;
  bool operator==(const GetVolumes&) const = default;
};  // viewer
struct GetClusters {
  bool operator==(const GetClusters&) const = default;
};  // viewer
struct GetRollouts {
  std::optional<ClusterName> cluster;
  bool operator==(const GetRollouts&) const = default;
};  // viewer
/// Events after `after`, oldest first, at most `limit`.
struct GetEvents {
  Sequence after;
  std::uint32_t limit = 0;
  bool operator==(const GetEvents&) const = default;
};  // viewer
/// One rollout with all its changes; without an id, the newest of the cluster, or of all.
struct GetRollout {
  std::optional<RolloutId> id;
  std::optional<ClusterName> cluster;
  bool operator==(const GetRollout&) const = default;
};  // viewer
struct DescribeNode {
  NodeName node;
  bool operator==(const DescribeNode&) const = default;
};  // viewer
struct ReadLog {
  NodeName node;
  std::uint64_t offset = 0;
  std::uint32_t limit = 0;
  bool operator==(const ReadLog&) const = default;
};  // viewer
struct CreateToken {
  HostName host;
  std::uint32_t ttlSeconds = 0;
  bool operator==(const CreateToken&) const = default;
};  // admin
struct RemoveHost {
  HostName host;
  bool operator==(const RemoveHost&) const = default;
};  // admin
struct AddOperator {
  OperatorName name;
  Role role = Role::viewer;
  std::string publicKey;
  bool operator==(const AddOperator&) const = default;
};  // admin
struct RemoveOperator {
  OperatorName name;
  bool operator==(const RemoveOperator&) const = default;
};  // admin
struct GetOperators {
  bool operator==(const GetOperators&) const = default;
};  // admin
/// The plan that a ticket was made for (PlanRow::ticket), or why it can no longer be carried out.
struct PlanSaved {
  std::string ticket;
  bool operator==(const PlanSaved&) const = default;
};  // viewer
/// Carries out exactly that plan, or is refused as a conflict that names what has moved.
struct ApplySaved {
  std::string ticket;
  bool operator==(const ApplySaved&) const = default;
};  // operator
/// The plan that leads to a revision that was accepted before: back to it, or on with it.
struct PlanRevision {
  ClusterName cluster;
  RevisionChoice revision{};
  PlanOptions options{};
  bool operator==(const PlanRevision&) const = default;
};  // viewer
/// Puts that in force, as a revision of its own where it is another than the one in force; `from` as for Apply.
struct ApplyRevision {
  ClusterName cluster;
  RevisionChoice revision{};
  PlanOptions options{};
  std::optional<Revision> from;
  bool operator==(const ApplyRevision&) const = default;
};  // operator
/// Of the rollout of that id, or the running one of that cluster; one of the two is given.
struct SteerRollout {
  enum class Verb : std::uint8_t {
    pause,      ///< begin no further change; those under way go on
    resume,     ///< go on
    promote,    ///< the canaries are good: go on with the others
    abort,      ///< end here; what has been begun stays in force
    override_,  ///< go on though the stack of some nodes is not well
  } verb = Verb::pause;
  std::optional<RolloutId> id;
  std::optional<ClusterName> cluster;
  bool operator==(const SteerRollout&) const = default;
};  // operator
struct SetDuty {
  HostName host;
  Duty duty = Duty::open;
  /// Of a drain: after so long it is given up; 0: never.
  std::chrono::seconds deadline{0};
  DrainVolumes volumes = DrainVolumes::skip;
  bool operator==(const SetDuty&) const = default;
};  // operator
/// Switches nodes off, or on again: all of them or, where one cannot be, none.
struct SetPower {
  /// What it may cost a pool that lives by its majority.
  enum class Force : std::uint8_t { no, yes };

  std::vector<NodeName> nodes;
  Power power = Power::on;
  Force force = Force::no;
  bool operator==(const SetPower&) const = default;
};  // operator
/// A volume, or a snapshot of one.
struct VolumeChoice {
  NodeName node;
  VolumeName volume;
  /// Needed only where hosts have one of that name each.
  std::optional<HostName> host{};
  /// Empty: the volume itself.
  SnapshotName snapshot{};
  bool operator==(const VolumeChoice&) const = default;
};
/// Deletes volumes with their data, and snapshots: all of them or none. Answered once the order is on disk; the hosts
/// carry it out as soon as they are heard.
struct DeleteVolumes {
  std::vector<VolumeChoice> volumes;
  bool operator==(const DeleteVolumes&) const = default;
};  // operator
/// Copies a volume as it is, under the name of the snapshot.
struct SnapshotVolume {
  VolumeChoice what;
  bool operator==(const SnapshotVolume&) const = default;
};  // operator
/// Makes a volume what a snapshot of it holds; refused while its node runs.
struct RestoreVolume {
  VolumeChoice what;
  bool operator==(const RestoreVolume&) const = default;
};  // operator
/// Nodes that may reboot by themselves, and those that ask for it; of that cluster, or of all.
struct GetLocks {
  std::optional<ClusterName> cluster;
  bool operator==(const GetLocks&) const = default;
};  // viewer
/// Ends the lock of a node, whatever it does.
struct ReleaseLock {
  NodeName node;
  bool operator==(const ReleaseLock&) const = default;
};  // operator
/// Why the plan of this submission has a node where it has it.
struct Explain {
  Submission submission;
  NodeName node;
  bool operator==(const Explain&) const = default;
};  // viewer

}  // namespace request

using Request = std::variant<
    request::Version, request::Plan, request::Apply, request::PlanDestroy, request::Destroy, request::GetHosts,
    request::GetNodes, request::GetClusters, request::GetRollouts, request::GetEvents, request::GetRollout,
    request::DescribeNode, request::ReadLog, request::CreateToken, request::RemoveHost, request::AddOperator,
    request::RemoveOperator, request::GetOperators, request::PlanSaved, request::ApplySaved, request::Explain,
    request::Simulate, request::Rebalance, request::GetVolumes, request::PlanRevision, request::ApplyRevision,
    request::SteerRollout, request::SetDuty, request::SetPower, request::DeleteVolumes, request::SnapshotVolume,
    request::RestoreVolume, request::GetSecrets, request::ReadSecret, request::SetSecret, request::RotateSecret,
    request::DeleteSecret, request::GetLocks, request::ReleaseLock, request::DescribeStack>;

/// The least role that may make this request: one table, exhaustive over the union, so that a new verb cannot be
/// forgotten.
[[nodiscard]] Role roleFor(const Request& request);

// ---- replies ----------------------------------------------------------------------------------------------------

/// A finding in a file that the person sent.
struct FindingRow {
  bool isError = true;
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t length = 0;
  std::string message;
  std::string hint;
  bool operator==(const FindingRow&) const = default;
};

/// An update is had in place, without taking the node down; it is in no wave.
enum class Action : std::uint8_t { create, replace, destroy, update, restart };
/// When an update shows in the guest.
enum class Effect : std::uint8_t { now, nextBoot };

struct ChangeRow {
  Action action = Action::create;
  NodeName node;
  HostName host;
  /// From the change to the value that caused it: "/etc/motd changed", "base.bu:14:5".
  std::vector<std::string> reasons;
  /// Empty in rows of older controllers.
  PoolName pool{};
  /// Of a replaced node that goes to another host: where it is now. Else empty.
  HostName from{};
  /// Of an update.
  Effect effect = Effect::now;
  /// Which of PlanRow::details says what is otherwise in its Ignition config, counted from 1; 0 for none.
  std::uint32_t detail = 0;
  /// Of a replaced node that goes to another host: its volumes that are copied there while it is off.
  std::vector<Volume> carried{};
  bool operator==(const ChangeRow&) const = default;
};

/// A file, unit or user that is otherwise. Nothing secret is ever in it.
struct PartRow {
  /// "file /etc/motd"
  std::string subject;
  /// Why there is no diff: "secret", "binary, 812 bytes, sha256 …"
  std::string note;
  /// A unified diff without its two first lines; may be empty.
  std::string diff;
  bool operator==(const PartRow&) const = default;
};

/// What is otherwise in the Ignition configs of nodes that change alike; in words of the first of them.
struct DetailRow {
  std::vector<PartRow> parts;
  bool operator==(const DetailRow&) const = default;
};

/// What a wave puts at risk in one pool while it runs.
struct PoolRiskRow {
  PoolName pool;
  std::uint32_t nodes = 0;
  std::uint32_t down = 0;
  /// How many must be up; 0 for a pool that needs no majority.
  std::uint32_t quorum = 0;
  /// How many more may fail before the majority is lost; negative when it is lost with the wave.
  std::int32_t margin = 0;
  /// Volumes of the nodes that go down, attached again when they come back.
  std::uint32_t volumes = 0;
  /// How much is copied from host to host meanwhile, at most: so long the nodes are down.
  Bytes copied{};
  bool operator==(const PoolRiskRow&) const = default;
};

struct PlanRow {
  ClusterName cluster;
  /// 0 when the cluster is new.
  Revision from;
  Revision to;
  std::vector<std::vector<ChangeRow>> waves;
  std::uint32_t unchanged = 0;
  std::vector<FindingRow> warnings;
  /// In force with the apply; in no wave.
  std::vector<ChangeRow> updates{};
  /// Of each wave; empty from older controllers.
  std::vector<std::vector<PoolRiskRow>> risks{};
  std::vector<DetailRow> details{};
  /// Nodes that would change too, but were not among the targets.
  std::uint32_t leftOut = 0;
  /// How long it will take, judged by so many past changes; negative when there are none to judge by.
  std::int64_t estimateMs = -1;
  std::uint32_t judgedBy = 0;
  /// For ApplySaved; sealed by the controller, which alone can read it.
  std::string ticket{};
  /// So many of the first waves are canaries: the others wait until they are promoted.
  std::uint32_t canaryWaves = 0;
  bool operator==(const PlanRow&) const = default;
};

/// Of a host that is ready, what an operator has said of it counts.
enum class HostState : std::uint8_t { joined, ready, lost, cordoned, draining };

/// A host that is being emptied.
struct DrainRow {
  /// Nodes that have to go yet.
  std::uint32_t left = 0;
  /// Nothing more is begun until a person drains it again.
  bool halted = false;
  std::string waitingFor;
  /// When it is given up, in milliseconds since the epoch; 0: never.
  std::int64_t deadlineMs = 0;
  bool operator==(const DrainRow&) const = default;
};

struct HostRow {
  HostName name;
  HostState state = HostState::joined;
  std::string zone;
  std::map<std::string, std::string> labels;
  Capacity capacity;
  /// Promised to nodes, out of `capacity`.
  Capacity reserved;
  bool kvm = false;
  std::uint32_t nodes = 0;
  std::string agentVersion;
  /// When the last message came, in milliseconds ago; negative when none ever did.
  std::int64_t lastSeenMs = -1;
  Generation desired;
  Generation observed;
  Generation reached;
  std::vector<std::string> conditions;
  std::optional<DrainRow> drain{};
  /// Where its volumes lie, if not on its disk: "vms (logical)".
  std::string volumePool{};
  bool operator==(const HostRow&) const = default;
};

/// How far a node is with the update of its system, where it asks before it reboots.
enum class LockState : std::uint8_t {
  waiting,    ///< asks, and may not yet
  granted,    ///< may reboot, and has not been seen to
  rebooting,  ///< has gone down, or come up anew
  back,       ///< says that it is up, and is watched until it is well
};

struct LockRow {
  NodeName node;
  ClusterName cluster;
  PoolName pool;
  HostName host;
  LockState state = LockState::waiting;
  /// Since it may reboot, or since it asks.
  std::int64_t sinceMs = 0;
  /// Why it may not, or what is waited for.
  std::string reason;
  /// As the node says.
  std::string group;
  bool operator==(const LockRow&) const = default;
};

struct NodeRow {
  NodeName name;
  ClusterName cluster;
  PoolName pool;
  HostName host;
  std::string address;
  std::string mac;
  Incarnation incarnation;
  InstanceStatus status;
  /// False while the host is lost: the phase is then the last one known.
  bool known = true;
  Revision revision;
  std::string image;
  std::uint32_t vcpus = 0;
  Bytes memory;
  Bytes disk;
  std::map<std::string, std::string> tags;
  /// There is an update that it wants to reboot into, or has rebooted into.
  std::optional<LockState> lock{};
  /// What holds that up, in words.
  std::string lockReason{};
  bool operator==(const NodeRow&) const = default;
};

enum class VolumeState : std::uint8_t {
  awaited,   ///< a node is to have it, and its host says that it is not there yet
  attached,  ///< a node has it
  orphan,    ///< no node has it any more; it is kept, and takes its room, until somebody deletes it by name
  missing,   ///< no node has it any more, and its host says that it is not there
  stranger,  ///< its host has it, and the controller never asked for it
  deleting,  ///< somebody has ordered that it be deleted; its host has not said yet that it is gone
  copying,   ///< it is on its way here from another host, and not whole yet
  moved,     ///< what it held is on another host now; deleted as soon as its node is ready there
};

enum class SnapshotState : std::uint8_t {
  awaited,  ///< its host has not said yet that it is made
  made,
  missing,   ///< it was made, and its host says that it is not there
  stranger,  ///< its host has it, and the controller never asked for it
  deleting,  ///< somebody has ordered that it be deleted
};

struct SnapshotRow {
  SnapshotName name;
  SnapshotState state = SnapshotState::made;
  /// By the host's clock; 0 while the host has not said.
  std::int64_t takenMs = 0;
  /// Of the volume then.
  Bytes size;
  /// What it takes of the host's disk; 0 while the host has not said.
  Bytes used;
  bool operator==(const SnapshotRow&) const = default;
};

struct VolumeRow {
  NodeName node;
  ClusterName cluster;
  /// As it should be; of a stranger, as it is.
  Volume volume;
  HostName host;
  VolumeState state = VolumeState::attached;
  /// What the host last said that it has; 0 when it has said nothing, or that it is not there.
  Bytes actual;
  std::vector<SnapshotRow> snapshots{};
  /// The snapshot that it is being made from; empty when it is not.
  SnapshotName restoring{};
  /// Of one that is being copied: where from, how many bytes have come and been compared, of how many (0: not known).
  /// Of one that was moved: where to.
  HostName peer{};
  std::uint64_t copied = 0;
  std::uint64_t compared = 0;
  std::uint64_t total = 0;
  bool operator==(const VolumeRow&) const = default;
};

struct ClusterRow {
  ClusterName name;
  Revision revision;
  std::uint32_t nodes = 0;
  std::uint32_t ready = 0;
  /// "destroying" while it goes; else empty.
  std::string state;
  /// The image of the revision in force, and the words by which the spec asked for it.
  Image image;
  std::string imageDeclared;
  bool operator==(const ClusterRow&) const = default;
};

enum class RolloutState : std::uint8_t {
  running,
  paused,
  failed,
  reverted,  ///< failed, and the cluster is back at the last good revision
  done,
  superseded,
  reverting,  ///< failed, and the cluster is on its way back
  aborted,    ///< ended by a person
};
/// `copying`: its volumes are on their way from the host that it left.
enum class ChangeState : std::uint8_t { waiting, stopping, starting, done, failed, copying };

struct RolloutRow {
  RolloutId id;
  ClusterName cluster;
  Revision from;
  Revision to;
  RolloutState state = RolloutState::running;
  /// What it waits for, or why it failed.
  std::string reason;
  /// When what it waits for is given up, unless something moves; 0 for never, and when it has ended.
  std::int64_t deadlineMs = 0;
  std::int64_t startedMs = 0;
  /// 0 while it runs.
  std::int64_t endedMs = 0;
  std::uint32_t changes = 0;
  std::uint32_t done = 0;
  bool operator==(const RolloutRow&) const = default;
};

struct RolloutChangeRow {
  /// Counted from 1, as a plan shows them.
  std::uint32_t wave = 1;
  ChangeRow change;
  ChangeState state = ChangeState::waiting;
  /// 0 while it has not begun or not ended.
  std::int64_t startedMs = 0;
  std::int64_t endedMs = 0;
  InstanceStatus status;
  bool operator==(const RolloutChangeRow&) const = default;
};

struct EventRow {
  Sequence sequence;
  std::int64_t timeMs = 0;
  /// "host vh1", "node prod-server-0", "rollout 3", "operator alice"
  std::string subject;
  std::string message;
  bool operator==(const EventRow&) const = default;
};

struct OperatorRow {
  OperatorName name;
  Role role = Role::viewer;
  std::string publicKey;
  bool operator==(const OperatorRow&) const = default;
};

namespace reply {

enum class ErrorCode : std::uint8_t { invalid, forbidden, notFound, conflict, unavailable, internal };

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
  std::string hint;
  std::vector<FindingRow> findings;
  bool operator==(const Error&) const = default;
};
struct Version {
  std::string controllerVersion;
  Uuid fleet;
  Epoch epoch;
  bool operator==(const Version&) const = default;
};
struct Planned {
  PlanRow plan;
  bool operator==(const Planned&) const = default;
};
/// Accepted and durable. Without a rollout there was nothing to change.
struct Applied {
  PlanRow plan;
  std::optional<RolloutId> rollout;
  bool operator==(const Applied&) const = default;
};
struct Hosts {
  std::vector<HostRow> hosts;
  bool operator==(const Hosts&) const = default;
};
struct Nodes {
  std::vector<NodeRow> nodes;
  bool operator==(const Nodes&) const = default;
};
struct Volumes {
  std::vector<VolumeRow> volumes;
  bool operator==(const Volumes&) const = default;
};
struct Locks {
  std::vector<LockRow> locks;
  bool operator==(const Locks&) const = default;
};
struct Clusters {
  std::vector<ClusterRow> clusters;
  bool operator==(const Clusters&) const = default;
};
struct Rollouts {
  std::vector<RolloutRow> rollouts;
  bool operator==(const Rollouts&) const = default;
};
struct Events {
  std::vector<EventRow> events;
  bool operator==(const Events&) const = default;
};
struct Rollout {
  RolloutRow rollout;
  std::vector<RolloutChangeRow> changes;
  bool operator==(const Rollout&) const = default;
};
struct Node {
  NodeRow node;
  std::vector<EventRow> events;
  bool operator==(const Node&) const = default;
};
struct Log {
  Console console;
  bool operator==(const Log&) const = default;
};
struct Token {
  std::string text;
  std::int64_t expiresMs = 0;
  bool operator==(const Token&) const = default;
};
struct Done {
  bool operator==(const Done&) const = default;
};
struct Operators {
  std::vector<OperatorRow> operators;
  bool operator==(const Operators&) const = default;
};

}  // namespace reply

using Reply =
    std::variant<reply::Error, reply::Version, reply::Planned, reply::Applied, reply::Hosts, reply::Nodes,
                 reply::Clusters, reply::Rollouts, reply::Events, reply::Rollout, reply::Node, reply::Log, reply::Token,
                 reply::Done, reply::Operators, reply::Explained, reply::Simulated, reply::Rebalanced, reply::Volumes,
                 reply::Secrets, reply::Secret, reply::Locks, reply::Stack>;

}  // namespace berth::message
