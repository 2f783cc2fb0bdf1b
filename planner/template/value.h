// SPDX-License-Identifier: Apache-2.0
//
// What a variable or an expression is worth. Numbers are of one kind, as Terraform has it: 6 / 2 is the number 3,
// whichever way it was worked out. A set is a list that is sorted and holds nothing twice.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace berth::templates {

class Value {
public:
  enum class Kind : std::uint8_t { null, boolean, number, text, list, map };
  using List = std::vector<Value>;
  using Map = std::map<std::string, Value>;

  Value() = default;
  [[nodiscard]] static Value of(bool truth);
  [[nodiscard]] static Value of(std::int64_t number);
  /// A number without a fraction becomes a whole one where it is exact.
  [[nodiscard]] static Value of(double number);
  [[nodiscard]] static Value of(std::string text);
  [[nodiscard]] static Value of(List list);
  [[nodiscard]] static Value of(Map map);

  [[nodiscard]] Kind kind() const;
  [[nodiscard]] bool isNull() const { return kind() == Kind::null; }
  [[nodiscard]] bool isText() const { return kind() == Kind::text; }
  [[nodiscard]] bool isList() const { return kind() == Kind::list; }
  [[nodiscard]] bool isMap() const { return kind() == Kind::map; }
  /// Of a number: whether it has no fraction and fits into 64 bits.
  [[nodiscard]] bool isWhole() const { return std::holds_alternative<std::int64_t>(data_); }

  // Each of these is for its own kind only.
  [[nodiscard]] bool boolean() const { return std::get<bool>(data_); }
  [[nodiscard]] std::int64_t whole() const { return std::get<std::int64_t>(data_); }
  [[nodiscard]] double number() const;
  [[nodiscard]] const std::string& text() const { return std::get<std::string>(data_); }
  [[nodiscard]] const List& list() const { return std::get<List>(data_); }
  [[nodiscard]] List& list() { return std::get<List>(data_); }
  [[nodiscard]] const Map& map() const { return std::get<Map>(data_); }
  [[nodiscard]] Map& map() { return std::get<Map>(data_); }

  /// Equal through and through.
  bool operator==(const Value&) const = default;
  /// An order in which a sort puts them: by kind, then by value; texts by their bytes.
  [[nodiscard]] bool before(const Value& other) const;

private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Map> data_;
};

/// "a list", "a number", "text", "nothing": what it is, in a message.
[[nodiscard]] std::string_view describe(const Value& value);
/// The text that stands for a scalar within text: 3, 2.5, true. Nothing for a list, a map or nothing.
[[nodiscard]] std::optional<std::string> textOf(const Value& value);
/// For a person: "eu", 3, [1, 2], { a = 1 }; shortened to about `most` bytes.
[[nodiscard]] std::string shown(const Value& value, std::size_t most = 60);
/// A decimal number, or nothing.
[[nodiscard]] std::optional<Value> parseNumber(std::string_view text);

}  // namespace berth::templates
