// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/diff_words.h"

#include "planner/ignition/keys.h"
#include "planner/ignition/secrecy.h"

namespace berth::ignition {

std::string subjectOf(const Value& entry) {
  std::string name = keyOf(entry);
  switch (entry.shape().id) {
    case ShapeId::file: return "file " + name;
    case ShapeId::directory: return "directory " + name;
    case ShapeId::link: return "link " + name;
    case ShapeId::unit: return "unit " + name;
    case ShapeId::dropin: return "dropin " + name;
    case ShapeId::passwdUser: return "user " + name;
    case ShapeId::passwdGroup: return "group " + name;
    case ShapeId::disk: return "disk " + name;
    // The key begins with what tells numbers and labels apart.
    case ShapeId::partition: return "partition " + name.substr(1);
    case ShapeId::raid: return "array " + name;
    case ShapeId::luks: return "encrypted volume " + name;
    case ShapeId::filesystem: return "filesystem on " + name;
    case ShapeId::tang: return "tang server " + withoutCredentials(name);
    case ShapeId::httpHeader: return "header " + name;
    case ShapeId::configReference: return "config to merge";
    case ShapeId::certificate: return "certificate";
    default: return name;
  }
}

std::string shown(const Field& field, const Value& value) {
  constexpr std::size_t kShown = 80;
  if (value.kind() == Value::Kind::boolean) return value.boolean() ? "true" : "false";
  if (value.kind() == Value::Kind::text) {
    std::string text = withoutCredentials(value.text());
    bool isShort = text.find('\n') == std::string::npos && text.size() <= kShown;
    return isShort ? "\"" + text + "\"" : std::to_string(value.text().size()) + " bytes";
  }
  if (field.name != "mode") return std::to_string(value.integer());
  std::string octal;
  for (std::uint64_t rest = static_cast<std::uint64_t>(value.integer()); rest != 0; rest >>= 3) {
    octal.insert(octal.begin(), static_cast<char>('0' + (rest & 7)));
  }
  return "0" + octal;
}

}  // namespace berth::ignition
