// SPDX-License-Identifier: Apache-2.0
#include "planner/node/parts.h"

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

std::map<PartMember, source::Mark> marksOf(const ignition::Config& config) {
  std::map<PartMember, source::Mark> marks;
  const auto note = [&](std::string part, std::string_view member, const Value& value) {
    // What is inside of it is closer to what a person changed than the key above it.
    const Value* innermost = &value;
    while (innermost->kind() == Value::Kind::object && !innermost->members().empty()) {
      innermost = &innermost->members().front().value;
    }
    const source::Mark& mark = innermost->origin().mark.known() ? innermost->origin().mark : value.origin().mark;
    if (mark.known()) marks.insert_or_assign({std::move(part), std::string(member)}, mark);
  };
  for (const auto& section : config.root().members()) {
    if (section.value.kind() != Value::Kind::object) continue;
    for (const auto& list : section.value.members()) {
      const NamedList* named = namedList(section.field->name, list.field->name);
      if (named == nullptr) {
        note(std::string(section.field->name), list.field->name, list.value);
        continue;
      }
      for (const Value& entry : list.value.items()) {
        const std::string part = std::string(named->called) + std::string(entry.textOr(named->key));
        for (const auto& member : entry.members()) note(part, member.field->name, member.value);
      }
    }
  }
  return marks;
}

}  // namespace berth::node
