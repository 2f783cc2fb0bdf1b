// SPDX-License-Identifier: Apache-2.0
//
// What the shape of a spec cannot say: that addresses lie in the subnet and do not overlap, that names stay short
// enough, that files are there. Looks at every value whose mark is known, and passes over what was not readable.
#pragma once

#include <vector>

#include "planner/source/diagnostic.h"
#include "planner/source/files.h"
#include "planner/spec/bind.h"

namespace berth::spec {

/// Whether a network was read as it was meant: without that, nothing can be said of addresses in it.
enum class Addressed : std::uint8_t { known, unknown };

/// `addressed` has one for each network of the spec.
void checkRules(const Bound& bound, const std::vector<Addressed>& addressed, const source::Files& files,
                source::Findings& findings);

}  // namespace berth::spec
