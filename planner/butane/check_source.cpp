// SPDX-License-Identifier: Apache-2.0
//
// What a Butane text has to fulfil before it is translated. Outer objects come before what is in them, in the order of
// the schema.
#include <initializer_list>
#include <utility>

#include "planner/butane/mode.h"
#include "planner/butane/translation.h"

namespace berth::butane {
namespace {

using ignition::ShapeId;
using ignition::Value;

/// A content has one source; what comes last in the order of `fields` is reported.
void checkOnlyOne(Translation& translation, const Value& object, std::initializer_list<std::string_view> fields,
                  std::string_view names) {
  int present = 0;
  std::string_view last;
  for (std::string_view field : fields) {
    if (object.find(field) == nullptr) continue;
    ++present;
    last = field;
  }
  if (present > 1) {
    translation.error(object.find(last)->origin(), "only one of the following can be set: " + std::string(names));
  }
}

void checkMode(Translation& translation, const Value& node, NodeKind kind) {
  const Value* mode = node.find("mode");
  if (mode != nullptr && looksLikeDecimalTypo(mode->integer(), kind)) {
    translation.warning(mode->origin(),
                        "unreasonable mode would be reasonable if specified in octal; remember to add a leading zero");
  }
}

bool isUnder(std::string_view path, std::string_view root) {
  return path == root || (path.starts_with(root) && path[root.size()] == '/');
}

void checkMountUnit(Translation& translation, const Value& filesystem) {
  if (!filesystem.isTrue("with_mount_unit")) return;
  std::string_view format = filesystem.textOr("format");
  std::string_view path = filesystem.textOr("path");
  if (format.empty()) {
    return translation.errorAt(filesystem, "format", "format is required if with_mount_unit is true");
  }
  bool isSwap = format == "swap" && translation.dialect.isSince(ignition::SpecVersion::v3_3);
  if (isSwap) return;
  if (path.empty()) {
    return translation.errorAt(filesystem, "path",
                               "path is required if with_mount_unit is true and format is not swap");
  }
  bool isFree = !translation.dialect.isSince(ignition::SpecVersion::v3_5);
  if (!isFree && !isUnder(path, "/etc") && !isUnder(path, "/var")) {
    translation.errorAt(filesystem, "path", "path must be under /etc or /var if with_mount_unit is true");
  }
}

void checkGrubUser(Translation& translation, const Value& user) {
  for (auto [name, yaml] : {std::pair("name", "name"), std::pair("passwordHash", "password_hash")}) {
    if (!user.textOr(name).empty()) continue;
    translation.errorAt(user, yaml, "field \"" + std::string(yaml) + "\" is required");
  }
}

void checkObject(Translation& translation, const Value& object) {
  switch (object.shape().id) {
    case ShapeId::certificate:
    case ShapeId::configReference:
    case ShapeId::resource:
      checkOnlyOne(translation, object, {"local", "inline", "source"}, "inline, local, source");
      break;
    case ShapeId::file: checkMode(translation, object, NodeKind::file); break;
    case ShapeId::directory: checkMode(translation, object, NodeKind::directory); break;
    case ShapeId::filesystem: checkMountUnit(translation, object); break;
    case ShapeId::tree:
      if (object.textOr("local").empty()) translation.error(object.origin(), "local is required");
      break;
    case ShapeId::unit:
    case ShapeId::dropin:
      checkOnlyOne(translation, object, {"contents", "contents_local"}, "contents, contents_local");
      break;
    case ShapeId::bootDevice: checkBootDevice(translation, object); break;
    case ShapeId::grubUser: checkGrubUser(translation, object); break;
    default: break;
  }
  if (object.shape().id == ShapeId::configReference && object.find("inline") != nullptr) {
    checkInlineConfig(translation, object);
  }
}

void walk(Translation& translation, const Value& value) {
  if (value.kind() == Value::Kind::list) {
    for (const Value& each : value.items()) walk(translation, each);
  }
  if (value.kind() != Value::Kind::object) return;
  checkObject(translation, value);
  for (const Value::Member& each : value.members()) {
    if (each.field->name == "quadlets") {
      checkQuadlets(translation, each.value);
    } else {
      walk(translation, each.value);
    }
  }
}

}  // namespace

void checkSource(Translation& translation) { walk(translation, translation.config.root()); }

}  // namespace berth::butane
