// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/quietly.h"

#include <limits>

#include "planner/source/reader.h"

namespace berth::spec {

using source::Findings;
using source::YamlNode;

namespace {

/// Accepts every number: the checker has already said which are out of range.
constexpr Shape kAnyNumber{.type = Type::integer, .most = std::numeric_limits<std::int64_t>::max()};

}  // namespace

bool isUnknown(const YamlNode* node) { return node == nullptr || node->resolved().state() == YamlNode::State::unknown; }

const YamlNode* at(const YamlNode* mapping, std::string_view key) {
  if (mapping == nullptr || !mapping->resolved().isMapping()) return nullptr;
  const YamlNode* value = mapping->resolved().find(key);
  return isUnknown(value) || value->resolved().isNull() ? nullptr : value;
}

std::vector<const YamlNode*> itemsOf(const YamlNode* node) {
  if (node == nullptr) return {};
  if (!node->resolved().isSequence()) return {node};
  return quietly(node, source::readItems);
}

Read<std::string> text(const YamlNode* node) { return quietly(node, source::readText); }

Read<std::int64_t> number(const YamlNode* node, std::int64_t least, std::int64_t most) {
  Shape shape = kAnyNumber;
  shape.least = least;
  shape.most = most;
  return quietly(node, [&](const YamlNode& value, Findings& findings) { return readNumber(value, shape, findings); });
}

source::Located<Bytes> bytes(const YamlNode* node) {
  return quietly(node, [](const YamlNode& value, Findings& findings) { return readBytes(value, kAnyNumber, findings); })
      .value_or(source::Located<Bytes>());
}

std::optional<std::chrono::seconds> seconds(const YamlNode* node) {
  const auto duration = quietly(
      node, [](const YamlNode& value, Findings& findings) { return readDuration(value, kAnyNumber, findings); });
  return duration ? std::optional(duration->value) : std::nullopt;
}

}  // namespace berth::spec
