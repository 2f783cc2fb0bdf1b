// SPDX-License-Identifier: Apache-2.0
//
// How long the host has to wait for a node of a stack when it shuts down: its own units have work to do then.
#pragma once

#include <chrono>

#include "planner/spec/model.h"
#include "planner/stack/roles.h"

namespace berth::stack {

/// Beyond what a machine without a stack may take.
[[nodiscard]] std::chrono::seconds timeToStop(const spec::Stack& stack, const Roles& roles);

}  // namespace berth::stack
