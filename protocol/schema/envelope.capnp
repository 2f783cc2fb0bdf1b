# SPDX-License-Identifier: Apache-2.0
#
# What every message travels in: one ZeroMQ frame with the canonical encoding of one Envelope, a single segment without
# a segment table. See protocol/message/envelope.h; node.capnp says how this may change.
@0xed35fe04890438dd;

using Cxx = import "/capnp/c++.capnp";
using Fleet = import "fleet.capnp";
using Operator = import "operator.capnp";
using Peer = import "peer.capnp";
$Cxx.namespace("berth::schema");

struct Envelope {
  version @0 :UInt16;
  epoch @1 :UInt64;
  sequence @2 :UInt64;
  correlation @3 :UInt64;
  body :union {
    none @4 :Void;                       # so that an empty message is of no kind
    fromAgent @5 :Fleet.FromAgent;
    toAgent @6 :Fleet.ToAgent;
    request @7 :Operator.Request;
    reply @8 :Operator.Reply;
    join @9 :Fleet.Join;
    joined @10 :Fleet.Joined;
    peerAsk @11 :Peer.PeerAsk;
    peerAnswer @12 :Peer.PeerAnswer;
  }
}
