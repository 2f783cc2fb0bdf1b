// SPDX-License-Identifier: Apache-2.0
//
// Nodes that get more in place have it with the apply itself, before the first wave. Where those that leave go first,
// since there is no room for all, they are still there at that moment: a host must not be promised to both.
#pragma once

#include <vector>

#include "planner/change/plan.h"
#include "planner/layout/place.h"
#include "planner/node/blueprint.h"
#include "planner/source/diagnostic.h"

namespace berth::change {

/// An error at `where` for each host that has no room for what grows on it. `present` is all that is there now, those
/// that leave included.
[[nodiscard]] source::Findings growthWithoutRoom(const Plan& plan, const std::vector<node::Blueprint>& blueprints,
                                                 const std::vector<layout::Present>& present,
                                                 const std::vector<layout::Host>& hosts, const source::Mark& where);

}  // namespace berth::change
