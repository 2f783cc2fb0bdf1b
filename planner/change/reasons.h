// SPDX-License-Identifier: Apache-2.0
//
// Why a node changes, in words that a person can follow back to a line: "/etc/motd changed ← base.bu:14:5".
#pragma once

#include <string>
#include <vector>

#include "planner/node/blueprint.h"

namespace berth::change {

/// Whether a difference takes a new machine, or can be had while it runs.
enum class Depth { same, live, machine };

struct Difference {
  Depth depth = Depth::same;
  std::vector<std::string> reasons;
};

/// What is new in `wanted` against `now`. Contents of files and the like are never shown: they may be secret.
[[nodiscard]] Difference compare(const node::Blueprint& now, const node::Blueprint& wanted);

}  // namespace berth::change
