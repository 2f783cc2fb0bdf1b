// SPDX-License-Identifier: Apache-2.0
//
// Compares a YAML tree with a Shape: unknown, missing, doubled keys, wrong types, values out of range. What it finds
// nothing wrong with can be read without a further look.
#pragma once

#include "planner/source/diagnostic.h"
#include "planner/source/yaml.h"
#include "planner/spec/schema.h"

namespace berth::spec {

/// `where` is what a finding about the value as a whole points at: the key it belongs to. `what` names it in messages:
/// "the spec", "pool \"server\"".
void check(const source::YamlNode& node, const Shape& shape, const source::Mark& where, const std::string& what,
           source::Findings& findings);

}  // namespace berth::spec
