# SPDX-License-Identifier: Apache-2.0
#
# What controller and agents say to each other: see protocol/message/fleet.h. node.capnp says how this may change.
@0xeb805cd560eee32f;

using Cxx = import "/capnp/c++.capnp";
using Node = import "node.capnp";
$Cxx.namespace("berth::schema");

# ---- agent → controller

struct Capacity {
  vcpus @0 :UInt32;
  memory @1 :UInt64;                     # bytes
  disk @2 :UInt64;                       # bytes
  volumes @3 :UInt64;                    # bytes; 0: volumes lie on the disk
}

struct Hello {
  agentVersion @0 :Text;
  bootId @1 :Text;
  fleet @2 :Data;                        # empty before the first Welcome
  capacity @3 :Capacity;
  kvm @4 :Bool;
  zone @5 :Text;
  labels @6 :List(Node.Pair);
  epoch @7 :UInt64;
  observed @8 :UInt64;
  reached @9 :UInt64;
  peers @10 :Text;                       # empty: it moves no volumes
  artifacts @11 :Bool;                   # it hands artifacts to guests
  volumePool @12 :Text;                  # of libvirt, with its type; empty: volumes are files of the agent's own
}

struct Heartbeat {
  observed @0 :UInt64;
  reached @1 :UInt64;
  status @2 :UInt64;
  beat @3 :UInt64;
}

struct NeedSpecs {
  digests @0 :List(Data);
}

enum Phase {
  pending @0;
  fetching @1;
  creating @2;
  booting @3;
  ready @4;
  degraded @5;
  failed @6;
  stopping @7;
  stopped @8;
  gone @9;
}

struct ToolStatus {
  enum Kind { consul @0; nomad @1; vault @2; openbao @3; }
  enum Part { client @0; follower @1; leader @2; }
  enum State { well @0; degraded @1; unwell @2; noLeader @3; sealed @4; uninitialized @5; silent @6; }
  enum Acl { untold @0; accepted @1; refused @2; }

  kind @0 :Kind;
  part @1 :Part;
  state @2 :State;
  acl @3 :Acl;
  version @4 :Text;
  voters @5 :UInt32;
  leader @6 :Text;
}

struct InstanceStatus {
  instance @0 :Node.InstanceId;
  phase @1 :Phase;
  reason @2 :Text;
  console @3 :Data;                      # as the guest wrote it: any bytes
  sinceMs @4 :Int64;
  bootId @5 :Text;
  addresses @6 :List(Text);
  failedUnits @7 :List(Text);
  restarts @8 :UInt32;
  fetched @9 :UInt64;
  expected @10 :UInt64;
  pending @11 :List(Text);
  stopsInARow @12 :UInt32;
  left @13 :Node.Drift;
  retiredUntilMs @14 :Int64;             # 0: no root disk of an earlier instance is kept
  tools @15 :List(ToolStatus);
  osRunning @16 :Text;
  osStaged @17 :Text;
}

struct SnapshotStatus {
  name @0 :Text;
  takenMs @1 :Int64;
  size @2 :UInt64;                       # bytes
  used @3 :UInt64;                       # bytes
  since @4 :UInt64;
}

struct VolumeStatus {
  cluster @0 :Text;
  node @1 :Text;
  volume @2 :Node.Volume;
  since @3 :UInt64;
  snapshots @4 :List(SnapshotStatus);
}

struct VolumeOrder {
  enum Verb { remove @0; snapshot @1; restore @2; }

  verb @0 :Verb;
  cluster @1 :Text;
  node @2 :Text;
  volume @3 :Text;
  snapshot @4 :Text;                     # empty: the volume itself is removed
  at @5 :UInt64;
}

struct VolumeMoveStatus {
  node @0 :Text;
  volume @1 :Text;
  at @2 :UInt64;
  copied @3 :UInt64;                     # bytes
  compared @4 :UInt64;                   # bytes
  total @5 :UInt64;                      # bytes; 0: not known yet
  failure @6 :Text;
}

struct HostEvent {
  sequence @0 :UInt64;
  timeMs @1 :Int64;
  instance @2 :Node.InstanceId;          # empty: the host itself
  message @3 :Text;
}

struct Status {
  enum Extent { delta @0; full @1; }

  sequence @0 :UInt64;
  extent @1 :Extent;
  observed @2 :UInt64;
  reached @3 :UInt64;
  instances @4 :List(InstanceStatus);
  events @5 :List(HostEvent);
  conditions @6 :List(Text);
  tellsVolumes @7 :Bool;
  volumes @8 :List(VolumeStatus);        # nothing unless it tells
  carriedOut @9 :List(VolumeOrder);
  volumeMoves @10 :List(VolumeMoveStatus);
}

struct Console {
  offset @0 :UInt64;
  data @1 :Data;                         # as the guest wrote it: any bytes
  end @2 :UInt64;
  error @3 :Text;
}

struct FromAgent {
  union {
    hello @0 :Hello;
    heartbeat @1 :Heartbeat;
    needSpecs @2 :NeedSpecs;
    status @3 :Status;
    console @4 :Console;
  }
}

# ---- controller → agent

struct Welcome {
  fleet @0 :Data;
  host @1 :Text;
  heartbeatInterval @2 :UInt32;          # milliseconds
  lease @3 :UInt32;                      # milliseconds
}

struct HeartbeatAck {
  status @0 :UInt64;
  event @1 :UInt64;
  beat @2 :UInt64;
  generation @3 :UInt64;
}

struct VolumeMove {
  enum Side { takes @0; gives @1; }

  side @0 :Side;
  cluster @1 :Text;
  node @2 :Text;
  volume @3 :Text;
  at @4 :UInt64;
  peer @5 :Text;
  peerKey @6 :Text;                      # Z85
  peerEndpoint @7 :Text;                 # empty where it gives
  size @8 :UInt64;                       # bytes; 0 where it gives
}

struct Manifest {
  struct Entry {
    instance @0 :Node.InstanceId;
    spec @1 :Data;
    halted @2 :Bool;
  }
  struct Tombstone {
    instance @0 :Node.InstanceId;
  }
  struct RetiredDisk {
    instance @0 :Node.InstanceId;
    heir @1 :Data;                       # empty: none
  }

  generation @0 :UInt64;
  entries @1 :List(Entry);
  tombstones @2 :List(Tombstone);
  volumeOrders @3 :List(VolumeOrder);
  volumeMoves @4 :List(VolumeMove);
  retiredDisks @5 :List(RetiredDisk);
}

# As an agent keeps it on disk.
struct StoredManifest {
  manifest @0 :Manifest;
  epoch @1 :UInt64;
}

struct Specs {
  encoded @0 :List(Data);
}

struct ReadConsole {
  instance @0 :Node.InstanceId;
  offset @1 :UInt64;
  limit @2 :UInt32;
}

struct ToAgent {
  union {
    welcome @0 :Welcome;
    heartbeatAck @1 :HeartbeatAck;
    manifest @2 :Manifest;
    specs @3 :Specs;
    reportFully @4 :Void;
    readConsole @5 :ReadConsole;
    refusal @6 :Text;
  }
}

# ---- enrolment

struct Join {
  tokenId @0 :Text;
  host @1 :Text;
  nonce @2 :Data;
  proof @3 :Data;
}

struct Joined {
  error @0 :Text;
  fleet @1 :Data;
  host @2 :Text;
  agentEndpoint @3 :Text;
}
