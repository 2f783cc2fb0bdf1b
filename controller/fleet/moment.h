// SPDX-License-Identifier: Apache-2.0
//
// Now, as deciding code is told it: one time that decides (never jumps) and one that people read (may jump).
#pragma once

#include <cstdint>

#include "words/clock.h"

namespace berth::fleet {

struct Moment {
  TimePoint now;
  /// Milliseconds since 1970.
  std::int64_t wallMs = 0;
};

}  // namespace berth::fleet
