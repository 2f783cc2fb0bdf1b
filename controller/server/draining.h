// SPDX-License-Identifier: Apache-2.0
//
// A host that is being emptied. The controller does it by itself: cluster by cluster its nodes are moved by a rollout
// of kind drain (relocation.h), within each cluster's bounds and the fleet's budget, after whatever else is under way
// there. It ends when nothing is left that has to go, at its deadline, or when a person says so; the host is then
// cordoned. A rollout of it that fails halts it, until somebody drains the host again.
//
//   setDuty(core, {host, Duty::draining, …}, "operator alice", moment);
//   mindDrains(core, moment);                    // at each tick
#pragma once

#include <string>
#include <vector>

#include "controller/server/core.h"
#include "protocol/message/operator.h"

namespace berth::server {

/// Puts in force what a person says of a host that there is.
void setDuty(Core& core, const message::request::SetDuty& set, const OperatorName& by, const fleet::Moment& moment);

/// Ends the drains that have done what they were to do, and those whose time is up.
void mindDrains(Core& core, const fleet::Moment& moment);

/// Nodes that have to go before the drain of `host` has ended; in the order of their names.
[[nodiscard]] std::vector<NodeName> leaving(const Core& core, const store::HostRecord& host);
/// Those of them that can: their data is not on the host, or goes with them.
[[nodiscard]] std::vector<NodeName> movable(const Core& core, const store::HostRecord& host);

/// How far it is; nothing for a host that is not being emptied.
[[nodiscard]] std::optional<message::DrainRow> drainRow(const Core& core, const store::HostRecord& host);

}  // namespace berth::server
