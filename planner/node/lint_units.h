// SPDX-License-Identifier: Apache-2.0
//
// The units of a config against each other, and against what Fedora CoreOS brings (known_units.h).
#pragma once

#include "planner/ignition/config.h"
#include "planner/source/diagnostic.h"

namespace berth::node {

/// Units that wait for, want or are wanted by what does not exist, and conditions on paths that nothing brings.
[[nodiscard]] source::Findings lintUnits(const ignition::Config& user);

}  // namespace berth::node
