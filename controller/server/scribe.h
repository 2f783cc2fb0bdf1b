// SPDX-License-Identifier: Apache-2.0
//
// Turns what the planner found into records: what a rollout walks, and what is in force with the apply.
#pragma once

#include "controller/server/planning.h"
#include "planner/change/plan_cluster.h"

namespace berth::server {

/// Fills specs, changes and staying of `proposal`; its row has the revision already.
void writeDown(const World& world, const change::Outcome& outcome, Proposal& proposal);

}  // namespace berth::server
