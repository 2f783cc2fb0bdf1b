// SPDX-License-Identifier: Apache-2.0
//
// One order about a volume, and how far it has come. It is tried until it went well and a look at the host that began
// after that shows it; a new process tries once more, since only the try itself sees what is half done, and does
// nothing where nothing is left to do.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/reconcile/backoff.h"
#include "agent/reconcile/event.h"

namespace berth::reconcile {

using Verb = message::VolumeOrder::Verb;

struct VolumeWork {
  message::VolumeOrder order;
  /// It is in the manifest in force; else only the end of what is under way is waited for.
  bool ordered = true;
  bool busy = false;
  /// The last try went well. Believed from this look on.
  bool tried = false;
  std::uint64_t inDoubtUntil = 0;
  /// Why the last try did not; empty otherwise.
  Failure failure{};
  Backoff retry{};

  [[nodiscard]] bool removesVolume() const { return order.verb == Verb::remove && order.snapshot.empty(); }
  /// What was to be removed is still there: that itself, and not one that was made later under its name.
  [[nodiscard]] bool isLeft(const message::VolumeStatus& volume) const {
    if (order.verb != Verb::remove || volume.node != order.node || volume.volume.name != order.volume) return false;
    if (order.snapshot.empty()) return volume.since <= order.at;
    return std::ranges::any_of(volume.snapshots, [&](const message::SnapshotStatus& each) {
      return each.name == order.snapshot && each.since <= order.at;
    });
  }
};

/// "delete volume data", for people.
[[nodiscard]] inline std::string inWords(const message::VolumeOrder& order) {
  const std::string volume = "volume " + order.volume.str();
  const std::string snapshot = "snapshot " + order.snapshot.str() + " of " + volume;
  switch (order.verb) {
    case Verb::remove: return "delete " + (order.snapshot.empty() ? volume : snapshot);
    case Verb::snapshot: return "make " + snapshot;
    case Verb::restore: return "restore " + volume + " from snapshot " + order.snapshot.str();
  }
  return volume;
}

}  // namespace berth::reconcile
