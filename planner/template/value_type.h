// SPDX-License-Identifier: Apache-2.0
//
// The types that a variable may have, as Terraform names them: string, number, bool, list(string), map(any). Besides,
// int is a whole number.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "planner/template/value.h"

namespace berth::templates {

class ValueType {
public:
  enum class Kind : std::uint8_t { any, text, whole, number, boolean, list, set, map };

  /// Nothing when it is no type.
  [[nodiscard]] static std::optional<ValueType> parse(std::string_view text);

  [[nodiscard]] Kind kind() const { return kind_; }
  /// "list(string)"
  [[nodiscard]] std::string str() const;

  struct Mismatch {
    /// Where in the value, "[2].size"; empty for the whole of it.
    std::string path;
    /// "expected a whole number, found text"
    std::string problem;
  };
  /// The value made to this type as Terraform does it: 1 becomes "1", "true" becomes true; or why it cannot be. Null
  /// stays null.
  [[nodiscard]] std::variant<Value, Mismatch> convert(const Value& value) const;
  /// A text as it comes from a command line or the environment: it is text where text is wanted, else JSON.
  [[nodiscard]] std::variant<Value, Mismatch> read(const std::string& text) const;

private:
  Kind kind_ = Kind::any;
  /// Of a list, set or map. Types are values that are never changed, so copies may share it.
  std::shared_ptr<const ValueType> element_;
};

}  // namespace berth::templates
