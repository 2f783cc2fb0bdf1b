# SPDX-License-Identifier: Apache-2.0
#
# What the CLI asks about the layout, and the answers: see protocol/message/layout.h. node.capnp says how this may
# change. A host or pool that is not named is an empty text.
@0xc1a6f0d35b7e9284;

using Cxx = import "/capnp/c++.capnp";
using Fleet = import "fleet.capnp";
$Cxx.namespace("berth::schema");

struct PoolOf {
  cluster @0 :Text;
  pool @1 :Text;
}

struct Growth {
  pool @0 :PoolOf;
  count @1 :UInt32;
}

struct Shape {
  pool @0 :PoolOf;                       # empty: needs says what
  needs @1 :Fleet.Capacity;
}

struct Simulate {
  lose @0 :List(Text);
  grow @1 :List(Growth);
  fit @2 :List(Shape);
}

struct Rebalance {
  cluster @0 :Text;
  most @1 :UInt32;
}

struct HostVerdict {
  enum Verdict { chosen @0; possible @1; impossible @2; }

  host @0 :Text;
  verdict @1 :Verdict;
  cause @2 :Text;
  reason @3 :Text;
}

struct Explanation {
  node @0 :Text;
  host @1 :Text;
  why @2 :Text;
  leaving @3 :Text;
  advice @4 :Text;
  verdicts @5 :List(HostVerdict);
}

struct Placed {
  node @0 :Text;
  from @1 :Text;
  to @2 :Text;
  reason @3 :Text;
  advice @4 :Text;
}

struct Fit {
  shape @0 :Shape;
  count @1 :UInt32;
  surviving @2 :UInt32;
  limit @3 :Text;
}

struct Loss {
  host @0 :Text;
  nodes @1 :UInt32;
  pinned @2 :UInt32;
  homeless @3 :List(Text);
  reason @4 :Text;
}

struct Simulated {
  nodes @0 :UInt32;
  placed @1 :List(Placed);
  pinned @2 :List(Placed);
  fits @3 :List(Fit);
  fragile @4 :List(Loss);
}

struct Move {
  enum Gain { apart @0; near @1; spread @2; balance @3; pack @4; }

  node @0 :Text;
  from @1 :Text;
  to @2 :Text;
  gain @3 :Gain;
  reason @4 :Text;
}

struct Rebalanced {
  moves @0 :List(Move);
}
