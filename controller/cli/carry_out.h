// SPDX-License-Identifier: Apache-2.0
//
// From a plan to its end, for every command that rolls something out: the plan is shown, a person agrees, the rollout
// is followed.
#pragma once

#include <optional>
#include <string>

#include "controller/cli/prepare.h"
#include "controller/cli/session.h"
#include "controller/cli/show/plan.h"

namespace berth::cli {

void showPlan(const message::PlanRow& plan, const Place& place, show::Extent extent, Session& session);

/// "Replace 3 nodes and destroy 1 node? "; for a plan that takes nodes down.
[[nodiscard]] std::string questionFor(const show::Tally& tally);

/// Asks before nodes go down; nothing when the person, or --yes, said yes.
[[nodiscard]] std::optional<ExitCode> disagreement(const std::string& question, bool yes, Session& session);

/// Says what has been done at once, and follows the rollout to its end unless `detach`.
[[nodiscard]] ExitCode carryOn(const message::reply::Applied& applied, bool detach, Session& session);

}  // namespace berth::cli
