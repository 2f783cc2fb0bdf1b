// SPDX-License-Identifier: Apache-2.0
//
// Servers keep snapshots of what they know beside it, in DATA_DIR/snapshots: one a day, and one whenever their machine
// goes down, so before every replacement. On a volume they outlive the instance.
//
//   berth-consul-snapshot.timer → berth-consul-snapshot.service     each day
//   berth-consul-last-snapshot.service                              when it is stopped, before Consul is
#pragma once

#include <chrono>

#include "planner/stack/native.h"
#include "planner/stack/own.h"

namespace berth::stack {

/// A shutdown waits for one no longer than that.
inline constexpr std::chrono::seconds kTimeForSnapshot{30};

/// Of a tool, by what its unit is called: "berth-consul-last-snapshot.service".
[[nodiscard]] std::string lastSnapshotUnit(const std::string& tool);
/// What all of them run.
[[nodiscard]] OwnFile snapshotFile();
/// Each of a server.
[[nodiscard]] Own consulSnapshots(const Writing& writing);
[[nodiscard]] Own nomadSnapshots(const Writing& writing);
[[nodiscard]] Own vaultSnapshots(const Writing& writing);

}  // namespace berth::stack
