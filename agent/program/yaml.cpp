// SPDX-License-Identifier: Apache-2.0
#include "agent/program/yaml.h"

#include <algorithm>
#include <optional>

#include <yaml.h>

namespace berth::program {
namespace {

/// One YAML document; libyaml's handle lives as long as this.
class Document {
public:
  explicit Document(std::string_view text) {
    yaml_parser_t parser;
    if (yaml_parser_initialize(&parser) == 0) return;
    yaml_parser_set_input_string(&parser, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    loaded_ = yaml_parser_load(&parser, &document_) != 0;
    if (!loaded_) {
      line_ = parser.problem_mark.line + 1;
      problem_ = parser.problem != nullptr ? parser.problem : "not YAML";
    }
    yaml_parser_delete(&parser);
  }
  ~Document() {
    if (loaded_) yaml_document_delete(&document_);
  }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  [[nodiscard]] std::optional<YamlError> problem() const {
    if (loaded_) return std::nullopt;
    return YamlError{line_, problem_};
  }
  [[nodiscard]] const yaml_node_t* root() { return yaml_document_get_root_node(&document_); }
  [[nodiscard]] const yaml_node_t* node(int index) { return yaml_document_get_node(&document_, index); }

private:
  yaml_document_t document_{};
  bool loaded_ = false;
  std::size_t line_ = 0;
  std::string problem_ = "out of memory";
};

std::size_t lineOf(const yaml_node_t& node) { return node.start_mark.line + 1; }

std::optional<std::string> word(const yaml_node_t* node) {
  if (node == nullptr || node->type != YAML_SCALAR_NODE) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(node->data.scalar.value), node->data.scalar.length);
}

std::variant<YamlValue, YamlError> read(Document& document, const yaml_node_t& node) {
  YamlValue read{lineOf(node), {}};
  if (node.type == YAML_SEQUENCE_NODE) {
    YamlValue::List list;
    for (const auto* item = node.data.sequence.items.start; item < node.data.sequence.items.top; ++item) {
      auto text = word(document.node(*item));
      if (!text) return YamlError{read.line, "a list may hold only words"};
      list.push_back(std::move(*text));
    }
    read.value = std::move(list);
  } else if (node.type == YAML_MAPPING_NODE) {
    YamlValue::Mapping mapping;
    for (const auto* pair = node.data.mapping.pairs.start; pair < node.data.mapping.pairs.top; ++pair) {
      auto key = word(document.node(pair->key));
      auto value = word(document.node(pair->value));
      if (!key || !value) return YamlError{read.line, "a mapping may hold only words"};
      if (!mapping.emplace(*key, std::move(*value)).second)
        return YamlError{read.line, "'" + *key + "' is there twice"};
    }
    read.value = std::move(mapping);
  } else {
    read.value = word(&node).value_or("");
  }
  return read;
}

}  // namespace

std::variant<YamlMapping, YamlError> parseYaml(std::string_view text) {
  Document document(text);
  if (auto problem = document.problem()) return *problem;
  YamlMapping mapping;
  const auto* root = document.root();
  if (root == nullptr) return mapping;
  if (root->type != YAML_MAPPING_NODE) return YamlError{lineOf(*root), "expected `key: value` lines"};
  for (const auto* pair = root->data.mapping.pairs.start; pair < root->data.mapping.pairs.top; ++pair) {
    const auto* keyNode = document.node(pair->key);
    auto key = word(keyNode);
    if (!key) return YamlError{lineOf(*keyNode), "a key is a word"};
    const bool twice =
        std::any_of(mapping.begin(), mapping.end(), [&](const auto& entry) { return entry.first == *key; });
    if (twice) return YamlError{lineOf(*keyNode), "'" + *key + "' is there twice"};
    auto value = read(document, *document.node(pair->value));
    if (auto* error = std::get_if<YamlError>(&value)) return *error;
    mapping.emplace_back(std::move(*key), std::move(std::get<YamlValue>(value)));
  }
  return mapping;
}

}  // namespace berth::program
