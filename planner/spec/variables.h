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

/// Whose block it is, for messages.
struct Declarer {
  /// "the spec"
  std::string name;
  /// How a value for NAME can be given.
  std::string wayToGive;
  /// Where the file is included; not known of the spec itself.
  source::Mark where{};
};

/// `block` may be null. Tells of values that are missing, of a wrong type, or of no variable; what is wrong with the
/// shape of the block itself is told by the checker (check.h).
[[nodiscard]] Settled settle(const source::YamlNode* block, const Givens& givens, const Declarer& declarer,
                             source::Findings& findings);

/// Tells of values that do not fulfil a condition.
void validate(const std::vector<Validation>& validations, templates::Interpreter& interpreter,
              const templates::Places& places, source::Findings& findings);

}  // namespace berth::spec
