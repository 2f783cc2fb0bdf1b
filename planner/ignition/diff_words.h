// SPDX-License-Identifier: Apache-2.0
//
// What a difference calls the parts of a config.
#pragma once

#include <string>

#include "planner/ignition/value.h"

namespace berth::ignition {

/// An entry of a list: "file /etc/hosts", "partition 1", "user core".
[[nodiscard]] std::string subjectOf(const Value& entry);

/// A scalar in few words: true, 42, 0644, "xfs"; long texts by their size, URLs without what lets one in.
[[nodiscard]] std::string shown(const Field& field, const Value& value);

}  // namespace berth::ignition
