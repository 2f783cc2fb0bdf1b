// SPDX-License-Identifier: Apache-2.0
//
// `berth-agent fence`: does for an agent that does not run the one thing that cannot wait for it. Guests that may be
// made elsewhere while nobody confirms them (agent/reconcile/reconciler_fence.cpp) run on when somebody stops the
// agent, and it is not there to cut their power. A timer of systemd runs this every few seconds; it does nothing while
// the agent runs, which holds the lock of the state directory.
#pragma once

#include <string>
#include <vector>

#include "agent/hypervisor/hypervisor.h"
#include "agent/state/directory.h"
#include "words/clock.h"

namespace berth::program {

struct Fenced {
  std::vector<message::InstanceId> cut;
  /// What could not be done, each a sentence.
  std::vector<std::string> failed;
};

/// Cuts the power of each guest that was confirmed too long ago. Where it is not known when that was, or by which spec
/// a guest runs, nothing is touched. `now` is of the clock that the agent had (BootTimeClock).
[[nodiscard]] Fenced fence(const state::Directory& state, hypervisor::Hypervisor& hypervisor, const std::string& bootId,
                           TimePoint now);

}  // namespace berth::program
