// SPDX-License-Identifier: Apache-2.0
//
// A failure with forty faults explains nothing; the one or two that it takes do. Happenings are left out, many at once
// and then ever fewer, for as long as the same invariant still breaks.
#pragma once

#include "tests/simulation/world.h"

namespace berth::simulation {

struct Shrunk {
  Scenario scenario;
  Outcome outcome;
  unsigned runs = 0;
};

/// At most `runs` tries.
[[nodiscard]] Shrunk shrink(const Scenario& failing, const Outcome& outcome, Plant plant, unsigned runs);

}  // namespace berth::simulation
