// SPDX-License-Identifier: Apache-2.0
//
// When nodes may reboot, by the wall clock of a time zone. Zincati keeps windows itself where it decides alone; where
// it asks (fleet_lock) they are the controller's to keep.
//
//   if (auto why = closedBecause(policy, moment.wallMs)) …   // "… the next one opens Sat 22:30 (Europe/Warsaw)"
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "controller/store/records.h"

namespace berth::server {

/// A window is so many minutes of local time after its start, whatever the clocks do meanwhile. Nothing while one is
/// open, or when there are none. `wallMs`: since 1970.
[[nodiscard]] std::optional<std::string> closedBecause(const store::RebootPolicy& policy, std::int64_t wallMs);

/// This machine's database of time zones has it.
[[nodiscard]] bool isTimeZone(const std::string& name);

}  // namespace berth::server
