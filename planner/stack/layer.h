// SPDX-License-Identifier: Apache-2.0
//
// What the stack adds to the nodes of a pool, beneath what the user says: a file that the user's config has at the same
// path takes the place of ours, and so do the unit's drop-ins.
//
//   /etc/consul.d/berth.json, /etc/nomad.d/…, /etc/vault.d/… or /etc/openbao.d/…     configuration
//   /etc/…/tls/{ca.pem,node.pem,node.key}                                            certificates
//   consul.service, nomad.service, vault.service or openbao.service
//   /etc/berth/stack/, berth-stack-install.service, berth-…-acl.service, berth-…-ready.service
#pragma once

#include "planner/ignition/config.h"
#include "planner/stack/native.h"

namespace berth::stack {

/// An empty config for a pool without a role.
[[nodiscard]] ignition::Config stackLayer(const Writing& writing);

}  // namespace berth::stack
