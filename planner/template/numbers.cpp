// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "planner/template/function.h"

namespace berth::templates {
namespace {

Value finite(const Call& call, double number) {
  if (!std::isfinite(number)) call.refuse("the result is no number");
  return Value::of(number);
}

Value absolute(const Call& call) {
  const Value value = call.number(0);
  if (!value.isWhole()) return Value::of(std::abs(value.number()));
  if (value.whole() == std::numeric_limits<std::int64_t>::min()) return Value::of(std::abs(value.number()));
  return Value::of(value.whole() < 0 ? -value.whole() : value.whole());
}

Value ceiling(const Call& call) {
  const Value value = call.number(0);
  return value.isWhole() ? value : Value::of(std::ceil(value.number()));
}

Value floorOf(const Call& call) {
  const Value value = call.number(0);
  return value.isWhole() ? value : Value::of(std::floor(value.number()));
}

Value logarithm(const Call& call) {
  const double base = call.number(1).number();
  return finite(call, std::log(call.number(0).number()) / std::log(base));
}

Value largest(const Call& call) {
  Value most = call.number(0);
  for (std::size_t i = 1; i < call.size(); ++i) {
    const Value each = call.number(i);
    if (most.before(each)) most = each;
  }
  return most;
}

Value smallest(const Call& call) {
  Value least = call.number(0);
  for (std::size_t i = 1; i < call.size(); ++i) {
    const Value each = call.number(i);
    if (each.before(least)) least = each;
  }
  return least;
}

Value power(const Call& call) { return finite(call, std::pow(call.number(0).number(), call.number(1).number())); }

Value signum(const Call& call) {
  const double number = call.number(0).number();
  return Value::of(std::int64_t{number > 0 ? 1 : number < 0 ? -1 : 0});
}

Value parseint(const Call& call) {
  const std::string text = call.text(0);
  const auto base = static_cast<int>(call.whole(1, 2, 36));
  std::string_view digits = text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (failure != std::errc() || end != digits.data() + digits.size()) {
    call.refuse(call.shown(call.at(0)) + " is no whole number of base " + std::to_string(base));
  }
  return Value::of(number);
}

Value sum(const Call& call) {
  const Value::List& list = call.list(0);
  if (list.empty()) call.refuse("the list is empty");
  std::int64_t whole = 0;
  double total = 0;
  bool isWhole = true;
  for (const Value& each : list) {
    const Value number = Call("sum", {each}, call.around()).number(0);
    total += number.number();
    isWhole = isWhole && number.isWhole() && !__builtin_add_overflow(whole, number.whole(), &whole);
  }
  return isWhole ? Value::of(whole) : finite(call, total);
}

constexpr std::array kFunctions{
    Function{"abs", 1, 1, absolute},  Function{"ceil", 1, 1, ceiling},         Function{"floor", 1, 1, floorOf},
    Function{"log", 2, 2, logarithm}, Function{"max", 1, kAnyNumber, largest}, Function{"min", 1, kAnyNumber, smallest},
    Function{"pow", 2, 2, power},     Function{"signum", 1, 1, signum},        Function{"parseint", 2, 2, parseint},
    Function{"sum", 1, 1, sum},
};

}  // namespace

std::span<const Function> numberFunctions() { return kFunctions; }

}  // namespace berth::templates
