// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/check.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "planner/source/reader.h"
#include "planner/spec/scalar.h"

namespace berth::spec {

using source::error;
using source::Findings;
using source::Mark;
using source::YamlNode;

namespace {

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string listed(std::span<const std::string_view> keys, std::string_view conjunction) {
  std::string list;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) list += i + 1 == keys.size() ? " " + std::string(conjunction) + " " : ", ";
    list += quoted(keys[i]);
  }
  return list;
}

void mismatch(const YamlNode& node, const Shape& shape, Findings& findings) {
  findings.push_back(
      error(node.mark(), "expected " + std::string(describe(shape)) + ", found " + source::describe(node.resolved())));
}

/// A key that is there with nothing behind it counts as absent.
const YamlNode* valueOf(const YamlNode& mapping, std::string_view key) {
  const YamlNode* value = mapping.find(key);
  return value == nullptr || value->resolved().isNull() ? nullptr : value;
}

/// Tells of keys that are no text or that stand there twice; the values of those that are left.
std::vector<std::size_t> usableKeys(const YamlNode& mapping, Findings& findings) {
  std::set<std::size_t> repeated;
  for (const auto& twice : source::duplicateKeys(mapping)) {
    if (!repeated.insert(twice.second).second) continue;
    const YamlNode& later = mapping.key(twice.second);
    findings.push_back(error(later.mark(), quoted(later.resolved().text()) + " is already there on line " +
                                               std::to_string(mapping.key(twice.first).line())));
  }
  std::vector<std::size_t> usable;
  for (std::size_t i = 0; i < mapping.size(); ++i) {
    if (!mapping.key(i).resolved().isScalar()) {
      findings.push_back(
          error(mapping.key(i).mark(), "expected a key, found " + source::describe(mapping.key(i).resolved())));
    } else if (!repeated.contains(i)) {
      usable.push_back(i);
    }
  }
  return usable;
}

/// The key that was probably meant, if any.
std::optional<std::string> unknownKey(const YamlNode& key, const Shape& shape, const std::string& what,
                                      Findings& findings) {
  std::vector<std::string> known;
  std::string list;
  for (const Field& field : shape.fields) {
    known.emplace_back(field.key);
    list += (list.empty() ? "known here: " : ", ") + std::string(field.key);
  }
  const std::string& word = key.resolved().text();
  auto near = source::nearest(word, known);
  findings.push_back(error(key.mark(), "unknown key " + quoted(word) + " in " + what,
                           near ? "did you mean " + quoted(*near) + "?" : list));
  return near;
}

/// `told` are keys whose absence needs no finding: they are there in another spelling, or without a value.
void checkPresence(const YamlNode& mapping, const Shape& shape, const Mark& where, const std::string& what,
                   const std::set<std::string, std::less<>>& told, Findings& findings) {
  for (const Field& field : shape.fields) {
    if (field.presence != Presence::required || valueOf(mapping, field.key) != nullptr) continue;
    if (told.contains(field.key)) continue;
    findings.push_back(
        error(where, quoted(field.key) + " is missing in " + what, "such as " + std::string(field.example)));
  }
  std::set<const YamlNode*> excluded;
  for (const Choice& choice : shape.choices) {
    std::vector<std::string_view> there;
    for (const auto key : choice.keys) {
      if (valueOf(mapping, key) != nullptr) there.push_back(key);
    }
    const bool exclude = choice.together == Together::excluded;
    if (exclude && there.size() > 1 && excluded.insert(valueOf(mapping, there[1])).second) {
      findings.push_back(error(valueOf(mapping, there[1])->mark(),
                               listed(there, "and") + " exclude each other in " + what, "leave only one of them"));
    } else if (there.empty() && choice.presence == Presence::required &&
               std::ranges::none_of(choice.keys, [&](auto key) { return told.contains(key); })) {
      const auto first = std::ranges::find(shape.fields, choice.keys.front(), &Field::key);
      findings.push_back(error(where, "one of " + listed(choice.keys, "or") + " is missing in " + what,
                               exclude ? "" : "such as " + std::string(first->example)));
    }
  }
}

void checkMapping(const YamlNode& node, const Shape& shape, const Mark& where, const std::string& what,
                  Findings& findings) {
  const YamlNode& mapping = node.resolved();
  std::set<std::string, std::less<>> told;
  for (const std::size_t i : usableKeys(mapping, findings)) {
    const YamlNode& key = mapping.key(i);
    const YamlNode& value = mapping.value(i);
    const auto field = std::ranges::find(shape.fields, key.resolved().text(), &Field::key);
    if (field == shape.fields.end()) {
      if (auto meant = unknownKey(key, shape, what, findings)) told.insert(std::move(*meant));
      continue;
    }
    if (value.resolved().isNull() && field->shape->type != Type::any) {
      const bool required = field->presence == Presence::required;
      findings.push_back(error(key.mark(), quoted(field->key) + " has no value",
                               (required ? "such as " : "remove it, or write ") + std::string(field->example)));
      told.insert(std::string(field->key));
      continue;
    }
    const auto isThere = [&](std::string_view other) { return valueOf(mapping, other) != nullptr; };
    if (!field->onlyWith.empty() && std::ranges::none_of(field->onlyWith, isThere)) {
      findings.push_back(error(
          key.mark(), quoted(field->key) + " makes sense only with " + listed(field->onlyWith, "or") + " in " + what));
    }
    check(value, *field->shape, key.mark(), quoted(field->key), findings);
  }
  checkPresence(mapping, shape, where, what, told, findings);
}

