// SPDX-License-Identifier: Apache-2.0
//
// Tells systemd how the service does (Type=notify, sd_notify(3)). Without systemd every call does nothing.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace berth::program::notify {

void ready(const std::string& status);
void status(const std::string& status);
void stopping();
void alive();
/// How often alive() must be said at least; empty without a watchdog.
[[nodiscard]] std::optional<std::chrono::milliseconds> watchdog();

}  // namespace berth::program::notify
