// SPDX-License-Identifier: Apache-2.0
//
// Which keys of a text does the schema not know? Such keys are never errors, only warnings: a field of a newer version
// must not stop an older one. The same walk notices where a text holds no mapping although the schema wants one (a
// null, or a YAML alias); below such a place neither keys nor positions can be told.
//
// It is a template over the kind of tree, source::YamlNode or JsonNode: both answer to the same names.
#pragma once

#include <functional>
#include <string>

#include "planner/ignition/finding.h"
#include "planner/ignition/schema.h"

namespace berth::ignition {

template <class Node>
class UnknownKeys {
public:
  /// Whether the version at hand has a field.
  using Knows = std::function<bool(const Field&)>;
  /// How a text of this kind names a field.
  using NameOf = std::string_view (*)(const Field&);
  using MarkOf = std::function<source::Mark(const Node&)>;

  UnknownKeys(Knows knows, NameOf nameOf, MarkOf keyMark, MarkOf valueMark, Findings& findings)
      : knows_(std::move(knows)),
        nameOf_(nameOf),
        keyMark_(std::move(keyMark)),
        valueMark_(std::move(valueMark)),
        findings_(findings) {}

  void walk(const Shape& shape, const Node& node, const std::string& path) {
    if (!node.isMapping()) {
      report(path, valueMark_(node),
             "context tree does not match content tree at " + path +
                 ". Line and column reporting may be inconsistent. Unused keys may not be reported");
      return;
    }
    for (std::size_t i = 0; i < node.size(); ++i) {
      const Node& key = node.key(i);
      if (fieldOf(shape, key.text()) == nullptr) reportUnused(key, path);
    }
    for (const Field& field : shape.fields) {
      if (field.shape == nullptr || !knows_(field)) continue;
      const Node* value = valueOf(node, nameOf_(field));
      if (value == nullptr) continue;
      std::string below = path + "." + std::string(nameOf_(field));
      if (field.type == Type::object) {
        walk(*field.shape, *value, below);
      } else if (value->isSequence()) {
        walkList(*field.shape, *value, below);
      }
    }
  }

private:
  // What was read has no null elements any more, but the text does: the last places of the text stay unlooked at.
  void walkList(const Shape& shape, const Node& list, const std::string& path) {
    std::size_t read = 0;
    for (const Node* each : list.items()) read += dropsNulls && each->resolved().isNull() ? 0 : 1;
    for (std::size_t i = 0; i < read; ++i) walk(shape, *list.items()[i], path + "." + std::to_string(i));
  }

  const Field* fieldOf(const Shape& shape, std::string_view key) const {
    for (const Field& field : shape.fields) {
      if (nameOf_(field) == key && knows_(field)) return &field;
    }
    return nullptr;
  }

  const Node* valueOf(const Node& mapping, std::string_view key) const {
    const Node* found = nullptr;
    for (std::size_t i = 0; i < mapping.size(); ++i) {
      if (mapping.key(i).resolved().text() == key) found = &mapping.value(i);
    }
    return found;
  }

  void reportUnused(const Node& key, const std::string& path) {
    report(path + "." + key.text(), keyMark_(key), "unused key " + key.text());
  }

  void report(std::string path, source::Mark where, std::string message) {
    findings_.push_back({source::Severity::warning, std::move(path), std::move(where), std::move(message)});
  }

  /// YAML's reader leaves null elements out, JSON's keeps them as empty ones.
  static constexpr bool dropsNulls = requires(const Node& node) { node.style(); };

  Knows knows_;
  NameOf nameOf_;
  MarkOf keyMark_;
  MarkOf valueMark_;
  Findings& findings_;
};

/// The node that `path` ("$.storage.files.0") leads to, or the last one on the way that exists. An alias is a leaf.
template <class Node>
[[nodiscard]] const Node& locate(const Node& root, std::string_view path) {
  const Node* node = &root;
  std::size_t at = path.starts_with('$') ? 1 : 0;
  while (at < path.size()) {
    if (path[at] == '.') ++at;
    std::size_t end = path.find('.', at);
    std::string_view segment = path.substr(at, end - at);
    at = end == std::string_view::npos ? path.size() : end;
    const Node* below = nullptr;
    if (node->isMapping()) {
      for (std::size_t i = 0; i < node->size(); ++i) {
        if (node->key(i).text() == segment) below = &node->value(i);
      }
    } else if (node->isSequence()) {
      std::size_t index = 0;
      for (char digit : segment) {
        bool isIndex = digit >= '0' && digit <= '9' && index < node->items().size();
        index = isIndex ? index * 10 + static_cast<std::size_t>(digit - '0') : node->items().size();
      }
      if (!segment.empty() && index < node->items().size()) below = node->items()[index];
    }
    if (below == nullptr) break;
    node = below;
  }
  return *node;
}

}  // namespace berth::ignition
