// SPDX-License-Identifier: Apache-2.0
//
// What controller and agent tell systemd of themselves (Type=notify, sd_notify(3)). Without systemd every call does
// nothing, and whether anybody listens is systemd's affair: a notification that fails is no reason to stop.
#pragma once

#include <string>

#include "protocol/transport/loop.h"

namespace berth::systemd {

/// The service is up; `status` is the line that `systemctl status` shows, or empty.
void tellReady(const std::string& status = "");
void tellStatus(const std::string& status);
void tellStopping();

/// Where a watchdog waits for a sign of life, gives one as long as the loop turns: three in the time that it waits, so
/// that one which comes late does not kill us.
void keepAlive(transport::Loop& loop);

}  // namespace berth::systemd
