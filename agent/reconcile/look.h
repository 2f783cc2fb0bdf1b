// SPDX-License-Identifier: Apache-2.0
//
// When to look at the host, and which look may be believed about what. A look takes time, and what is done meanwhile
// makes it untrue; so looks are numbered as they are asked for, and whoever changes something says that only looks
// asked for later count.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "words/clock.h"

namespace berth::reconcile {

/// How often the host is looked at in full though nothing stirred: events can be lost, and this is what then heals.
inline constexpr std::chrono::seconds kLookInterval{10};
/// How soon a look is tried again that failed.
inline constexpr std::chrono::seconds kLookRetry{2};
/// A look takes a millisecond. One that takes this long means that libvirt hangs, and a person should know.
inline constexpr std::chrono::seconds kLookHangs{30};

class LookSchedule {
public:
  /// Something may have changed.
  void want() { wanted_ = true; }
  /// Asks for a look when it is time and none is under way.
  [[nodiscard]] std::optional<std::uint64_t> begin(TimePoint now) {
    const bool due = wanted_ || !begunAt_ || now - *begunAt_ >= (seen_ == 0 ? kLookRetry : kLookInterval);
    if (underWay_ || !due) return std::nullopt;
    underWay_ = true;
    wanted_ = false;
    begunAt_ = now;
    return ++number_;
  }
  /// True when this is the answer that is waited for.
  [[nodiscard]] bool answered(std::uint64_t number) {
    if (!underWay_ || number != number_) return false;
    underWay_ = false;
    seen_ = number;
    error_.clear();
    return true;
  }
  void failed(std::uint64_t number, const std::string& why) {
    if (!underWay_ || number != number_) return;
    underWay_ = false;
    seen_ = 0;
    error_ = why;
  }

  /// The look that is believed at present; 0 when there is none, and then nothing may be done.
  [[nodiscard]] std::uint64_t seen() const { return seen_; }
  /// The first look that will be asked for after now.
  [[nodiscard]] std::uint64_t next() const { return number_ + 1; }
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] bool hangs(TimePoint now) const { return underWay_ && now - *begunAt_ > kLookHangs; }

private:
  std::uint64_t number_ = 0;
  std::uint64_t seen_ = 0;
  bool underWay_ = false;
  bool wanted_ = true;
  std::optional<TimePoint> begunAt_;
  std::string error_;
};

}  // namespace berth::reconcile
