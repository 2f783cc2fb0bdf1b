// SPDX-License-Identifier: Apache-2.0
//
// Nodes with artifacts need hosts whose agents can hand them over: an older agent would make the node without them, and
// it would never become what it is to be. So such nodes are placed on other hosts only, and where one has to be made
// anew on such a host the plan is refused until its agent is updated.
#pragma once

#include <set>
#include <vector>

#include "planner/change/plan.h"
#include "planner/layout/place.h"
#include "planner/node/blueprint.h"
#include "planner/source/diagnostic.h"

namespace berth::change {

/// Keeps new nodes away from hosts that are not among `handers`, when any of the blueprints has artifacts; says so at
/// `where`.
void holdBackOlderAgents(const std::vector<node::Blueprint>& blueprints, const std::set<HostName>& handers,
                         std::vector<layout::Host>& hosts, const source::Mark& where, source::Findings& findings);

/// An error for each host that is to make a node with artifacts and cannot.
[[nodiscard]] source::Findings unhandedArtifacts(const Plan& plan, const std::vector<node::Blueprint>& blueprints,
                                                 const std::set<HostName>& handers, const source::Mark& where);

}  // namespace berth::change
