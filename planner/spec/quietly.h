// SPDX-License-Identifier: Apache-2.0
//
// For the binders: values of a tree that has been checked. What was found wrong there is nothing here, silently.
//
//   if (const auto count = number(at(pool, "count"), 0, 1000)) use(count->value, count->mark);
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "planner/source/yaml.h"
#include "planner/spec/scalar.h"
#include "words/quantity.h"

namespace berth::spec {

/// What an expression should have said, and could not; or nothing at all.
[[nodiscard]] bool isUnknown(const source::YamlNode* node);

/// `read` of the node, or nothing where it finds something wrong.
template <class Reader>
auto quietly(const source::YamlNode* node, Reader read) -> decltype(read(*node, std::declval<source::Findings&>())) {
  source::Findings ignored;
  if (isUnknown(node)) return {};
  auto value = read(*node, ignored);
  if (!ignored.empty()) return {};
  return value;
}

/// The value of a key; null where there is none.
[[nodiscard]] const source::YamlNode* at(const source::YamlNode* mapping, std::string_view key);
/// The values of a list, or the one that stands there without a list.
[[nodiscard]] std::vector<const source::YamlNode*> itemsOf(const source::YamlNode* node);
[[nodiscard]] Read<std::string> text(const source::YamlNode* node);
[[nodiscard]] Read<std::int64_t> number(const source::YamlNode* node, std::int64_t least, std::int64_t most);
[[nodiscard]] source::Located<Bytes> bytes(const source::YamlNode* node);
[[nodiscard]] std::optional<std::chrono::seconds> seconds(const source::YamlNode* node);

}  // namespace berth::spec
