// SPDX-License-Identifier: Apache-2.0
#include "planner/template/value.h"

#include <array>
#include <charconv>
#include <cmath>

#include "planner/source/text.h"

namespace berth::templates {
namespace {

/// Up to here every whole number is a double as well.
constexpr double kExact = 9007199254740992.0;

std::string decimal(double number) {
  std::array<char, 64> digits{};
  const auto [end, failure] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  return failure == std::errc() ? std::string(digits.data(), end) : std::string("?");
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      case '\r': out += "\\r"; break;
      case '"': out += "\\\""; break;
      default: out += c;
    }
  }
  return out + "\"";
}

/// Appends no more than a little beyond `most`, however large the value is.
void append(std::string& out, const Value& value, std::size_t most) {
  if (out.size() > most) return;
  const std::size_t left = most - out.size();
  std::string_view between;
  switch (value.kind()) {
    case Value::Kind::null: out += "null"; return;
    case Value::Kind::boolean:
    case Value::Kind::number: out += textOf(value).value_or(""); return;
    case Value::Kind::text: out += quoted(value.text().substr(0, left + 1)); return;
    case Value::Kind::list:
      out += "{";
      for (const Value& each : value.list()) {
        if (out.size() > most) return;
        out += between;
        append(out, each, most);
        between = ", ";
      }
      out += "}";
      return;
    case Value::Kind::map:
      out += "{";
      for (const auto& [key, each] : value.map()) {
        if (out.size() > most) return;
        out.append(between).append(key).append(" = ");
        append(out, each, most);
        between = ", ";
      }
      out += "}";
      return;
  }
}

}  // namespace

Value Value::of(bool truth) {
  Value value;
  value.data_ = truth;
  return value;
}

Value Value::of(std::int64_t number) {
  Value value;
  value.data_ = number;
  return value;
}

Value Value::of(double number) {
  Value value;
  if (std::abs(number) <= kExact && std::trunc(number) == number) {
    value.data_ = static_cast<std::int64_t>(number);
  } else {
    value.data_ = number;
  }
  return value;
}

Value Value::of(std::string text) {
  Value value;
  value.data_ = std::move(text);
  return value;
}

Value Value::of(List list) {
  Value value;
  value.data_ = std::move(list);
  return value;
}

Value Value::of(Map map) {
  Value value;
  value.data_ = std::move(map);
  return value;
}

Value::Kind Value::kind() const {
  constexpr std::array kKinds{Kind::null, Kind::boolean, Kind::number, Kind::number, Kind::text, Kind::list, Kind::map};
  return kKinds[data_.index()];
}

double Value::number() const { return isWhole() ? static_cast<double>(whole()) : std::get<double>(data_); }

bool Value::before(const Value& other) const {
  if (kind() != other.kind()) return kind() < other.kind();
  switch (kind()) {
    case Kind::null: return false;
    case Kind::boolean: return !boolean() && other.boolean();
    case Kind::number: return isWhole() && other.isWhole() ? whole() < other.whole() : number() < other.number();
    case Kind::text: return text() < other.text();
    case Kind::list:
      return std::lexicographical_compare(list().begin(), list().end(), other.list().begin(), other.list().end(),
                                          [](const Value& left, const Value& right) { return left.before(right); });
    case Kind::map:
      return std::lexicographical_compare(map().begin(), map().end(), other.map().begin(), other.map().end(),
                                          [](const auto& left, const auto& right) {
                                            if (left.first != right.first) return left.first < right.first;
                                            return left.second.before(right.second);
                                          });
  }
  return false;
}

std::string_view describe(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null: return "nothing";
    case Value::Kind::boolean: return "true or false";
    case Value::Kind::number: return "a number";
    case Value::Kind::text: return "text";
    case Value::Kind::list: return "a list";
    case Value::Kind::map: return "a map";
  }
  return "a value";
}

std::optional<std::string> textOf(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::boolean: return value.boolean() ? "true" : "false";
    case Value::Kind::number: return value.isWhole() ? std::to_string(value.whole()) : decimal(value.number());
    case Value::Kind::text: return value.text();
    case Value::Kind::null:
    case Value::Kind::list:
    case Value::Kind::map: return std::nullopt;
  }
  return std::nullopt;
}

std::string shown(const Value& value, std::size_t most) {
  std::string out;
  append(out, value, most);
  if (out.size() <= most) return out;
  return std::string(source::characters(out, 0, most)) + "…";
}

std::optional<Value> parseNumber(std::string_view text) {
  const char* end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto [stop, failure] = std::from_chars(text.data(), end, whole); failure == std::errc() && stop == end) {
    return Value::of(whole);
  }
  double number = 0;
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  if (text.empty() || failure != std::errc() || stop != end || !std::isfinite(number)) return std::nullopt;
  return Value::of(number);
}

}  // namespace berth::templates
