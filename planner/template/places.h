// SPDX-License-Identifier: Apache-2.0
//
// YAML takes escapes and indentation out of a scalar, so what is at some place of its value is elsewhere in the file.
// Expressions are found again by counting them in the file's own text.
#pragma once

#include <string>

#include "planner/source/text.h"
#include "planner/source/yaml.h"
#include "planner/template/interpreter.h"

namespace berth::templates {

class Places {
public:
  /// `text` is that of the file that the scalars are of.
  explicit Places(std::string text) : lines_(std::move(text)) {}

  /// Where the expressions of `scalar` stand; where they cannot be found, the scalar's own mark.
  [[nodiscard]] Marks of(const source::YamlNode& scalar) const;

private:
  source::TextLines lines_;
};

}  // namespace berth::templates
