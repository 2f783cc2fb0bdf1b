# SPDX-License-Identifier: Apache-2.0
#
# What agents say to each other: see protocol/message/peer.h. node.capnp says how this may change.
@0xb1f5a3c2de947061;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("berth::schema");

struct PeerAsk {
  struct Range {
    offset @0 :UInt64;                   # bytes
    length @1 :UInt32;                   # bytes
  }

  node @0 :Text;
  volume @1 :Text;
  at @2 :UInt64;
  what :union {
    none @3 :Void;                       # so that an empty message asks for nothing
    open @4 :Void;
    read @5 :Range;
    check @6 :Range;
  }
}

struct PeerAnswer {
  struct Opened {
    bytes @0 :UInt64;                    # of the file
    size @1 :UInt64;                     # bytes, as a guest sees it
  }
  struct Piece {
    offset @0 :UInt64;                   # bytes
    data @1 :Data;
    next @2 :UInt64;                     # where the next data begins; what lies between is a hole
  }
  struct Checked {
    offset @0 :UInt64;                   # bytes
    length @1 :UInt32;                   # bytes
    digest @2 :Data;
  }

  union {
    none @0 :Void;
    opened @1 :Opened;
    piece @2 :Piece;
    checked @3 :Checked;
    refused @4 :Text;
  }
}
