// SPDX-License-Identifier: Apache-2.0
//
// How jobs of Nomad log in into Consul, Vault and OpenBao: by the identity that Nomad signs for them, with keys that
// Nomad's own API gives out. It is what "nomad setup consul" and "nomad setup vault" set up.
#pragma once

#include "planner/stack/native.h"
#include "planner/stack/own.h"

namespace berth::stack {

/// Of a server of Consul where there is a Nomad; scripts/consul-acl puts it.
[[nodiscard]] Own consulLogin(const Writing& writing);
/// Of a server of OpenBao, or of a Vault that unseals itself, where there is a Nomad.
[[nodiscard]] Own vaultLogin(const Writing& writing);

}  // namespace berth::stack
