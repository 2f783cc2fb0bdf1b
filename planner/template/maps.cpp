// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "planner/source/text.h"
#include "planner/template/function.h"

namespace berth::templates {
namespace {

Value keys(const Call& call) {
  Value::List out;
  for (const auto& [key, value] : call.map(0)) out.push_back(Value::of(key));
  return Value::of(std::move(out));
}

Value values(const Call& call) {
  Value::List out;
  for (const auto& [key, value] : call.map(0)) out.push_back(value);
  return Value::of(std::move(out));
}

/// Of a text its characters, of a list or a map its elements.
Value length(const Call& call) {
  const Value& value = call.at(0);
  if (value.isList()) return Value::of(static_cast<std::int64_t>(value.list().size()));
  if (value.isMap()) return Value::of(static_cast<std::int64_t>(value.map().size()));
  return Value::of(static_cast<std::int64_t>(source::countCharacters(call.text(0))));
}

Value lookup(const Call& call) {
  const Value::Map& map = call.map(0);
  const std::string key = call.text(1);
  if (const auto found = map.find(key); found != map.end()) return found->second;
  if (call.size() == 3) return call.at(2);
  call.refuse("there is no key " + call.shown(Value::of(key)));
}

Value merge(const Call& call) {
  Value::Map out;
  for (std::size_t i = 0; i < call.size(); ++i) {
    if (call.at(i).isNull()) continue;
    for (const auto& [key, value] : call.map(i)) out.insert_or_assign(key, value);
  }
  return Value::of(std::move(out));
}

Value zipmap(const Call& call) {
  const std::vector<std::string> names = call.texts(0);
  const Value::List& list = call.list(1);
  if (names.size() != list.size()) {
    call.refuse("there are " + std::to_string(names.size()) + " keys for " + std::to_string(list.size()) + " values");
  }
  Value::Map out;
  for (std::size_t i = 0; i < names.size(); ++i) out.insert_or_assign(names[i], list[i]);
  return Value::of(std::move(out));
}

/// { a = {"x"} } becomes { x = {"a"} }.
Value transpose(const Call& call) {
  Value::Map out;
  for (const auto& [key, value] : call.map(0)) {
    for (const std::string& each : Call("transpose", {value}, call.around()).texts(0)) {
      Value& list = out.try_emplace(each, Value::of(Value::List())).first->second;
      list.list().push_back(Value::of(key));
    }
  }
  return Value::of(std::move(out));
}

/// The same member of each map of a list: what Terraform writes list[*].member.
Value pluck(const Call& call) {
  const std::string key = call.text(1);
  Value::List out;
  for (const Value& each : call.list(0)) {
    const Value::Map* map = each.isMap() ? &each.map() : nullptr;
    const auto found = map == nullptr ? Value::Map::const_iterator() : map->find(key);
    if (map == nullptr || found == map->end()) call.refuse("an element has no member " + call.shown(Value::of(key)));
    out.push_back(found->second);
  }
  return Value::of(std::move(out));
}

constexpr std::array kFunctions{
    Function{"keys", 1, 1, keys},     Function{"values", 1, 1, values},        Function{"length", 1, 1, length},
    Function{"lookup", 2, 3, lookup}, Function{"merge", 1, kAnyNumber, merge}, Function{"transpose", 1, 1, transpose},
    Function{"zipmap", 2, 2, zipmap}, Function{"pluck", 2, 2, pluck},
};

}  // namespace

std::span<const Function> mapFunctions() { return kFunctions; }

}  // namespace berth::templates
