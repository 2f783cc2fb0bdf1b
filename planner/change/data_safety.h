// SPDX-License-Identifier: Apache-2.0
//
// What a plan may not do to the data of nodes, found before anything is begun: no volume shrinks, and nothing in the
// next instance's config can wipe a kept one (proof.h).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "planner/change/plan.h"
#include "planner/source/diagnostic.h"

namespace berth::change {

/// An error for each volume that a node would have smaller than it is, once for all nodes of a pool.
[[nodiscard]] source::Findings shrunkVolumes(const std::vector<node::Blueprint>& wanted,
                                             const std::vector<InForce>& present);

/// The proof for each config among `wanted` that is not in force already, nodes that differ in their own words alone
/// once. `present` is empty for an offline check.
[[nodiscard]] source::Findings unsafeConfigs(const std::vector<node::Blueprint>& wanted,
                                             const std::vector<InForce>& present);

/// Pools and volumes of theirs that nodes in force have and will no longer have.
[[nodiscard]] std::vector<std::pair<PoolName, std::string>> removedVolumes(const std::vector<node::Blueprint>& wanted,
                                                                           const std::vector<InForce>& present);

}  // namespace berth::change
