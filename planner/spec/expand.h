// SPDX-License-Identifier: Apache-2.0
//
// Puts in place of the expressions of a spec what they are worth, before anything looks at its fields: the checker, the
// binder and the rules see a tree without them. What names `node` has to wait; it stays as text, and is remembered.
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "planner/source/diagnostic.h"
#include "planner/source/yaml_tree.h"
#include "planner/spec/model.h"
#include "planner/template/interpreter.h"
#include "planner/template/places.h"

namespace berth::spec {

/// The scalars of a tree that wait for a node.
using Waiting = std::unordered_map<const source::YamlNode*, NodeText>;

/// A value as a node of YAML: text in quotes, so that it is never taken for anything else.
[[nodiscard]] const source::YamlNode& nodeOf(const templates::Value& value, const source::Mark& mark,
                                             source::YamlTree& tree);

class Expansion {
public:
  Expansion(templates::Interpreter& interpreter, const templates::Places& places, std::uint32_t piece,
            source::YamlTree& tree, source::Findings& findings)
      : interpreter_(interpreter), places_(places), piece_(piece), tree_(tree), findings_(findings) {}

  /// The copy of `root` in the tree. `cluster:` is worked out first, for the others to name.
  [[nodiscard]] const source::YamlNode& expand(const source::YamlNode& root);

  Waiting waiting;
  /// Which variables stand behind a value, by its place.
  VariableUses uses;

private:
  const source::YamlNode* replace(const source::YamlNode& scalar, const source::YamlPath& path);
  const source::YamlNode* wait(const source::YamlNode& scalar, const templates::Compiled& compiled);
  const source::YamlNode* unknown(const source::YamlNode& scalar);

  templates::Interpreter& interpreter_;
  const templates::Places& places_;
  const std::uint32_t piece_;
  source::YamlTree& tree_;
  source::Findings& findings_;
};

}  // namespace berth::spec
