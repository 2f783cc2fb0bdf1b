// SPDX-License-Identifier: Apache-2.0
//
// One volume that this host takes from another one, and how far it has come. It is tried until a look at the host shows
// it whole, labelled as this move's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/reconcile/backoff.h"
#include "agent/reconcile/event.h"

namespace berth::reconcile {

struct MoveWork {
  message::VolumeMove move;
  /// It is in the manifest in force; else only the end of what is under way is waited for.
  bool ordered = true;
  bool busy = false;
  /// It was told to end.
  bool leaving = false;
  std::uint64_t inDoubtUntil = 0;
  /// Why the last try did not succeed; empty otherwise.
  Failure failure{};
  Backoff retry{};
  std::uint64_t copied = 0;
  std::uint64_t compared = 0;
  std::uint64_t total = 0;

  [[nodiscard]] bool isDone(const std::vector<message::VolumeStatus>& volumes) const {
    return std::ranges::any_of(volumes, [&](const message::VolumeStatus& each) {
      return each.node == move.node && each.volume.name == move.volume && each.since == move.at;
    });
  }
  [[nodiscard]] message::VolumeMoveStatus status() const {
    return {move.node, move.volume, move.at, copied, compared, total, failure.reason};
  }
};

/// "take volume data from vh1", for people.
[[nodiscard]] inline std::string inWords(const message::VolumeMove& move) {
  return "take volume " + move.volume.str() + " from " + move.peer.str();
}

}  // namespace berth::reconcile
