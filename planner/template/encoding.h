// SPDX-License-Identifier: Apache-2.0
//
// Bytes as text, and YAML as values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "planner/source/yaml.h"
#include "planner/template/value.h"

namespace berth::templates {

/// RFC 4648, section 4.
[[nodiscard]] std::string base64(std::string_view bytes);
[[nodiscard]] std::optional<std::string> unbase64(std::string_view text);

/// Why a node is no value: "an element of the list is empty".
struct NoValue {
  source::Mark where;
  std::string reason;
};
/// A node of YAML as a value, by the core schema of YAML 1.2. Null in a mapping is as if it were not there.
[[nodiscard]] std::variant<Value, NoValue> valueOf(const source::YamlNode& node);
/// YAML as Terraform's yamlencode() writes it: one key a line, texts in double quotes.
[[nodiscard]] std::string yamlOf(const Value& value);

}  // namespace berth::templates
