// SPDX-License-Identifier: Apache-2.0
#include "planner/template/json.h"

#include <nlohmann/json.hpp>

namespace berth::templates {
namespace {

using Json = nlohmann::json;

/// Values within values; deeper ones are no settings but an attack on the stack.
constexpr std::size_t kMaxDepth = 100;

Json toJson(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null: return nullptr;
    case Value::Kind::boolean: return value.boolean();
    case Value::Kind::number: return value.isWhole() ? Json(value.whole()) : Json(value.number());
    case Value::Kind::text: return value.text();
    case Value::Kind::list: {
      Json list = Json::array();
      for (const Value& each : value.list()) list.push_back(toJson(each));
      return list;
    }
    case Value::Kind::map: {
      Json map = Json::object();
      for (const auto& [key, each] : value.map()) map[key] = toJson(each);
      return map;
    }
  }
  return nullptr;
}

std::optional<Value> toValue(const Json& json, std::size_t depth) {
  if (depth > kMaxDepth) return std::nullopt;
  if (json.is_boolean()) return Value::of(json.get<bool>());
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX) return Value::of(json.get<double>());
  if (json.is_number_integer()) return Value::of(json.get<std::int64_t>());
  if (json.is_number()) return Value::of(json.get<double>());
  if (json.is_string()) return Value::of(json.get<std::string>());
  if (json.is_array()) {
    Value::List list;
    for (const Json& each : json) {
      auto value = toValue(each, depth + 1);
      if (!value || value->isNull()) return std::nullopt;
      list.push_back(*std::move(value));
    }
    return Value::of(std::move(list));
  }
  if (json.is_object()) {
    Value::Map map;
    for (const auto& [key, each] : json.items()) {
      auto value = toValue(each, depth + 1);
      if (!value) return std::nullopt;
      if (!value->isNull()) map.emplace(key, *std::move(value));
    }
    return Value::of(std::move(map));
  }
  return Value();
}

}  // namespace

std::string jsonOf(const Value& value) { return toJson(value).dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string jsonOf(const Value& value, const Call& call) {
  const std::string plain = jsonOf(value);
  call.charge(plain.size() / 16);
  std::string out;
  out.reserve(plain.size());
  for (const char c : plain) {
    switch (c) {
      case '<': out += "\\u003c"; break;
      case '>': out += "\\u003e"; break;
      case '&': out += "\\u0026"; break;
      default: out += c;
    }
  }
  if (out.size() > kMaxTextBytes) call.refuse("the text would be too long");
  return out;
}

std::optional<Value> valueOfJson(std::string_view text) {
  // The parser needs no stack for depth, but what is built of it does.
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool inText = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (inText && c == '\\') {
      ++i;
    } else if (c == '"') {
      inText = !inText;
    } else if (!inText && (c == '[' || c == '{')) {
      deepest = std::max(deepest, ++depth);
    } else if (!inText && (c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  if (deepest > kMaxDepth) return std::nullopt;
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return std::nullopt;
  return toValue(json, 0);
}

}  // namespace berth::templates
