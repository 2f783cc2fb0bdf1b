// SPDX-License-Identifier: Apache-2.0
#include "planner/source/reader.h"

#include <algorithm>
#include <charconv>

namespace berth::source {
namespace {

bool looksLikeNumber(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && text.front() >= '0' && text.front() <= '9' &&
         text.find_first_not_of("0123456789.eExXoabcdefABCDEF_+-") == std::string_view::npos;
}

std::optional<std::int64_t> parseInteger(std::string_view text) {
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int base = text.starts_with("0x") ? 16 : text.starts_with("0o") ? 8 : 10;
  if (base != 10) {
    text.remove_prefix(2);
  } else if (text.size() > 1 && text.front() == '0') {
    return std::nullopt;
  }
  if (text.starts_with('-')) return std::nullopt;
  std::int64_t number = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return negative ? -number : number;
}

Diagnostic mismatch(const YamlNode& node, std::string_view wanted, std::string hint = {}) {
  return error(node.mark(), "expected " + std::string(wanted) + ", found " + describe(node.resolved()),
               std::move(hint));
}

}  // namespace

std::string describe(const YamlNode& node) {
  switch (node.kind()) {
    case YamlNode::Kind::sequence: return "a list";
    case YamlNode::Kind::mapping: return "a mapping";
    case YamlNode::Kind::alias: return "an alias";
    case YamlNode::Kind::scalar: break;
  }
  if (node.isNull()) return "nothing";
  if (node.style() != YamlNode::Style::plain) return "text";
  if (node.text() == "true" || node.text() == "false") return "\"" + node.text() + "\"";
  if (looksLikeNumber(node.text())) return "the number " + node.text();
  constexpr std::size_t kShown = 40;
  return node.text().size() <= kShown ? "the text \"" + node.text() + "\"" : "text";
}

std::optional<Located<std::string>> readText(const YamlNode& node, Findings& findings) {
  const YamlNode& value = node.resolved();
  if (value.isScalar() && !value.isNull()) return Located<std::string>(value.text(), node.mark());
  findings.push_back(mismatch(node, "text"));
  return std::nullopt;
}

std::optional<Located<std::int64_t>> readInteger(const YamlNode& node, Findings& findings) {
  const YamlNode& value = node.resolved();
  if (value.isScalar() && value.style() == YamlNode::Style::plain) {
    if (auto number = parseInteger(value.text())) return Located<std::int64_t>(*number, node.mark());
  }
  std::string hint;
  if (value.isScalar() && parseInteger(value.text())) {
    hint = "write it without quotes";
  } else if (value.isScalar() && value.text().size() > 1 && value.text().front() == '0') {
    hint = "write 0o… for an octal number, or no leading zero for a decimal one";
  }
  findings.push_back(mismatch(node, "a whole number", hint));
  return std::nullopt;
}

std::optional<Located<bool>> readBoolean(const YamlNode& node, Findings& findings) {
  const YamlNode& value = node.resolved();
  bool plain = value.isScalar() && value.style() == YamlNode::Style::plain;
  if (plain && value.text() == "true") return Located<bool>(true, node.mark());
  if (plain && value.text() == "false") return Located<bool>(false, node.mark());
  findings.push_back(mismatch(node, "true or false"));
  return std::nullopt;
}

std::vector<const YamlNode*> readItems(const YamlNode& node, Findings& findings) {
  const YamlNode& value = node.resolved();
  if (!value.isSequence()) {
    findings.push_back(mismatch(node, "a list"));
    return {};
  }
  std::vector<const YamlNode*> items;
  for (const YamlNode* each : value.items()) {
    if (each->resolved().isNull()) {
      findings.push_back(error(each->mark(), "an element of the list is empty"));
    } else {
      items.push_back(each);
    }
  }
  return items;
}

Reader::Reader(const YamlNode& node, Findings& findings) : findings_(findings), mark_(node.mark()) {
  const YamlNode& value = node.resolved();
  if (!value.isMapping()) {
    findings_.push_back(mismatch(node, "a mapping"));
    return;
  }
  mapping_ = &value;
  for (const DuplicateKey& twice : duplicateKeys(value)) {
    const YamlNode& later = value.key(twice.second);
    findings_.push_back(error(later.mark(), "key \"" + later.text() + "\" is already defined on line " +
                                                std::to_string(value.key(twice.first).line())));
  }
}

const YamlNode* Reader::take(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  const YamlNode* value = mapping_ == nullptr ? nullptr : mapping_->find(key);
  if (value == nullptr || value->resolved().isNull()) return nullptr;
  return value;
}

const YamlNode* Reader::require(std::string_view key) {
  const YamlNode* value = take(key);
  if (value == nullptr && mapping_ != nullptr) {
    bool present = mapping_->find(key) != nullptr;
    findings_.push_back(error(
        keyMark(key), present ? "\"" + std::string(key) + "\" is empty" : "\"" + std::string(key) + "\" is missing"));
  }
  return value;
}

Mark Reader::keyMark(std::string_view key) const {
  for (std::size_t i = 0; mapping_ != nullptr && i < mapping_->size(); ++i) {
    const YamlNode& each = mapping_->key(i);
    if (each.resolved().isScalar() && each.resolved().text() == key) return each.mark();
  }
  return mark_;
}

std::optional<Located<std::string>> Reader::text(std::string_view key) {
  const YamlNode* value = take(key);
  return value == nullptr ? std::nullopt : readText(*value, findings_);
}

std::optional<Located<std::string>> Reader::requireText(std::string_view key) {
  const YamlNode* value = require(key);
  return value == nullptr ? std::nullopt : readText(*value, findings_);
}

std::optional<Located<std::int64_t>> Reader::integer(std::string_view key) {
  const YamlNode* value = take(key);
  return value == nullptr ? std::nullopt : readInteger(*value, findings_);
}

std::optional<Located<std::int64_t>> Reader::requireInteger(std::string_view key) {
  const YamlNode* value = require(key);
  return value == nullptr ? std::nullopt : readInteger(*value, findings_);
}

std::optional<Located<bool>> Reader::boolean(std::string_view key) {
  const YamlNode* value = take(key);
  return value == nullptr ? std::nullopt : readBoolean(*value, findings_);
}

std::vector<const YamlNode*> Reader::items(std::string_view key) {
  const YamlNode* value = take(key);
  return value == nullptr ? std::vector<const YamlNode*>() : readItems(*value, findings_);
}

std::vector<Located<std::string>> Reader::texts(std::string_view key) {
  std::vector<Located<std::string>> out;
  for (const YamlNode* each : items(key)) {
    if (auto text = readText(*each, findings_)) out.push_back(std::move(*text));
  }
  return out;
}

std::vector<Reader::Entry> Reader::entries(std::string_view key) {
  const YamlNode* value = take(key);
  return value == nullptr ? std::vector<Entry>() : Reader(*value, findings_).entries();
}

std::vector<Reader::Entry> Reader::entries() {
  std::vector<Entry> out;
  for (std::size_t i = 0; mapping_ != nullptr && i < mapping_->size(); ++i) {
    auto name = readText(mapping_->key(i), findings_);
    if (!name) continue;
    known_.push_back(name->value);
    out.emplace_back(std::move(*name), &mapping_->value(i));
  }
  return out;
}

void Reader::finish() {
  for (std::size_t i = 0; mapping_ != nullptr && i < mapping_->size(); ++i) {
    const YamlNode& key = mapping_->key(i).resolved();
    if (key.isScalar() && std::find(known_.begin(), known_.end(), key.text()) != known_.end()) continue;
    std::string name = key.isScalar() ? key.text() : "of a mapping that is not text";
    auto near = nearest(name, known_);
    findings_.push_back(error(mapping_->key(i).mark(),
                              key.isScalar() ? "unknown key \"" + name + "\"" : "a key has to be text",
                              near ? "did you mean \"" + *near + "\"?" : ""));
  }
}

}  // namespace berth::source
