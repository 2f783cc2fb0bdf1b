// SPDX-License-Identifier: Apache-2.0
//
// What the shape of `stack:` cannot say (rules.h).
#pragma once

#include "planner/source/diagnostic.h"
#include "planner/spec/model.h"

namespace berth::spec {

/// Passes over what was not readable. `byDhcp`: the nodes are known to have no address that could be written anywhere.
void checkStack(const Spec& spec, bool byDhcp, source::Findings& findings);

}  // namespace berth::spec
