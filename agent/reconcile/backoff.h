// SPDX-License-Identifier: Apache-2.0
//
// What fails is tried again, ever more rarely: at once would burn the host, never would leave it broken.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "words/clock.h"

namespace berth::reconcile {

/// The longest wait between two tries. A minute: short enough that a person who has mended something sees it taken up,
/// long enough that a hundred broken nodes cost nothing.
inline constexpr std::chrono::seconds kBackoffMax{60};

class Backoff {
public:
  /// Waits 1, 2, 4 … seconds, at most kBackoffMax.
  void failed(TimePoint now) {
    const auto exponent = std::min<std::uint32_t>(failures_, 6);
    notBefore_ = now + std::min<std::chrono::seconds>(std::chrono::seconds(1u << exponent), kBackoffMax);
    ++failures_;
  }
  /// Something that only a person can mend: looked at again after `wait`.
  void failedFor(TimePoint now, std::chrono::seconds wait) {
    notBefore_ = now + wait;
    ++failures_;
  }
  void reset() { *this = {}; }
  /// Counts on from so many failures, as another process had them; the next try is due.
  void resume(std::uint32_t failures) {
    reset();
    failures_ = failures;
  }

  [[nodiscard]] bool due(TimePoint now) const { return now >= notBefore_; }
  [[nodiscard]] std::uint32_t failures() const { return failures_; }

private:
  std::uint32_t failures_ = 0;
  TimePoint notBefore_ = TimePoint::min();
};

}  // namespace berth::reconcile
