// SPDX-License-Identifier: Apache-2.0
//
// A tree of YAML that no single text has: a copy of another one in which some scalars stand for something else. Every
// node still knows where a person wrote it.
//
//   YamlTree tree;
//   const YamlNode& root = tree.copy(*document.root(), [&](const YamlNode& scalar, const YamlPath&) -> const YamlNode*
//   {
//     return scalar.text() == "x" ? &tree.scalar(scalar.mark(), "y", YamlNode::Style::plain) : nullptr;
//   });
#pragma once

#include <deque>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "planner/source/yaml.h"

namespace berth::source {

/// The keys that lead to a value, from the outermost; an element of a list adds "".
using YamlPath = std::vector<std::string_view>;

class YamlTree {
public:
  YamlTree() = default;
  YamlTree(const YamlTree&) = delete;
  YamlTree& operator=(const YamlTree&) = delete;

  [[nodiscard]] YamlNode& scalar(const Mark& mark, std::string text, YamlNode::Style style);
  [[nodiscard]] YamlNode& sequence(const Mark& mark);
  [[nodiscard]] YamlNode& mapping(const Mark& mark);
  void add(YamlNode& sequence, const YamlNode& item);
  void add(YamlNode& mapping, const YamlNode& key, const YamlNode& value);
  void setState(YamlNode& node, YamlNode::State state, std::uint32_t piece);

  /// What takes the place of a scalar; null leaves it as it is. Keys are never asked for.
  using Replace = std::function<const YamlNode*(const YamlNode& scalar, const YamlPath& path)>;
  /// A copy of `from`, aliases included.
  [[nodiscard]] const YamlNode& copy(const YamlNode& from, const Replace& replace);
  /// A copy of a scalar, which may then be given a state.
  [[nodiscard]] YamlNode& copyScalar(const YamlNode& from);

private:
  [[nodiscard]] YamlNode& make(const Mark& mark, YamlNode::Kind kind);
  [[nodiscard]] YamlNode& shell(const YamlNode& from);
  const YamlNode* copyInto(const YamlNode& from, const Replace& replace, YamlPath& path);

  std::set<std::string> files_;
  std::deque<YamlNode> nodes_;
  /// What has been copied, so that aliases lead to copies.
  std::unordered_map<const YamlNode*, const YamlNode*> copies_;
};

}  // namespace berth::source
