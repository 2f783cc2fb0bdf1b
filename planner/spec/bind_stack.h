// SPDX-License-Identifier: Apache-2.0
//
// `stack:` as a typed model (bind.h).
#pragma once

#include <optional>

#include "planner/source/diagnostic.h"
#include "planner/source/yaml.h"
#include "planner/spec/stack.h"

namespace berth::spec {

/// `node` may be null. Makes findings only of what its shape leaves open: settings in the tools' own words.
[[nodiscard]] std::optional<Stack> bindStack(const source::YamlNode* node, source::Findings& findings);

}  // namespace berth::spec
