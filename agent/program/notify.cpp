// SPDX-License-Identifier: Apache-2.0
#include "agent/program/notify.h"

#include <systemd/sd-daemon.h>

namespace berth::program::notify {

void ready(const std::string& status) { (void)sd_notify(0, ("READY=1\nSTATUS=" + status).c_str()); }
void status(const std::string& status) { (void)sd_notify(0, ("STATUS=" + status).c_str()); }
void stopping() { (void)sd_notify(0, "STOPPING=1"); }
void alive() { (void)sd_notify(0, "WATCHDOG=1"); }

std::optional<std::chrono::milliseconds> watchdog() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
  // A third, so that one that comes late does not kill us.
  return std::chrono::milliseconds(microseconds / 3000);
}

}  // namespace berth::program::notify
