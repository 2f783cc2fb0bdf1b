// SPDX-License-Identifier: Apache-2.0
//
// A `variables:` block, and what its variables are worth: what was given, else the default.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/source/diagnostic.h"
#include "planner/source/yaml.h"
#include "planner/spec/given.h"
#include "planner/template/interpreter.h"
#include "planner/template/places.h"
#include "planner/template/scope.h"

namespace berth::spec {

/// A condition that a value has to fulfil.
struct Validation {
  std::string variable;
  const source::YamlNode* condition = nullptr;
  const source::YamlNode* message = nullptr;
  /// Where the value came from.
  source::Mark of;
};

struct Settled {
  /// Every variable that is declared, sorted by name. One that has no right value is unknown.
  std::vector<templates::Variable> variables;
  std::vector<Validation> validations;
};

/// `block` may be null. Tells of values that are missing, of a wrong type, or of no variable; what is wrong with the
/// shape of the block itself is told by the checker (check.h). `wayOut` says how a value can be given.
[[nodiscard]] Settled settle(const source::YamlNode* block, const Givens& givens, std::string_view wayOut,
                             source::Findings& findings);

/// Tells of values that do not fulfil a condition.
void validate(const std::vector<Validation>& validations, templates::Interpreter& interpreter,
              const templates::Places& places, source::Findings& findings);

}  // namespace berth::spec
