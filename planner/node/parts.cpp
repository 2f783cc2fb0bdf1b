// SPDX-License-Identifier: Apache-2.0
#include "planner/node/parts.h"

#include <algorithm>
#include <array>
#include <functional>

#include <nlohmann/json.hpp>

namespace berth::node {
namespace {

using Json = nlohmann::json;
using ignition::Value;

/// Lists whose elements have a name of their own.
struct NamedList {
  std::string_view section;
  std::string_view list;
  std::string_view key;
  /// What a person calls one of them, before its name.
  std::string_view called;
};
constexpr std::array kNamedLists{
    NamedList{"storage", "files", "path", ""},
    NamedList{"storage", "directories", "path", "directory "},
    NamedList{"storage", "links", "path", "link "},
    NamedList{"storage", "disks", "device", "disk "},
    NamedList{"storage", "raid", "name", "raid "},
    NamedList{"storage", "filesystems", "device", "filesystem on "},
    NamedList{"storage", "luks", "name", "encrypted volume "},
    NamedList{"systemd", "units", "name", "unit "},
    NamedList{"passwd", "users", "name", "user "},
    NamedList{"passwd", "groups", "name", "group "},
};

const NamedList* namedList(std::string_view section, std::string_view list) {
  for (const NamedList& each : kNamedLists) {
    if (each.section == section && each.list == list) return &each;
  }
  return nullptr;
}

}  // namespace

std::map<PartMember, std::string> partsOf(std::string_view ignitionJson) {
  std::map<PartMember, std::string> parts;
  const Json root = Json::parse(ignitionJson, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object()) return parts;
  for (const auto& [section, content] : root.items()) {
    if (!content.is_object()) continue;
    for (const auto& [list, value] : content.items()) {
      const NamedList* named = namedList(section, list);
      if (named == nullptr || !value.is_array()) {
        parts[{section, list}] = value.dump(-1, ' ', false, Json::error_handler_t::replace);
        continue;
      }
      for (const Json& entry : value) {
        if (!entry.is_object()) continue;
        const auto name = entry.find(named->key);
        if (name == entry.end() || !name->is_string()) continue;
        const std::string part = std::string(named->called) + name->get<std::string>();
        for (const auto& [member, of] : entry.items()) {
          parts[{part, member}] = of.dump(-1, ' ', false, Json::error_handler_t::replace);
        }
      }
    }
  }
  return parts;
}

namespace {

/// Calls `visit` with each part, one of its members, and the value of that.
template <class Visit>
void eachMember(const ignition::Config& config, Visit visit) {
  for (const auto& section : config.root().members()) {
    if (section.value.kind() != Value::Kind::object) continue;
    for (const auto& list : section.value.members()) {
      const NamedList* named = namedList(section.field->name, list.field->name);
      if (named == nullptr) {
        visit(std::string(section.field->name), list.field->name, list.value);
        continue;
      }
      for (const Value& entry : list.value.items()) {
        const std::string part = std::string(named->called) + std::string(entry.textOr(named->key));
        for (const auto& member : entry.members()) visit(part, member.field->name, member.value);
      }
    }
  }
}

bool isFrom(const Value& value, const std::set<source::Mark, spec::MarkOrder>& places) {
  if (places.contains(value.origin().mark)) return true;
  const auto isMemberFrom = [&](const Value::Member& each) { return isFrom(each.value, places); };
  const auto isItemFrom = [&](const Value& each) { return isFrom(each, places); };
  switch (value.kind()) {
    case Value::Kind::object: return std::ranges::any_of(value.members(), isMemberFrom);
    case Value::Kind::list: return std::ranges::any_of(value.items(), isItemFrom);
    default: return false;
  }
}

}  // namespace

std::map<PartMember, source::Mark> marksOf(const ignition::Config& config) {
  std::map<PartMember, source::Mark> marks;
  eachMember(config, [&](const std::string& part, std::string_view member, const Value& value) {
    // What is inside of it is closer to what a person changed than the key above it.
    const Value* innermost = &value;
    while (innermost->kind() == Value::Kind::object && !innermost->members().empty()) {
      innermost = &innermost->members().front().value;
    }
    const source::Mark& mark = innermost->origin().mark.known() ? innermost->origin().mark : value.origin().mark;
    if (mark.known()) marks.insert_or_assign({part, std::string(member)}, mark);
  });
  return marks;
}

std::set<std::string> partsFrom(const ignition::Config& config, const std::set<source::Mark, spec::MarkOrder>& places) {
  std::set<std::string> parts;
  if (places.empty()) return parts;
  eachMember(config, [&](const std::string& part, std::string_view /*member*/, const Value& value) {
    if (isFrom(value, places)) parts.insert(part);
  });
  return parts;
}

}  // namespace berth::node
