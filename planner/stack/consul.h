// SPDX-License-Identifier: Apache-2.0
//
// Consul's configuration, from 1.8 on: keys have come and gone with its releases (Consul's reference of the agent's
// configuration files, and its changelog).
#pragma once

#include <cstdint>
#include <string>

#include "planner/stack/native.h"

namespace berth::stack {

inline constexpr const char* kConsulDirectory = "/etc/consul.d";
inline constexpr std::uint16_t kConsulHttps = 8501;
inline constexpr const char* kConsulTokenHeader = "X-Consul-Token";
/// From this release on gRPC has a port for TLS, 8503.
inline constexpr spec::ToolVersion kConsulGrpcTls{1, 14, 0};

/// /etc/consul.d/berth.json. The node runs a Consul.
[[nodiscard]] std::string consulConfig(const Writing& writing);

}  // namespace berth::stack
