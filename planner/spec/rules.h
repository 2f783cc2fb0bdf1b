// SPDX-License-Identifier: Apache-2.0
//
// What the shape of a spec cannot say: that addresses lie in the subnet and do not overlap, that names stay short
// enough, that files are there. Looks at every value whose mark is known, and passes over what was not readable.
#pragma once

#include "planner/source/diagnostic.h"
#include "planner/source/files.h"
#include "planner/spec/bind.h"

namespace berth::spec {

/// `addressed` says that the spec's `network:` was read as it was meant: without that, nothing can be said of
/// addresses.
enum class Addressed : std::uint8_t { known, unknown };

void checkRules(const Bound& bound, Addressed addressed, const source::Files& files, source::Findings& findings);

}  // namespace berth::spec
