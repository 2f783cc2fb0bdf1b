// SPDX-License-Identifier: Apache-2.0
//
// Nomad's configuration, from 1.8 on (Nomad's reference of the agent's configuration).
#pragma once

#include <cstdint>
#include <string>

#include "planner/stack/native.h"

namespace berth::stack {

inline constexpr const char* kNomadDirectory = "/etc/nomad.d";
inline constexpr std::uint16_t kNomadHttp = 4646;
inline constexpr const char* kNomadTokenHeader = "X-Nomad-Token";
inline constexpr const char* kNomadPlugins = "/usr/local/lib/nomad/plugins";

/// /etc/nomad.d/berth.json. The node runs a Nomad.
[[nodiscard]] std::string nomadConfig(const Writing& writing);

}  // namespace berth::stack
