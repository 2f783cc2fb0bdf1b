# SPDX-License-Identifier: Apache-2.0
#
# What the CLI asks and the controller answers: see protocol/message/operator.h. node.capnp says how this may change.
# A cluster or host that is not named is an empty text.
@0xdaa47f97f41c60e6;

using Cxx = import "/capnp/c++.capnp";
using Fleet = import "fleet.capnp";
using Layout = import "layout.capnp";
using Node = import "node.capnp";
using Secret = import "secret.capnp";
using Stack = import "stack.capnp";
$Cxx.namespace("berth::schema");

enum Role { viewer @0; operator @1; admin @2; }

struct MaybeNumber {
  union {
    none @0 :Void;
    some @1 :UInt64;
  }
}

# ---- requests

struct SubmittedFile {
  enum Kind { file @0; directory @1; link @2; }

  path @0 :Text;
  bytes @1 :Data;
  kind @2 :Kind;
  executable @3 :Bool;
}

struct SubmittedVariable {
  enum Form { text @0; json @1; }

  name @0 :Text;
  value @1 :Text;                        # secret where sensitive
  form @2 :Form;
  sensitive @3 :Bool;
  file @4 :Text;
  line @5 :UInt32;
  column @6 :UInt32;
}

struct Submission {
  specPath @0 :Text;
  files @1 :List(SubmittedFile);         # sorted by path
  image @2 :Node.Image;
  variables @3 :List(SubmittedVariable); # sorted by name; an older CLI sends none
}

struct Apply {
  submission @0 :Submission;
  from @1 :MaybeNumber;
}

struct Destroy {
  cluster @0 :Text;
  from @1 :MaybeNumber;
}

struct Explain {
  submission @0 :Submission;
  node @1 :Text;
}

struct GetEvents {
  after @0 :UInt64;
  limit @1 :UInt32;
}

struct GetRollout {
  id @0 :MaybeNumber;
  cluster @1 :Text;
}

struct ReadLog {
  node @0 :Text;
  offset @1 :UInt64;
  limit @2 :UInt32;
}

struct CreateToken {
  host @0 :Text;
  ttlSeconds @1 :UInt32;
}

struct OperatorRow {
  name @0 :Text;
  role @1 :Role;
  publicKey @2 :Text;
}

struct PlanOptions {
  targets @0 :List(Text);
  replace @1 :List(Text);
  drain @2 :List(Text);
  restart @3 :List(Text);
  movesVolumes @4 :Bool;
}

struct PlanWith {
  submission @0 :Submission;
  options @1 :PlanOptions;
  keepsTicket @2 :Bool;
}

# A member of its own, so that a controller that knows no options refuses it rather than applies everything.
struct ApplyWith {
  submission @0 :Submission;
  from @1 :MaybeNumber;
  options @2 :PlanOptions;
}

struct RevisionChoice {
  union {
    inForce @0 :Void;
    lastGood @1 :Void;
    numbered @2 :UInt64;
  }
}

struct PlanRevision {
  cluster @0 :Text;
  revision @1 :RevisionChoice;
  options @2 :PlanOptions;
}

struct ApplyRevision {
  plan @0 :PlanRevision;
  from @1 :MaybeNumber;
}

struct SteerRollout {
  enum Verb { pause @0; resume @1; promote @2; abort @3; override @4; }

  verb @0 :Verb;
  id @1 :MaybeNumber;
  cluster @2 :Text;
}

enum Duty { open @0; cordoned @1; draining @2; }

struct VolumeChoice {
  node @0 :Text;
  volume @1 :Text;
  host @2 :Text;                         # empty: wherever it is
  snapshot @3 :Text;                     # empty: the volume itself
}

enum DrainVolumes { skip @0; wait @1; move @2; }

struct SetDuty {
  host @0 :Text;
  duty @1 :Duty;
  deadlineS @2 :UInt32;                  # of a drain; 0: none
  volumes @3 :DrainVolumes;
}

struct Drain {
  left @0 :UInt32;
  halted @1 :Bool;
  waitingFor @2 :Text;
  deadlineMs @3 :Int64;                  # since the epoch; 0: none
}

enum Power { on @0; off @1; }

struct SetPower {
  nodes @0 :List(Text);
  power @1 :Power;
  force @2 :Bool;
}

