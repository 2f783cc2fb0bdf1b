// SPDX-License-Identifier: Apache-2.0
//
// What decide() is told of a cluster. To gather it for ten thousand nodes after each message would take longer than all
// else that a controller does, so it is gathered once, and afterwards only what has stirred is looked at again.
//
//   Facts facts = gather(cluster, changes, ledger, fleet);
//   if (refresh(facts, cluster, ledger.takeStirred(), ledger, fleet)) …   // something is not as it was: decide anew
#pragma once

#include <vector>

#include "controller/fleet/fleet.h"
#include "controller/fleet/ledger.h"
#include "controller/rollout/decide.h"

namespace berth::rollout {

[[nodiscard]] Facts gather(const ClusterName& cluster, const std::vector<store::ChangeRecord>& changes,
                           const fleet::Ledger& ledger, const fleet::Fleet& fleet);

/// Makes `facts` what gather() would make of the same cluster now; true when that is something else than they were.
[[nodiscard]] bool refresh(Facts& facts, const ClusterName& cluster, const fleet::Stirred& stirred,
                           const fleet::Ledger& ledger, const fleet::Fleet& fleet);

}  // namespace berth::rollout
