# SPDX-License-Identifier: Apache-2.0
#
# What one node is. See protocol/message/node.h for the meaning of each field: names and order are the same.
#
# How all of these files may change: add fields at the end, with the next number, such that their default (zero or
# empty) means what it meant before there was the field; add members to enums and unions at the end. Never remove,
# renumber or change the type of anything. Digests are 32 bytes and UUIDs 16 bytes of Data; empty where absent.
@0xf7f5e4e15f181c26;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("berth::schema");

struct Pair {
  key @0 :Text;
  value @1 :Text;
}

struct InstanceId {
  node @0 :Text;
  uuid @1 :Data;
}

struct Image {
  enum Packing { none @0; gzip @1; xz @2; zstd @3; }

  source @0 :Text;
  packing @1 :Packing;
  packedDigest @2 :Data;
  contentDigest @3 :Data;
  label @4 :Text;
}

struct Nic {
  enum Attachment { bridge @0; libvirtNetwork @1; macvtap @2; }

  attachment @0 :Attachment;
  source @1 :Text;
  mac @2 :Text;
  vlan @3 :UInt16;                       # 0: untagged
  mtu @4 :UInt16;                        # bytes; 0: as the network has it
  address @5 :Text;                      # empty: none is reserved
}

struct Volume {
  name @0 :Text;
  size @1 :UInt64;                       # bytes
  keep @2 :Bool;
}

struct Probe {
  struct Tcp {
    address @0 :Text;
    port @1 :UInt16;
  }
  struct Http {
    url @0 :Text;
    expect @1 :UInt16;
  }
  target :union {
    tcp @0 :Tcp;
    http @1 :Http;
  }
}

struct StopHook {
  enum Method { post @0; get @1; put @2; }
  url @0 :Text;
  method @1 :Method;
  expect @2 :UInt16;
  deadline @3 :UInt32;                   # seconds
}

struct Artifact {
  name @0 :Text;
  url @1 :Text;
  sha256 @2 :Data;
}

struct NodeSpec {
  node @0 :Text;
  cluster @1 :Text;
  pool @2 :Text;
  vcpus @3 :UInt32;
  memory @4 :UInt64;                     # bytes
  disk @5 :UInt64;                       # bytes
  image @6 :Image;
  nics @7 :List(Nic);
  ignition @8 :Data;                     # secret
  probes @9 :List(Probe);
  ignoresFailedUnits @10 :Bool;          # the opposite of wantsSystemdRunning: false is the default
  shutdownDeadline @11 :UInt32;          # seconds
  tags @12 :List(Pair);                  # sorted by key
  volumes @13 :List(Volume);
  lossGrace @14 :UInt32;                 # seconds; 0: it stays
  beforeStop @15 :List(StopHook);
  drift @16 :Drift;
  artifacts @17 :List(Artifact);         # each name once
}

enum Drift { heal @0; alert @1; freeze @2; }
