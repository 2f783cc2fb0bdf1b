// SPDX-License-Identifier: Apache-2.0
//
// What a Butane text has to fulfil before it is translated. Outer objects come before what is in them, in the order of
// the schema.
#include <algorithm>
#include <initializer_list>
#include <utility>

#include "planner/butane/mode.h"
#include "planner/butane/translation.h"

namespace berth::butane {
namespace {

using ignition::ShapeId;
using ignition::Value;

/// A content has one source; what comes last in the order of `fields` is reported. False when there are more.
bool checkOnlyOne(Translation& translation, const Value& object, std::initializer_list<std::string_view> fields,
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
  return present <= 1;
}

bool checkSources(Translation& translation, const Value& resource) {
  return checkOnlyOne(translation, resource, {"local", "inline", "source"}, "inline, local, source");
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
  // Since there are swap units, what needs a path depends on the format.
  bool knowsSwap = translation.dialect.isSince(ignition::SpecVersion::v3_3);
  bool needsPath = !knowsSwap || (!format.empty() && format != "swap");
  if (needsPath && filesystem.textOr("path").empty()) {
    translation.errorAt(filesystem, "path", "path is required if with_mount_unit is true and format is not swap");
  }
  if (format.empty()) translation.errorAt(filesystem, "format", "format is required if with_mount_unit is true");
}

/// Asked whatever the format: also of swap, which needs no path.
void checkMountPoint(Translation& translation, const Value& filesystem) {
  const Value* path = filesystem.find("path");
  bool isFree = !translation.dialect.isFcosSince(6);
  if (isFree || path == nullptr || !filesystem.isTrue("with_mount_unit")) return;
  if (isUnder(path->text(), "/etc") || isUnder(path->text(), "/var")) return;
  translation.error(path->origin(), "path must be under /etc or /var if with_mount_unit is true");
}

/// A partition that bears a label, but no number, is found again only where the whole table is ours.
void adviseOnReuse(Translation& translation, const Value& disk) {
  constexpr std::string_view kBootDisk = "/dev/disk/by-id/coreos-boot-disk";
  std::string_view device = disk.textOr("device");
  if (!translation.dialect.isFcosSince(6) || disk.isTrue("wipeTable") || device == kBootDisk) return;
  const Value* bootDevice = translation.config.root().find("boot_device");
  const Value* mirror = bootDevice == nullptr ? nullptr : bootDevice->at("mirror", "devices");
  const auto& mirrored = ignition::itemsOf(mirror);
  if (std::ranges::any_of(mirrored, [&](const Value& each) { return each.text() == device; })) return;
  for (const Value& each : ignition::itemsOf(disk.find("partitions"))) {
    if (each.integerOr("number", 0) != 0 || each.find("label") == nullptr) continue;
    translation.warning(each.find("number")->origin(),
                        "partitions cannot be reused by label; number must be specified except on boot disk "
                        "(/dev/disk/by-id/coreos-boot-disk) or when wipe_table is true");
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
    case ShapeId::resource: (void)checkSources(translation, object); break;
    case ShapeId::configReference:
      if (checkSources(translation, object) && object.find("inline") != nullptr) checkInlineConfig(translation, object);
      break;
    case ShapeId::file: checkMode(translation, object, NodeKind::file); break;
    case ShapeId::directory: checkMode(translation, object, NodeKind::directory); break;
    case ShapeId::disk: adviseOnReuse(translation, object); break;
    case ShapeId::filesystem:
      checkMountUnit(translation, object);
      checkMountPoint(translation, object);
      break;
    case ShapeId::tree:
      if (object.textOr("local").empty()) translation.error(object.origin(), "local is required");
      break;
    case ShapeId::unit:
    case ShapeId::dropin:
      (void)checkOnlyOne(translation, object, {"contents", "contents_local"}, "contents, contents_local");
      break;
    case ShapeId::bootDevice: checkBootDevice(translation, object); break;
    case ShapeId::grubUser: checkGrubUser(translation, object); break;
    default: break;
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
