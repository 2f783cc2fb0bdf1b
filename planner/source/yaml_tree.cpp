// SPDX-License-Identifier: Apache-2.0
#include "planner/source/yaml_tree.h"

namespace berth::source {

YamlNode& YamlTree::make(const Mark& mark, YamlNode::Kind kind) {
  YamlNode& node = nodes_.emplace_back();
  node.kind_ = kind;
  node.file_ = &*files_.insert(mark.file).first;
  node.line_ = mark.line;
  node.column_ = mark.column;
  node.length_ = mark.length;
  return node;
}

/// The same node without what is in it.
YamlNode& YamlTree::shell(const YamlNode& from) {
  YamlNode& node = make(from.mark(), from.kind_);
  node.style_ = from.style_;
  node.circular_ = from.circular_;
  node.state_ = from.state_;
  node.piece_ = from.piece_;
  node.text_ = from.text_;
  if (from.properties_) node.properties_ = std::make_unique<YamlNode::Properties>(*from.properties_);
  return node;
}

YamlNode& YamlTree::scalar(const Mark& mark, std::string text, YamlNode::Style style) {
  YamlNode& node = make(mark, YamlNode::Kind::scalar);
  node.text_ = std::move(text);
  node.style_ = style;
  return node;
}

YamlNode& YamlTree::sequence(const Mark& mark) { return make(mark, YamlNode::Kind::sequence); }
YamlNode& YamlTree::mapping(const Mark& mark) { return make(mark, YamlNode::Kind::mapping); }

void YamlTree::add(YamlNode& sequence, const YamlNode& item) { sequence.children_.push_back(&item); }

void YamlTree::add(YamlNode& mapping, const YamlNode& key, const YamlNode& value) {
  mapping.children_.push_back(&key);
  mapping.children_.push_back(&value);
}

void YamlTree::setState(YamlNode& node, YamlNode::State state, std::uint32_t piece) {
  node.state_ = state;
  node.piece_ = piece;
}

YamlNode& YamlTree::copyScalar(const YamlNode& from) { return shell(from); }

const YamlNode& YamlTree::copy(const YamlNode& from, const Replace& replace) {
  YamlPath path;
  return *copyInto(from, replace, path);
}

const YamlNode* YamlTree::copyInto(const YamlNode& from, const Replace& replace, YamlPath& path) {
  if (const auto known = copies_.find(&from); known != copies_.end()) return known->second;
  if (from.isScalar()) {
    const YamlNode* instead = replace ? replace(from, path) : nullptr;
    if (instead == nullptr) instead = &shell(from);
    copies_.emplace(&from, instead);
    return instead;
  }
  YamlNode& node = shell(from);
  copies_.emplace(&from, &node);
  if (from.isAlias()) {
    node.target_ = copyInto(from.resolved(), replace, path);
    return &node;
  }
  node.children_.reserve(from.children_.size());
  for (std::size_t i = 0; i < from.children_.size(); ++i) {
    const YamlNode& child = *from.children_[i];
    const bool isKey = from.isMapping() && i % 2 == 0;
    if (isKey) {
      node.children_.push_back(copyInto(child, {}, path));
      continue;
    }
    path.push_back(from.isMapping() ? std::string_view(from.children_[i - 1]->resolved().text()) : std::string_view());
    node.children_.push_back(copyInto(child, replace, path));
    path.pop_back();
  }
  return &node;
}

}  // namespace berth::source
