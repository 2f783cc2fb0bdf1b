// SPDX-License-Identifier: Apache-2.0
//
// What systemd is told: that the controller is ready, that its loop turns, that it stops. Does nothing elsewhere.
#pragma once

#include <chrono>
#include <optional>

namespace berth::server {

void notifyReady();
void notifyStopping();
void notifyAlive();
/// How often systemd wants to hear notifyAlive(), halved; empty without a watchdog.
[[nodiscard]] std::optional<std::chrono::milliseconds> watchdogInterval();

}  // namespace berth::server
