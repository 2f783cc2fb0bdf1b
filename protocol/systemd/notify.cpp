// SPDX-License-Identifier: Apache-2.0
#include "protocol/systemd/notify.h"

#include <chrono>
#include <cstdint>

#include <systemd/sd-daemon.h>

namespace berth::systemd {

void tellReady(const std::string& status) {
  (void)sd_notify(0, status.empty() ? "READY=1" : ("READY=1\nSTATUS=" + status).c_str());
}
void tellStatus(const std::string& status) { (void)sd_notify(0, ("STATUS=" + status).c_str()); }
void tellStopping() { (void)sd_notify(0, "STOPPING=1"); }

void keepAlive(transport::Loop& loop) {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return;
  constexpr std::uint64_t kSigns = 3;
  const auto interval = std::chrono::milliseconds(microseconds / 1000 / kSigns);
  loop.every(interval, [] { (void)sd_notify(0, "WATCHDOG=1"); });
}

}  // namespace berth::systemd
