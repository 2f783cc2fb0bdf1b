// SPDX-License-Identifier: Apache-2.0
//
// What Consul and Nomad know of their users only once they run: servers put policies and tokens again at every boot,
// which does no harm. Nothing waits for it by itself: a gate (gate.h) asks with what it gives.
#pragma once

#include "planner/stack/native.h"
#include "planner/stack/own.h"

namespace berth::stack {

inline constexpr const char* kConsulAclUnit = "berth-consul-acl.service";
inline constexpr const char* kNomadAclUnit = "berth-nomad-acl.service";

/// Of a server of Consul.
[[nodiscard]] Own consulAcl(const Writing& writing);
/// Of a server of Nomad.
[[nodiscard]] Own nomadAcl(const Writing& writing);

}  // namespace berth::stack
