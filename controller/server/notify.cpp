// SPDX-License-Identifier: Apache-2.0
#include "controller/server/notify.h"

#include <cstdint>

#include <systemd/sd-daemon.h>

namespace berth::server {

// Whether anybody listens is systemd's affair: a failed notification is no reason to stop.
void notifyReady() { (void)sd_notify(0, "READY=1"); }
void notifyStopping() { (void)sd_notify(0, "STOPPING=1"); }
void notifyAlive() { (void)sd_notify(0, "WATCHDOG=1"); }

std::optional<std::chrono::milliseconds> watchdogInterval() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::microseconds(microseconds) / 2);
}

}  // namespace berth::server
