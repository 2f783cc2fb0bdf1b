// SPDX-License-Identifier: Apache-2.0
//
// What makes two entries of a list the same one: merging brings them together, checking refuses them in one config.
#pragma once

#include <string>

#include "planner/ignition/value.h"

namespace berth::ignition {

/// The key of a list's element: a text is its own key. Keys of one kind of element are equal or not; they are never
/// shown.
[[nodiscard]] std::string keyOf(const Value& element);

}  // namespace berth::ignition
