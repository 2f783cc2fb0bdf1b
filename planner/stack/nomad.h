// SPDX-License-Identifier: Apache-2.0
//
// Nomad's configuration, from 1.8 on (Nomad's reference of the agent's configuration).
#pragma once

#include <string>

#include "planner/stack/native.h"

namespace berth::stack {

inline constexpr const char* kNomadDirectory = "/etc/nomad.d";
inline constexpr const char* kNomadPlugins = "/usr/local/lib/nomad/plugins";

/// /etc/nomad.d/berth.json. The node runs a Nomad.
[[nodiscard]] std::string nomadConfig(const Writing& writing);

/// A client that stops hands its jobs on first. One that reboots by itself does not: Nomad would keep it from ever
/// getting jobs again, until somebody says otherwise.
[[nodiscard]] bool drainsOnShutdown(const Writing& writing);

}  // namespace berth::stack
