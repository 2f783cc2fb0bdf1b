// SPDX-License-Identifier: Apache-2.0
#include "planner/template/function.h"

#include <array>

namespace berth::templates {
namespace {

std::string ordinal(std::size_t i) {
  constexpr std::array<std::string_view, 5> kWords{"first", "second", "third", "fourth", "fifth"};
  return i < kWords.size() ? std::string(kWords[i]) : std::to_string(i + 1) + "th";
}

}  // namespace

void Call::refuse(const std::string& message) const { throw Refusal{std::string(name_) + "(): " + message}; }

std::string Call::shown(const Value& value) const {
  return around_.isSensitive() ? "a sensitive value" : templates::shown(value);
}

void Call::expected(std::size_t i, std::string_view what) const {
  refuse("the " + ordinal(i) + " argument should be " + std::string(what) + ", found " +
         std::string(describe(arguments_[i])));
}

std::string Call::text(std::size_t i) const {
  auto text = textOf(arguments_[i]);
  if (!text) expected(i, "text");
  charge(text->size() / 64);
  return *std::move(text);
}

Value Call::number(std::size_t i) const {
  const Value& value = arguments_[i];
  if (value.kind() == Value::Kind::number) return value;
  if (value.isText()) {
    if (auto number = parseNumber(value.text())) return *number;
  }
  expected(i, "a number");
}

std::int64_t Call::whole(std::size_t i) const {
  const Value value = number(i);
  if (!value.isWhole()) expected(i, "a whole number");
  return value.whole();
}

std::int64_t Call::whole(std::size_t i, std::int64_t least, std::int64_t most) const {
  const std::int64_t value = whole(i);
  if (value < least || value > most) {
    refuse("the " + ordinal(i) + " argument should be between " + std::to_string(least) + " and " +
           std::to_string(most) + ", found " + shown(arguments_[i]));
  }
  return value;
}

bool Call::boolean(std::size_t i) const {
  const Value& value = arguments_[i];
  if (value.kind() == Value::Kind::boolean) return value.boolean();
  if (value.isText() && value.text() == "true") return true;
  if (value.isText() && value.text() == "false") return false;
  expected(i, "true or false");
}

const Value::List& Call::list(std::size_t i) const {
  if (!arguments_[i].isList()) expected(i, "a list");
  charge(arguments_[i].list().size());
  return arguments_[i].list();
}

const Value::Map& Call::map(std::size_t i) const {
  static const Value::Map kNone;
  if (arguments_[i].isList() && arguments_[i].list().empty()) return kNone;
  if (!arguments_[i].isMap()) expected(i, "a map");
  charge(arguments_[i].map().size());
  return arguments_[i].map();
}

std::vector<std::string> Call::texts(std::size_t i) const {
  std::vector<std::string> texts;
  for (const Value& each : list(i)) {
    auto text = textOf(each);
    if (!text) {
      refuse("the " + ordinal(i) + " argument should be a list of texts, and " + std::string(describe(each)) +
             " is in it");
    }
    texts.push_back(*std::move(text));
  }
  return texts;
}

std::vector<std::span<const Function>> allFunctions() {
  return {numberFunctions(), textFunctions(),   listFunctions(),    mapFunctions(), encodingFunctions(),
          fileFunctions(),   digestFunctions(), networkFunctions(), typeFunctions()};
}

}  // namespace berth::templates
