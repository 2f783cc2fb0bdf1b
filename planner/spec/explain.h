// SPDX-License-Identifier: Apache-2.0
//
// What a field of the spec means, by the way to it, as `berth explain` shows it: "pools.server.update", with any name
// for what users name themselves, or without one: "pools.count".
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "planner/spec/schema.h"

namespace berth::spec {

/// One line for each field below, or for those below them as well.
enum class Depth { fields, everything };

struct NoSuchField {
  /// "nothing is known as \"cuont\" in pools.NAME"
  std::string message;
  /// The way out.
  std::string hint;
};

/// An empty path stands for the whole spec.
[[nodiscard]] std::variant<std::string, NoSuchField> explain(std::string_view path, Depth depth);

}  // namespace berth::spec
