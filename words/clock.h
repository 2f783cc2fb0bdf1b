// SPDX-License-Identifier: Apache-2.0
//
// Time is passed in. Deciding code takes a TimePoint; only the shell asks a Clock.
#pragma once

#include <chrono>

#include <time.h>  // NOLINT(modernize-deprecated-headers): clock_gettime() is of POSIX

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
class SystemClock : public Clock {
public:
  [[nodiscard]] TimePoint now() const override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] WallTime wall() const override { return std::chrono::system_clock::now(); }
};

/// The same, but time goes on while the machine sleeps: for whoever must notice that others had a long time meanwhile.
class BootTimeClock final : public SystemClock {
public:
  [[nodiscard]] TimePoint now() const override {
    timespec time{};
    ::clock_gettime(CLOCK_BOOTTIME, &time);
    return TimePoint(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
  }
};

}  // namespace berth
