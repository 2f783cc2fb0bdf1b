// SPDX-License-Identifier: Apache-2.0
#include "planner/template/value_type.h"

#include <algorithm>
#include <array>

#include "planner/template/json.h"

namespace berth::templates {
namespace {

struct Word {
  std::string_view word;
  ValueType::Kind kind;
};
constexpr std::array kWords{Word{"any", ValueType::Kind::any},      Word{"string", ValueType::Kind::text},
                            Word{"int", ValueType::Kind::whole},    Word{"number", ValueType::Kind::number},
                            Word{"bool", ValueType::Kind::boolean}, Word{"list", ValueType::Kind::list},
                            Word{"set", ValueType::Kind::set},      Word{"map", ValueType::Kind::map}};
/// list(list(…)) may go that deep.
constexpr int kMaxDepth = 16;

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

bool isCollection(ValueType::Kind kind) {
  return kind == ValueType::Kind::list || kind == ValueType::Kind::set || kind == ValueType::Kind::map;
}

std::string_view wantedOf(ValueType::Kind kind) {
  switch (kind) {
    case ValueType::Kind::any: return "a value";
    case ValueType::Kind::text: return "text";
    case ValueType::Kind::whole: return "a whole number";
    case ValueType::Kind::number: return "a number";
    case ValueType::Kind::boolean: return "true or false";
    case ValueType::Kind::list:
    case ValueType::Kind::set: return "a list";
    case ValueType::Kind::map: return "a map";
  }
  return "a value";
}

ValueType::Mismatch mismatch(ValueType::Kind kind, const Value& value) {
  return {"", "expected " + std::string(wantedOf(kind)) + ", found " + std::string(describe(value))};
}

}  // namespace

std::optional<ValueType> ValueType::parse(std::string_view text) {
  if (std::ranges::count(text, '(') > kMaxDepth) return std::nullopt;
  text = trimmed(text);
  const auto open = text.find('(');
  const auto word = std::ranges::find(kWords, trimmed(text.substr(0, open)), &Word::word);
  if (word == kWords.end()) return std::nullopt;
  ValueType type;
  type.kind_ = word->kind;
  if (!isCollection(type.kind_)) return open == std::string_view::npos ? std::optional(type) : std::nullopt;
  // Terraform reads list as list(any).
  std::string_view within = "any";
  if (open != std::string_view::npos) {
    if (!text.ends_with(')')) return std::nullopt;
    within = text.substr(open + 1, text.size() - open - 2);
  }
  const auto element = parse(within);
  if (!element) return std::nullopt;
  type.element_ = std::make_shared<const ValueType>(*element);
  return type;
}

std::string ValueType::str() const {
  const std::string word(std::ranges::find(kWords, kind_, &Word::kind)->word);
  return element_ == nullptr ? word : word + "(" + element_->str() + ")";
}

std::variant<Value, ValueType::Mismatch> ValueType::convert(const Value& value) const {
  if (value.isNull() || kind_ == Kind::any) return value;
  switch (kind_) {
    case Kind::any: return value;
    case Kind::text:
      if (auto text = textOf(value)) return Value::of(*std::move(text));
      return mismatch(kind_, value);
    case Kind::whole:
    case Kind::number: {
      const auto number = value.isText() ? parseNumber(value.text()) : std::optional(value);
      if (!number || number->kind() != Value::Kind::number) return mismatch(kind_, value);
      if (kind_ == Kind::whole && !number->isWhole()) return mismatch(kind_, value);
      return *number;
    }
    case Kind::boolean:
      if (value.kind() == Value::Kind::boolean) return value;
      if (value.isText() && (value.text() == "true" || value.text() == "false"))
        return Value::of(value.text() == "true");
      return mismatch(kind_, value);
    case Kind::list:
    case Kind::set: {
      if (!value.isList()) return mismatch(kind_, value);
      Value::List list;
      for (std::size_t i = 0; i < value.list().size(); ++i) {
        auto each = element_->convert(value.list()[i]);
        if (auto* problem = std::get_if<Mismatch>(&each)) {
          return Mismatch{"[" + std::to_string(i + 1) + "]" + problem->path, problem->problem};
        }
        list.push_back(std::get<Value>(std::move(each)));
      }
      if (kind_ == Kind::set) {
        std::ranges::sort(list, [](const Value& left, const Value& right) { return left.before(right); });
        // Not std::ranges::unique: the subrange it returns is more than clang 14 takes of GCC's header.
        list.erase(std::unique(list.begin(), list.end()), list.end());
      }
      return Value::of(std::move(list));
    }
    case Kind::map: {
      if (value.isList() && value.list().empty()) return Value::of(Value::Map());
      if (!value.isMap()) return mismatch(kind_, value);
      Value::Map map;
      for (const auto& [key, member] : value.map()) {
        auto each = element_->convert(member);
        if (auto* problem = std::get_if<Mismatch>(&each)) return Mismatch{"." + key + problem->path, problem->problem};
        map.emplace(key, std::get<Value>(std::move(each)));
      }
      return Value::of(std::move(map));
    }
  }
  return value;
}

std::variant<Value, ValueType::Mismatch> ValueType::read(const std::string& text) const {
  if (kind_ == Kind::text) return Value::of(text);
  if (!isCollection(kind_)) {
    // any: 3 is a number, eu is text, as in YAML.
    if (kind_ == Kind::any) {
      if (auto value = valueOfJson(text)) return *std::move(value);
    }
    return convert(Value::of(text));
  }
  auto value = valueOfJson(text);
  if (!value) return Mismatch{"", "expected " + std::string(wantedOf(kind_)) + " as JSON"};
  return convert(*value);
}

}  // namespace berth::templates
