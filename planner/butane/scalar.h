// SPDX-License-Identifier: Apache-2.0
//
// What a YAML scalar means to go-yaml, whose rules Butane's users rely on without knowing: YAML 1.2 for the most part,
// 1.1's octal numbers and words for truth where a number or a truth is wanted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "planner/source/yaml.h"

namespace berth::butane {

struct Scalar {
  /// The short tag that messages name: "!!int".
  std::string_view tag;
  /// Of !!int; nothing when it does not fit.
  std::optional<std::int64_t> integer;
  /// Of !!float.
  double floating = 0;
  /// Of !!bool.
  bool truth = false;
  /// Of !!binary: what the text stands for.
  std::string bytes = {};
};

/// Why a text is not what its explicit tag says; that ends all reading.
struct Misfit {
  std::string reason;
};

/// `node` must be a scalar.
[[nodiscard]] std::variant<Scalar, Misfit> resolve(const source::YamlNode& node);

/// The tag of any node in the short form of messages: the one that was written, else what its kind or text says.
[[nodiscard]] std::string shortTagOf(const source::YamlNode& node);

/// A number where one is wanted: a float is cut off. Nothing when it is none.
[[nodiscard]] std::optional<std::int64_t> asInteger(const Scalar& scalar);
/// A truth where one is wanted: also yes, no, on, off, y and n, whether quoted or not.
[[nodiscard]] std::optional<bool> asBoolean(const Scalar& scalar, std::string_view text);

}  // namespace berth::butane
