// SPDX-License-Identifier: Apache-2.0
//
// The functions that an expression may call: plain C++ over Values, in tables. They bear Terraform's names and mean
// what Terraform's mean; docs/expressions.md lists them. None of them may cost more than it is charged for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "planner/template/value.h"

namespace berth::templates {

/// A text that an expression makes may be that long.
inline constexpr std::size_t kMaxTextBytes = std::size_t{4} << 20;
/// A list or map that it makes may have so many elements.
inline constexpr std::size_t kMaxElements = 100'000;

/// Why an evaluation cannot go on. Thrown by functions, and caught where Lua calls them: it never leaves this room.
struct Refusal {
  std::string message;
};

/// What a function may ask of its surroundings.
class Surroundings {
public:
  virtual ~Surroundings() = default;
  /// Takes `steps` off what the evaluation may still cost; a Refusal when that is too much.
  virtual void charge(std::size_t steps) = 0;
  /// Whether what was read so far is sensitive, so that no message may show a value.
  [[nodiscard]] virtual bool isSensitive() const = 0;
  /// The bytes of a file, by its path from the directory of the spec; a Refusal when it cannot be had.
  [[nodiscard]] virtual std::string read(std::string_view path) = 0;
  [[nodiscard]] virtual bool exists(std::string_view path) = 0;
};

/// The arguments of one call. Asking for one as a type that it cannot be made to is a Refusal that says so.
class Call {
public:
  Call(std::string_view name, std::vector<Value> arguments, Surroundings& around)
      : name_(name), arguments_(std::move(arguments)), around_(around) {}

  [[nodiscard]] std::size_t size() const { return arguments_.size(); }
  [[nodiscard]] const Value& at(std::size_t i) const { return arguments_[i]; }
  [[nodiscard]] const std::vector<Value>& all() const { return arguments_; }
  /// Text, or a number or truth as text.
  [[nodiscard]] std::string text(std::size_t i) const;
  /// A number, or text that is one.
  [[nodiscard]] Value number(std::size_t i) const;
  [[nodiscard]] std::int64_t whole(std::size_t i) const;
  /// A whole number between the two.
  [[nodiscard]] std::int64_t whole(std::size_t i, std::int64_t least, std::int64_t most) const;
  [[nodiscard]] bool boolean(std::size_t i) const;
  [[nodiscard]] const Value::List& list(std::size_t i) const;
  /// A map; an empty table is one as well.
  [[nodiscard]] const Value::Map& map(std::size_t i) const;
  /// A list whose elements are all text, numbers or truths.
  [[nodiscard]] std::vector<std::string> texts(std::size_t i) const;

  [[noreturn]] void refuse(const std::string& message) const;
  /// The argument as a message may show it.
  [[nodiscard]] std::string shown(const Value& value) const;
  void charge(std::size_t steps) const { around_.charge(steps); }
  [[nodiscard]] Surroundings& around() const { return around_; }

private:
  [[noreturn]] void expected(std::size_t i, std::string_view what) const;

  std::string_view name_;
  std::vector<Value> arguments_;
  Surroundings& around_;
};

struct Function {
  std::string_view name;
  std::size_t least = 0;
  std::size_t most = 0;
  Value (*run)(const Call& call) = nullptr;
};
inline constexpr std::size_t kAnyNumber = 1000;

// One table for each part of the list in docs/expressions.md.
[[nodiscard]] std::span<const Function> numberFunctions();
[[nodiscard]] std::span<const Function> textFunctions();
[[nodiscard]] std::span<const Function> listFunctions();
[[nodiscard]] std::span<const Function> mapFunctions();
[[nodiscard]] std::span<const Function> encodingFunctions();
[[nodiscard]] std::span<const Function> fileFunctions();
[[nodiscard]] std::span<const Function> digestFunctions();
[[nodiscard]] std::span<const Function> networkFunctions();
[[nodiscard]] std::span<const Function> typeFunctions();

/// Each of the tables above.
[[nodiscard]] std::vector<std::span<const Function>> allFunctions();

}  // namespace berth::templates
