// SPDX-License-Identifier: Apache-2.0
//
// What the shape of a spec cannot say about where its nodes are to be: levels that stand there twice, pools that are
// not there, rules that nothing can keep.
#pragma once

#include "planner/source/diagnostic.h"
#include "planner/spec/model.h"

namespace berth::spec {

/// `spread`, `near` and `apart` of one pool.
void checkPlacing(const Spec& spec, const Pool& pool, source::Findings& findings);
/// Pools that must follow each other in a circle: none of them could be placed first.
void checkNearness(const Spec& spec, source::Findings& findings);

}  // namespace berth::spec