void checkTable(const YamlNode& node, const Shape& shape, const std::string& what, Findings& findings) {
  const YamlNode& table = node.resolved();
  if (table.size() > static_cast<std::size_t>(shape.most)) {
    findings.push_back(error(node.mark(), what + " has " + std::to_string(table.size()) + " entries, at most " +
                                              std::to_string(shape.most) + " are allowed"));
  }
  for (const std::size_t i : usableKeys(table, findings)) {
    const YamlNode& key = table.key(i);
    const std::size_t before = findings.size();
    check(key, Shape{.type = shape.key}, key.mark(), "a key", findings);
    if (findings.size() > before) continue;
    const std::string& name = key.resolved().text();
    check(table.value(i), *shape.element, key.mark(), std::string(shape.element->noun) + quoted(name), findings);
  }
}

void checkList(const YamlNode& node, const Shape& shape, const std::string& what, Findings& findings) {
  const std::vector<const YamlNode*> items = source::readItems(node, findings);
  if (items.size() > static_cast<std::size_t>(shape.most)) {
    findings.push_back(error(node.mark(), what + " has " + std::to_string(items.size()) + " entries, at most " +
                                              std::to_string(shape.most) + " are allowed"));
    return;
  }
  for (const YamlNode* item : items) check(*item, *shape.element, item->mark(), "an entry of " + what, findings);
}

}  // namespace

void check(const YamlNode& node, const Shape& shape, const Mark& where, const std::string& what, Findings& findings) {
  const YamlNode& value = node.resolved();
  if (value.state() == YamlNode::State::unknown) return;
  if (value.state() == YamlNode::State::perNode && shape.varies == Varies::never) {
    findings.push_back(error(node.mark(), "node and nodes() are not known here: this is the same for all nodes",
                             "they are in Butane files, in tags and in addresses of health"));
    return;
  }
  if (shape.orTable != nullptr && value.isMapping()) return checkTable(node, *shape.orTable, what, findings);
  switch (shape.type) {
    case Type::any: return;
    case Type::identifier: (void)readIdentifier(node, findings); return;
    case Type::text: (void)source::readText(node, findings); return;
    case Type::name: (void)readName(node, findings); return;
    case Type::label: (void)readLabel(node, findings); return;
    case Type::volume: (void)readVolumeName(node, findings); return;
    case Type::index: (void)readIndex(node, findings); return;
    case Type::integer: (void)readNumber(node, shape, findings); return;
    case Type::boolean: (void)source::readBoolean(node, findings); return;
    case Type::bytes: (void)readBytes(node, shape, findings); return;
    case Type::duration: (void)readDuration(node, shape, findings); return;
    case Type::digest: (void)readDigest(node, findings); return;
    case Type::ipv4: (void)readIpv4(node, findings); return;
    case Type::subnet: (void)readSubnet(node, findings); return;
    case Type::range: (void)readRange(node, findings); return;
    case Type::path: (void)readPath(node, findings); return;
    case Type::mountPoint: (void)readMountPoint(node, findings); return;
    case Type::domain: (void)readDomain(node, findings); return;
    case Type::timeOfDay: (void)readTimeOfDay(node, findings); return;
    case Type::timeZone: (void)readTimeZone(node, findings); return;
    case Type::fraction: (void)readFraction(node, findings); return;
    case Type::word: (void)readWord(node, shape, findings); return;
    case Type::mapping:
      if (!value.isMapping()) return mismatch(node, shape, findings);
      return checkMapping(node, shape, where, what, findings);
    case Type::table:
      if (!value.isMapping()) return mismatch(node, shape, findings);
      return checkTable(node, shape, what, findings);
    case Type::list: return checkList(node, shape, what, findings);
    case Type::oneOrList:
      if (value.isSequence()) return checkList(node, shape, what, findings);
      return check(node, *shape.element, where, what, findings);
    case Type::listOrMapping:
      if (value.isMapping()) return checkMapping(node, shape, where, what, findings);
      if (!value.isSequence()) return mismatch(node, shape, findings);
      return checkList(node, shape, what, findings);
  }
}

}  // namespace berth::spec
