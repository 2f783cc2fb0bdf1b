// SPDX-License-Identifier: Apache-2.0
//
// Simulated time: what is to happen, in the order of its time, and at one time in the order in which it was planned.
// Nothing takes time but what is put off.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "words/clock.h"

namespace berth::simulation {

class Agenda {
public:
  using Task = std::function<void()>;

  void at(TimePoint when, Task task) {
    entries_.push_back({std::max(when, now_), ++planned_, std::move(task)});
    std::push_heap(entries_.begin(), entries_.end());
  }
  void after(std::chrono::milliseconds delay, Task task) { at(now_ + delay, std::move(task)); }

  /// Does the next thing; false when there is none.
  bool step() {
    if (entries_.empty()) return false;
    std::pop_heap(entries_.begin(), entries_.end());
    Entry entry = std::move(entries_.back());
    entries_.pop_back();
    now_ = entry.when;
    ++done_;
    entry.task();
    return true;
  }
  [[nodiscard]] TimePoint now() const { return now_; }
  /// Since the beginning of the simulation.
  [[nodiscard]] std::chrono::milliseconds elapsed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now_ - kStart);
  }
  [[nodiscard]] std::uint64_t done() const { return done_; }

  static constexpr TimePoint kStart{std::chrono::hours(1)};

private:
  struct Entry {
    TimePoint when;
    std::uint64_t order = 0;
    Task task;
    /// The heap has the greatest first.
    bool operator<(const Entry& other) const { return when != other.when ? when > other.when : order > other.order; }
  };

  TimePoint now_ = kStart;
  std::uint64_t planned_ = 0;
  std::uint64_t done_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace berth::simulation
