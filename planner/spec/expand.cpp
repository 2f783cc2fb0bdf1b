// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/expand.h"

#include <algorithm>
#include <array>

#include "planner/template/scan.h"

namespace berth::spec {

using source::error;
using source::YamlNode;
using source::YamlPath;
using source::YamlTree;
using templates::Value;

namespace {

/// These hold expressions that have a meaning of their own; who reads the blocks evaluates them.
constexpr std::array<std::string_view, 2> kOwn{"variables", "include"};

/// Stands for whichever node there will be, so that mistakes are found before any node is.
templates::Node sampleOf(const templates::Scope& scope) {
  return {.name = (scope.cluster.empty() ? "cluster" : scope.cluster) + "-pool-0",
          .pool = "pool",
          .index = 0,
          .address = "192.0.2.1",
          .mac = "52:00:00:00:00:00",
          .cluster = scope.cluster,
          .meta = {}};
}

}  // namespace

const YamlNode& nodeOf(const Value& value, const source::Mark& mark, YamlTree& tree) {
  switch (value.kind()) {
    case Value::Kind::null: return tree.scalar(mark, "null", YamlNode::Style::plain);
    case Value::Kind::boolean:
    case Value::Kind::number: return tree.scalar(mark, templates::textOf(value).value_or(""), YamlNode::Style::plain);
    case Value::Kind::text: return tree.scalar(mark, value.text(), YamlNode::Style::doubleQuoted);
    case Value::Kind::list: {
      YamlNode& list = tree.sequence(mark);
      for (const Value& each : value.list()) tree.add(list, nodeOf(each, mark, tree));
      return list;
    }
    case Value::Kind::map: {
      YamlNode& map = tree.mapping(mark);
      for (const auto& [key, each] : value.map()) {
        tree.add(map, tree.scalar(mark, key, YamlNode::Style::doubleQuoted), nodeOf(each, mark, tree));
      }
      return map;
    }
  }
  return tree.scalar(mark, "null", YamlNode::Style::plain);
}

const YamlNode& Expansion::expand(const YamlNode& root) {
  const auto replaceEach = [this](const YamlNode& scalar, const YamlPath& path) { return replace(scalar, path); };
  if (root.resolved().isMapping()) {
    const YamlNode* cluster = root.resolved().find("cluster");
    // What was copied once is not copied again.
    if (cluster != nullptr && cluster->resolved().isScalar()) {
      const YamlNode& name = tree_.copy(*cluster, replaceEach).resolved();
      if (name.isScalar() && name.state() == YamlNode::State::settled) interpreter_.setCluster(name.text());
    }
  }
  return tree_.copy(root, replaceEach);
}

const YamlNode* Expansion::replace(const YamlNode& scalar, const YamlPath& path) {
  if (!templates::mayHold(scalar.text())) return nullptr;
  if (!path.empty() && std::ranges::find(kOwn, path.front()) != kOwn.end()) return nullptr;
  const auto compiled = interpreter_.compile(scalar.text(), places_.of(scalar), findings_);
  if (!compiled) return unknown(scalar);
  if (!compiled->variables().empty()) {
    auto& names = uses[scalar.mark()];
    for (const std::string& each : compiled->variables()) names.insert({piece_, each});
  }
  if (compiled->reach() == templates::Reach::perNode || compiled->needsPools()) return wait(scalar, *compiled);
  const auto result = interpreter_.evaluate(*compiled, nullptr, findings_);
  if (!result) return unknown(scalar);
  if (result->sensitivity == templates::Sensitivity::sensitive) {
    findings_.push_back(error(compiled->marks().empty() ? scalar.mark() : compiled->marks().front(),
                              "a sensitive value cannot stand here: what the spec says is shown by plan and get",
                              "use it in a Butane file, or nonsensitive() if it gives nothing away"));
    return unknown(scalar);
  }
  return &nodeOf(result->value, scalar.mark(), tree_);
}

const YamlNode* Expansion::wait(const YamlNode& scalar, const templates::Compiled& compiled) {
  NodeText text{scalar.text(), compiled.marks(), compiled.nodeMembers(), std::nullopt, piece_};
  // Nothing can be tried that needs nodes which are not there yet.
  const bool needsOthers = compiled.needsPools() || text.members.contains("meta") || text.members.contains("");
  if (!needsOthers) {
    const templates::Node sample = sampleOf(interpreter_.scope());
    const auto result = interpreter_.evaluate(compiled, &sample, findings_);
    if (!result) return unknown(scalar);
    if (auto tried = templates::textOf(result->value)) text.sample = *std::move(tried);
  }
  YamlNode& kept = tree_.copyScalar(scalar);
  tree_.setState(kept, YamlNode::State::perNode, piece_);
  waiting.emplace(&kept, std::move(text));
  return &kept;
}

const YamlNode* Expansion::unknown(const YamlNode& scalar) {
  YamlNode& kept = tree_.copyScalar(scalar);
  tree_.setState(kept, YamlNode::State::unknown, piece_);
  return &kept;
}

}  // namespace berth::spec
