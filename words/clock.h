// SPDX-License-Identifier: Apache-2.0
//
// Time is passed in. Deciding code takes a TimePoint; only the shell asks a Clock.
#pragma once

#include <chrono>

namespace berth {

/// What leases, deadlines and durations are measured on: never jumps, means nothing across a reboot or between
/// machines.
using TimePoint = std::chrono::steady_clock::time_point;
/// What people read: may jump; never decides anything.
using WallTime = std::chrono::system_clock::time_point;

class Clock {
public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const = 0;
  [[nodiscard]] virtual WallTime wall() const = 0;
};

/// The machine's own clocks.
class SystemClock final : public Clock {
public:
  [[nodiscard]] TimePoint now() const override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] WallTime wall() const override { return std::chrono::system_clock::now(); }
};

}  // namespace berth
