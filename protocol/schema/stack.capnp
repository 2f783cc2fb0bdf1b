# SPDX-License-Identifier: Apache-2.0
#
# What the CLI asks about the stack of a cluster, and the answers: see protocol/message/stack.h. node.capnp says how this
# may change.
@0xb6d2f18c47a903e5;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("berth::schema");

struct StackTool {
  enum Kind { consul @0; nomad @1; vault @2; openbao @3; }

  kind @0 :Kind;
  version @1 :Text;
  servers @2 :Text;                      # a pool
  token @3 :Text;                        # the name of a secret; empty: there is none
  tokenVersion @4 :UInt32;
}

struct Stack {
  tools @0 :List(StackTool);
  authority @1 :Text;                    # PEM, without a key; empty: not made yet
}