struct Request {
  union {
    version @0 :Void;
    plan @1 :Submission;
    apply @2 :Apply;
    planDestroy @3 :Text;
    destroy @4 :Destroy;
    getHosts @5 :Void;
    getNodes @6 :Text;
    getClusters @7 :Void;
    getRollouts @8 :Text;
    getEvents @9 :GetEvents;
    getRollout @10 :GetRollout;
    describeNode @11 :Text;
    readLog @12 :ReadLog;
    createToken @13 :CreateToken;
    removeHost @14 :Text;
    addOperator @15 :OperatorRow;
    removeOperator @16 :Text;
    getOperators @17 :Void;
    planWith @18 :PlanWith;
    applyWith @19 :ApplyWith;
    planSaved @20 :Data;
    applySaved @21 :Data;
    explain @22 :Explain;
    simulate @23 :Layout.Simulate;
    rebalance @24 :Layout.Rebalance;
    getVolumes @25 :Text;
    planRevision @26 :PlanRevision;
    applyRevision @27 :ApplyRevision;
    steerRollout @28 :SteerRollout;
    setDuty @29 :SetDuty;
    setPower @30 :SetPower;
    deleteVolumes @31 :List(VolumeChoice);
    snapshotVolume @32 :VolumeChoice;
    restoreVolume @33 :VolumeChoice;
    getSecrets @34 :Text;
    readSecret @35 :Secret.SecretChoice;
    setSecret @36 :Secret.SetSecret;
    rotateSecret @37 :Secret.SecretChoice;
    deleteSecret @38 :Secret.SecretChoice;
    getLocks @39 :Text;
    releaseLock @40 :Text;
    describeStack @41 :Text;
  }
}

# ---- replies

struct Finding {
  isWarning @0 :Bool;
  file @1 :Text;
  line @2 :UInt32;
  column @3 :UInt32;
  length @4 :UInt32;
  message @5 :Text;
  hint @6 :Text;
}

enum Action { create @0; replace @1; destroy @2; update @3; restart @4; }

struct Change {
  action @0 :Action;
  node @1 :Text;
  host @2 :Text;
  reasons @3 :List(Text);
  pool @4 :Text;
  from @5 :Text;
  atNextBoot @6 :Bool;
  reasonsAsBefore @7 :Bool;              # those of the change before it in the plan
  detail @8 :UInt32;
  carried @9 :List(Node.Volume);
}

struct Part {
  subject @0 :Text;
  note @1 :Text;
  diff @2 :Text;
}

struct PoolRisk {
  pool @0 :Text;
  nodes @1 :UInt32;
  down @2 :UInt32;
  quorum @3 :UInt32;
  margin @4 :Int32;
  volumes @5 :UInt32;
  copied @6 :UInt64;                     # bytes
}

struct Plan {
  struct Wave {
    changes @0 :List(Change);
    risks @1 :List(PoolRisk);
  }
  struct Detail {
    parts @0 :List(Part);
  }

  cluster @0 :Text;
  from @1 :UInt64;
  to @2 :UInt64;
  waves @3 :List(Wave);
  unchanged @4 :UInt32;
  warnings @5 :List(Finding);
  updates @6 :List(Change);
  details @7 :List(Detail);
  leftOut @8 :UInt32;
  estimateMs @9 :Int64 = -1;
  judgedBy @10 :UInt32;
  ticket @11 :Data;                      # sealed by the controller
  canaryWaves @12 :UInt32;
}

enum HostState { joined @0; ready @1; lost @2; cordoned @3; draining @4; }

struct Host {
  name @0 :Text;
  state @1 :HostState;
  zone @2 :Text;
  labels @3 :List(Node.Pair);
  capacity @4 :Fleet.Capacity;
  reserved @5 :Fleet.Capacity;
  kvm @6 :Bool;
  nodes @7 :UInt32;
  agentVersion @8 :Text;
  lastSeenMs @9 :Int64;
  desired @10 :UInt64;
  observed @11 :UInt64;
  reached @12 :UInt64;
  conditions @13 :List(Text);
  drain @14 :Drain;                      # null: it is not being emptied
  volumePool @15 :Text;                  # "vms (logical)"; empty: volumes lie on the disk
}

enum LockState { waiting @0; granted @1; rebooting @2; back @3; }

struct LockRow {
  node @0 :Text;
  cluster @1 :Text;
  pool @2 :Text;
  host @3 :Text;
  state @4 :LockState;
  sinceMs @5 :Int64;
  reason @6 :Text;
  group @7 :Text;
}

