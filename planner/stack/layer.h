// SPDX-License-Identifier: Apache-2.0
//
// What the stack adds to the nodes of a pool, beneath what the user says: a file that the user's config has at the same
// path takes the place of ours, and so do the unit's drop-ins.
//
//   /etc/consul.d/berth.json, /etc/nomad.d/…, /etc/vault.d/… or /etc/openbao.d/…     configuration
//   /etc/…/tls/{ca.pem,node.pem,node.key}                                            certificates
//   consul.service, nomad.service, vault.service or openbao.service
//   /etc/berth/stack/                                                                what the units of ours run
//   berth-stack-install.service                  unpacks the releases                (install.h)
//   berth-…-acl.service, berth-…-init.service    policies and tokens; the birth      (acl.h, identity.h, birth.h)
//   berth-…-ready.service                        keeps the node from being ready     (gate.h)
//   berth-…-snapshot.timer, …-last-snapshot      daily, and before a shutdown        (snapshot.h)
//   berth-nomad-drain.service                    before a shutdown, on clients       (drain.h)
#pragma once

#include "planner/ignition/config.h"
#include "planner/stack/native.h"

namespace berth::stack {

/// An empty config for a pool without a role.
[[nodiscard]] ignition::Config stackLayer(const Writing& writing);

}  // namespace berth::stack
