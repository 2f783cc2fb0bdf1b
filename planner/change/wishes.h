// SPDX-License-Identifier: Apache-2.0
//
// From what a person typed behind --target and --replace to the nodes that are meant.
#pragma once

#include <string>
#include <vector>

#include "planner/change/plan.h"
#include "planner/source/diagnostic.h"
#include "planner/spec/model.h"

namespace berth::change {

/// A target is the name of a pool or of a node, of the spec or in force. What names neither is a finding, as is a node
/// to replace or to restart that is not in force, or that the spec no longer has.
[[nodiscard]] Wishes wishesOf(const std::vector<std::string>& targets, const std::vector<NodeName>& replace,
                              const std::vector<NodeName>& restart, const std::vector<node::Blueprint>& wanted,
                              const std::vector<InForce>& present, source::Findings& findings);

/// A target may need what a node still has that is not one: then it cannot go alone.
void tellHeldByOthers(const Plan& plan, const Wishes& wishes, const std::vector<node::Blueprint>& wanted,
                      const std::vector<InForce>& present, source::Findings& findings);

}  // namespace berth::change