struct NodeRow {
  name @0 :Text;
  cluster @1 :Text;
  pool @2 :Text;
  host @3 :Text;
  address @4 :Text;
  mac @5 :Text;
  incarnation @6 :UInt64;
  status @7 :Fleet.InstanceStatus;
  unknown @8 :Bool;
  revision @9 :UInt64;
  image @10 :Text;
  vcpus @11 :UInt32;
  memory @12 :UInt64;
  disk @13 :UInt64;
  tags @14 :List(Node.Pair);
  hasLock @15 :Bool;
  lock @16 :LockState;
  lockReason @17 :Text;
}

enum VolumeState {
  awaited @0;
  attached @1;
  orphan @2;
  missing @3;
  stranger @4;
  deleting @5;
  copying @6;
  moved @7;
}

enum SnapshotState { awaited @0; made @1; missing @2; stranger @3; deleting @4; }

struct SnapshotRow {
  name @0 :Text;
  state @1 :SnapshotState;
  takenMs @2 :Int64;                     # 0: the host has not said
  size @3 :UInt64;                       # bytes
  used @4 :UInt64;                       # bytes; 0: the host has not said
}

struct VolumeRow {
  node @0 :Text;
  cluster @1 :Text;
  volume @2 :Node.Volume;
  host @3 :Text;
  state @4 :VolumeState;
  actual @5 :UInt64;                     # bytes; 0: the host has not said
  snapshots @6 :List(SnapshotRow);
  restoring @7 :Text;                    # the snapshot; empty: it is not
  peer @8 :Text;                         # the host it comes from, or went to
  copied @9 :UInt64;                     # bytes
  compared @10 :UInt64;                  # bytes
  total @11 :UInt64;                     # bytes; 0: not known
}

struct Cluster {
  name @0 :Text;
  revision @1 :UInt64;
  nodes @2 :UInt32;
  ready @3 :UInt32;
  state @4 :Text;
  image @5 :Node.Image;
  imageDeclared @6 :Text;
}

enum RolloutState {
  running @0; paused @1; failed @2; reverted @3; done @4; superseded @5; reverting @6; aborted @7;
}
enum ChangeState { waiting @0; stopping @1; starting @2; done @3; failed @4; copying @5; }

struct Rollout {
  id @0 :UInt64;
  cluster @1 :Text;
  from @2 :UInt64;
  to @3 :UInt64;
  state @4 :RolloutState;
  reason @5 :Text;
  startedMs @6 :Int64;
  endedMs @7 :Int64;
  changes @8 :UInt32;
  done @9 :UInt32;
  deadlineMs @10 :Int64;
}

struct RolloutChange {
  wave @0 :UInt32;
  change @1 :Change;
  state @2 :ChangeState;
  startedMs @3 :Int64;
  endedMs @4 :Int64;
  status @5 :Fleet.InstanceStatus;
}

struct Event {
  sequence @0 :UInt64;
  timeMs @1 :Int64;
  subject @2 :Text;
  message @3 :Text;
}

enum ErrorCode { invalid @0; forbidden @1; notFound @2; conflict @3; unavailable @4; internal @5; }

struct Error {
  code @0 :ErrorCode;
  message @1 :Text;
  hint @2 :Text;
  findings @3 :List(Finding);
}

struct VersionReply {
  controllerVersion @0 :Text;
  fleet @1 :Data;
  epoch @2 :UInt64;
}

struct Applied {
  plan @0 :Plan;
  rollout @1 :MaybeNumber;
}

struct RolloutReply {
  rollout @0 :Rollout;
  changes @1 :List(RolloutChange);
}

struct NodeReply {
  node @0 :NodeRow;
  events @1 :List(Event);
}

struct Token {
  text @0 :Text;                         # secret
  expiresMs @1 :Int64;
}

struct Reply {
  union {
    error @0 :Error;
    version @1 :VersionReply;
    planned @2 :Plan;
    applied @3 :Applied;
    hosts @4 :List(Host);
    nodes @5 :List(NodeRow);
    clusters @6 :List(Cluster);
    rollouts @7 :List(Rollout);
    events @8 :List(Event);
    rollout @9 :RolloutReply;
    node @10 :NodeReply;
    log @11 :Fleet.Console;
    token @12 :Token;
    done @13 :Void;
    operators @14 :List(OperatorRow);
    explained @15 :Layout.Explanation;
    simulated @16 :Layout.Simulated;
    rebalanced @17 :Layout.Rebalanced;
    volumes @18 :List(VolumeRow);
    secrets @19 :List(Secret.Secret);
    secret @20 :Data;
    locks @21 :List(LockRow);
    stack @22 :Stack.Stack;
  }
}
