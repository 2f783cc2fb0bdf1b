// SPDX-License-Identifier: Apache-2.0
//
// Before the active server of Vault or OpenBao is shut down, it lets another one become active, so that nobody waits
// until it is missed (scripts/vault-step-down).
#pragma once

#include <chrono>

#include "planner/stack/native.h"
#include "planner/stack/own.h"

namespace berth::stack {

/// A shutdown waits for it no longer than that, once there is a snapshot.
inline constexpr std::chrono::seconds kTimeToStepDown{20};

/// Of a server.
[[nodiscard]] Own vaultStepDown(const Writing& writing);

}  // namespace berth::stack
