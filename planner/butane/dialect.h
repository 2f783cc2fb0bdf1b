// SPDX-License-Identifier: Apache-2.0
//
// The variants and versions of Butane that there are, and what is particular about each.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "planner/ignition/schema.h"

namespace berth::butane {

enum class Variant { fcos, flatcar, fiot };

struct Dialect {
  std::string_view name;
  /// Normalised: "1.5.0".
  std::string_view version;
  Variant variant;
  /// The second number of the version.
  int minor;
  ignition::SpecVersion target;
  /// What go-yaml's messages put before the names of types: for what all variants have, and for the variant's own.
  std::string_view sharedTypes;
  std::string_view ownTypes;

  [[nodiscard]] bool isFcosSince(int wanted) const { return variant == Variant::fcos && minor >= wanted; }
  [[nodiscard]] bool isSince(ignition::SpecVersion wanted) const { return target >= wanted; }
  /// Whether a text in this dialect may have the field.
  [[nodiscard]] bool knows(const ignition::Field& field) const;
};

/// Why there is no such dialect, as Butane says it.
struct NoDialect {
  std::string reason;
};

/// `variant` and `version` as they stand in the text.
[[nodiscard]] std::variant<const Dialect*, NoDialect> findDialect(std::string_view variant, std::string_view version);

}  // namespace berth::butane
