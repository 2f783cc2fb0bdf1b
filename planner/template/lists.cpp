// SPDX-License-Identifier: Apache-2.0
//
// Functions count elements from 0, as Terraform does; list[1] is the first one, as Lua has it.
#include <algorithm>
#include <array>
#include <set>

#include "planner/template/function.h"

namespace berth::templates {
namespace {

struct Before {
  bool operator()(const Value& left, const Value& right) const { return left.before(right); }
};
using Set = std::set<Value, Before>;

void fits(const Call& call, std::size_t elements) {
  call.charge(elements);
  if (elements > kMaxElements) {
    call.refuse("the list would have more than " + std::to_string(kMaxElements) + " elements");
  }
}

Value listOf(const Set& set) { return Value::of(Value::List(set.begin(), set.end())); }

Value chunklist(const Call& call) {
  const Value::List& list = call.list(0);
  const auto size = static_cast<std::size_t>(call.whole(1, 0, static_cast<std::int64_t>(kMaxElements)));
  Value::List out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (out.empty() || (size != 0 && i % size == 0)) out.push_back(Value::of(Value::List()));
    out.back().list().push_back(list[i]);
  }
  return Value::of(std::move(out));
}

Value coalesce(const Call& call) {
  for (const Value& each : call.all()) {
    if (!each.isNull() && !(each.isText() && each.text().empty())) return each;
  }
  call.refuse("all values are empty");
}

Value coalescelist(const Call& call) {
  for (std::size_t i = 0; i < call.size(); ++i) {
    if (!call.at(i).isNull() && !call.list(i).empty()) return call.at(i);
  }
  call.refuse("all lists are empty");
}

Value compact(const Call& call) {
  Value::List out;
  for (std::string& each : call.texts(0)) {
    if (!each.empty()) out.push_back(Value::of(std::move(each)));
  }
  return Value::of(std::move(out));
}

Value concat(const Call& call) {
  Value::List out;
  for (std::size_t i = 0; i < call.size(); ++i) {
    const Value::List& list = call.list(i);
    fits(call, out.size() + list.size());
    out.insert(out.end(), list.begin(), list.end());
  }
  return Value::of(std::move(out));
}

Value contains(const Call& call) {
  return Value::of(std::ranges::find(call.list(0), call.at(1)) != call.list(0).end());
}

Value distinct(const Call& call) {
  Set seen;
  Value::List out;
  for (const Value& each : call.list(0)) {
    if (seen.insert(each).second) out.push_back(each);
  }
  return Value::of(std::move(out));
}

/// Goes round: the element after the last one is the first.
Value element(const Call& call) {
  const Value::List& list = call.list(0);
  if (list.empty()) call.refuse("the list is empty");
  const auto length = static_cast<std::int64_t>(list.size());
  const std::int64_t index = call.whole(1) % length;
  return list[static_cast<std::size_t>(index < 0 ? index + length : index)];
}

void flattenInto(const Call& call, const Value::List& list, Value::List& out) {
  for (const Value& each : list) {
    if (each.isList()) {
      flattenInto(call, each.list(), out);
    } else {
      out.push_back(each);
    }
  }
  fits(call, out.size());
}

Value flatten(const Call& call) {
  Value::List out;
  flattenInto(call, call.list(0), out);
  return Value::of(std::move(out));
}

Value index(const Call& call) {
  const Value::List& list = call.list(0);
  const auto found = std::ranges::find(list, call.at(1));
  if (found == list.end()) call.refuse(call.shown(call.at(1)) + " is not in the list");
  return Value::of(static_cast<std::int64_t>(found - list.begin()));
}

Value one(const Call& call) {
  const Value::List& list = call.list(0);
  if (list.size() > 1) call.refuse("the list has " + std::to_string(list.size()) + " elements, not one or none");
  return list.empty() ? Value() : list.front();
}

/// range(limit), range(start, limit) or range(start, limit, step)
Value range(const Call& call) {
  const std::int64_t start = call.size() == 1 ? 0 : call.whole(0);
  const std::int64_t limit = call.size() == 1 ? call.whole(0) : call.whole(1);
  const std::int64_t step = call.size() == 3 ? call.whole(2) : start <= limit ? 1 : -1;
  if (step == 0 || (step > 0 && start > limit) || (step < 0 && start < limit)) {
    call.refuse("with this step the limit is never reached");
  }
  Value::List out;
  std::int64_t each = start;
  while (step > 0 ? each < limit : each > limit) {
    out.push_back(Value::of(each));
    if (out.size() > kMaxElements) fits(call, out.size());
    if (__builtin_add_overflow(each, step, &each)) break;
  }
  fits(call, out.size());
  return Value::of(std::move(out));
}

Value reverse(const Call& call) {
  Value::List out = call.list(0);
  std::ranges::reverse(out);
  return Value::of(std::move(out));
}

Value setunion(const Call& call) {
  Set out;
  for (std::size_t i = 0; i < call.size(); ++i) out.insert(call.list(i).begin(), call.list(i).end());
  return listOf(out);
}

Value setintersection(const Call& call) {
  Set out(call.list(0).begin(), call.list(0).end());
  for (std::size_t i = 1; i < call.size(); ++i) {
    const Set other(call.list(i).begin(), call.list(i).end());
    std::erase_if(out, [&](const Value& each) { return !other.contains(each); });
  }
  return listOf(out);
}

Value setsubtract(const Call& call) {
  Set out(call.list(0).begin(), call.list(0).end());
  for (const Value& each : call.list(1)) out.erase(each);
  return listOf(out);
}

Value slice(const Call& call) {
  const Value::List& list = call.list(0);
  const auto length = static_cast<std::int64_t>(list.size());
  const std::int64_t from = call.whole(1, 0, length);
  const std::int64_t to = call.whole(2, from, length);
  return Value::of(Value::List(list.begin() + from, list.begin() + to));
}

Value sortTexts(const Call& call) {
  std::vector<std::string> texts = call.texts(0);
  std::ranges::sort(texts);
  Value::List out;
  for (std::string& each : texts) out.push_back(Value::of(std::move(each)));
  return Value::of(std::move(out));
}

Value alltrue(const Call& call) {
  return Value::of(std::ranges::all_of(
      call.list(0), [&](const Value& each) { return Call("alltrue", {each}, call.around()).boolean(0); }));
}

Value anytrue(const Call& call) {
  return Value::of(std::ranges::any_of(
      call.list(0), [&](const Value& each) { return Call("anytrue", {each}, call.around()).boolean(0); }));
}

constexpr std::array kFunctions{
    Function{"alltrue", 1, 1, alltrue},
    Function{"anytrue", 1, 1, anytrue},
    Function{"chunklist", 2, 2, chunklist},
    Function{"coalesce", 1, kAnyNumber, coalesce},
    Function{"coalescelist", 1, kAnyNumber, coalescelist},
    Function{"compact", 1, 1, compact},
    Function{"concat", 1, kAnyNumber, concat},
    Function{"contains", 2, 2, contains},
    Function{"distinct", 1, 1, distinct},
    Function{"element", 2, 2, element},
    Function{"flatten", 1, 1, flatten},
    Function{"index", 2, 2, index},
    Function{"one", 1, 1, one},
    Function{"range", 1, 3, range},
    Function{"reverse", 1, 1, reverse},
    Function{"setintersection", 1, kAnyNumber, setintersection},
    Function{"setsubtract", 2, 2, setsubtract},
    Function{"setunion", 1, kAnyNumber, setunion},
    Function{"slice", 3, 3, slice},
    Function{"sort", 1, 1, sortTexts},
};

}  // namespace

std::span<const Function> listFunctions() { return kFunctions; }

}  // namespace berth::templates
