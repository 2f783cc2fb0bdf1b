# SPDX-License-Identifier: Apache-2.0
#
# What the CLI asks about the secrets of a cluster, and the answers: see protocol/message/secret.h. node.capnp says how
# this may change.
@0xe1c7a94b02d35f68;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("berth::schema");

struct SecretChoice {
  cluster @0 :Text;
  name @1 :Text;
  version @2 :UInt32;                    # 0: the newest
}

struct SetSecret {
  what @0 :SecretChoice;
  value @1 :Data;                        # secret
}

struct Secret {
  enum Kind { key @0; uuid @1; authority @2; certificate @3; given @4; }

  name @0 :Text;
  kind @1 :Kind;
  version @2 :UInt32;
  inForce @3 :Bool;
  node @4 :Text;                         # of a certificate; else empty
  madeMs @5 :Int64;                      # since the epoch
  by @6 :Text;
  expiresMs @7 :Int64;                   # 0: never
}
