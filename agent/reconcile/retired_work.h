// SPDX-License-Identifier: Apache-2.0
//
// The root disk of an instance that is gone, kept for the way back of its node, and how far its end has come.
#pragma once

#include <chrono>
#include <cstdint>

#include "agent/disks/retired.h"
#include "agent/reconcile/backoff.h"
#include "agent/reconcile/event.h"

namespace berth::reconcile {

/// Nobody goes back after so long, and the disk takes room: it goes then, whatever the controller says or does not.
inline constexpr std::chrono::hours kRetiredFor{24};
/// A host that has less of its disk free than one part in so many keeps nothing that it need not.
inline constexpr std::uint64_t kFreeShare = 20;

struct RetiredWork {
  disks::RetiredDisk disk;
  bool busy = false;
  std::uint64_t inDoubtUntil = 0;
  /// Why it could not be deleted; empty while nothing went wrong.
  Failure failure{};
  Backoff retry{};

  [[nodiscard]] std::int64_t untilMs() const {
    return disk.sinceMs + std::chrono::duration_cast<std::chrono::milliseconds>(kRetiredFor).count();
  }
};

}  // namespace berth::reconcile
