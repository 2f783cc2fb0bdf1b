// SPDX-License-Identifier: Apache-2.0
//
// One order to delete a volume, and how far it has come. It is tried until a look at the host that began after the last
// try shows that nothing is left; a new process tries once more, since only the try itself sees what is half gone.
#pragma once

#include <cstdint>
#include <vector>

#include "agent/reconcile/backoff.h"
#include "agent/reconcile/event.h"

namespace berth::reconcile {

struct Deletion {
  message::VolumeTombstone tombstone;
  /// It is in the manifest in force; else only the end of what is under way is waited for.
  bool ordered = true;
  bool busy = false;
  /// The last try went well. Believed from this look on.
  bool tried = false;
  std::uint64_t inDoubtUntil = 0;
  /// Why the last try did not; empty otherwise.
  Failure failure{};
  Backoff retry{};

  /// True when it is this volume that is meant, and not one that was made later under its name.
  [[nodiscard]] bool means(const message::VolumeStatus& volume) const {
    return volume.node == tombstone.node && volume.volume.name == tombstone.volume && volume.since <= tombstone.until;
  }
};

}  // namespace berth::reconcile
