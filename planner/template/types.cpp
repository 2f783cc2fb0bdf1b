// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "planner/template/function.h"

namespace berth::templates {
namespace {

Value tobool(const Call& call) { return call.at(0).isNull() ? Value() : Value::of(call.boolean(0)); }
Value tonumber(const Call& call) { return call.at(0).isNull() ? Value() : call.number(0); }
Value tostring(const Call& call) { return call.at(0).isNull() ? Value() : Value::of(call.text(0)); }
Value tolist(const Call& call) { return Value::of(call.list(0)); }
Value tomap(const Call& call) { return Value::of(call.map(0)); }

Value toset(const Call& call) {
  Value::List out = call.list(0);
  std::ranges::sort(out, [](const Value& left, const Value& right) { return left.before(right); });
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return Value::of(std::move(out));
}

Value type(const Call& call) {
  switch (call.at(0).kind()) {
    case Value::Kind::null: return Value::of(std::string("null"));
    case Value::Kind::boolean: return Value::of(std::string("bool"));
    case Value::Kind::number: return Value::of(std::string("number"));
    case Value::Kind::text: return Value::of(std::string("string"));
    case Value::Kind::list: return Value::of(std::string("list"));
    case Value::Kind::map: return Value::of(std::string("map"));
  }
  return {};
}

constexpr std::array kFunctions{
    Function{"tobool", 1, 1, tobool}, Function{"tolist", 1, 1, tolist},     Function{"tomap", 1, 1, tomap},
    Function{"toset", 1, 1, toset},   Function{"tonumber", 1, 1, tonumber}, Function{"tostring", 1, 1, tostring},
    Function{"type", 1, 1, type},
};

}  // namespace

std::span<const Function> typeFunctions() { return kFunctions; }

}  // namespace berth::templates
