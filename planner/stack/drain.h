// SPDX-License-Identifier: Apache-2.0
//
// Clients of Nomad hand their jobs on before their machine goes down, whoever shuts it down and why, and take jobs
// again when it is up: as they did before. By what Nomad has for it itself (drain_on_shutdown) they would never take
// any again.
#pragma once

#include <chrono>

#include "planner/stack/native.h"
#include "planner/stack/own.h"

namespace berth::stack {

inline constexpr const char* kNomadDrainUnit = "berth-nomad-drain.service";

/// How long the machine may take for it.
[[nodiscard]] std::chrono::seconds timeToDrain(const spec::Nomad& nomad);

/// Of a client of Nomad. Also where jobs are not asked to leave: what was drained before is to have jobs again.
[[nodiscard]] Own nomadDrain(const Writing& writing);

}  // namespace berth::stack
