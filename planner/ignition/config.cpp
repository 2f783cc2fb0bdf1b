// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/config.h"

#include "planner/ignition/data_url.h"
#include "planner/ignition/resource.h"

namespace berth::ignition {
namespace {

/// setuid, setgid and sticky: before 3.6.0 Ignition dropped them.
constexpr std::int64_t kSpecialModeBits = 07000;

void stateVersion(Value& root, SpecVersion version) {
  root.ensure("ignition").put("version", Value::ofText(std::string(str(version)), {}));
}

void dropSpecialModeBits(Value& root) {
  Value* storage = root.find("storage");
  if (storage == nullptr) return;
  for (std::string_view list : {"files", "directories"}) {
    Value* entries = storage->find(list);
    if (entries == nullptr) continue;
    for (Value& each : entries->items()) {
      const Value* mode = each.find("mode");
      if (mode == nullptr || (mode->integer() & kSpecialModeBits) == 0) continue;
      each.put("mode", Value::ofInteger(mode->integer() & ~kSpecialModeBits, mode->origin()));
    }
  }
}

}  // namespace

Config::Config(SpecVersion version) : version_(version), root_(Value::object(configShape(), {})) {
  stateVersion(root_, version);
}

const std::vector<Value>& Config::entries(std::string_view section, std::string_view list) const {
  return itemsOf(root_.at(section, list));
}

Value& Config::addEntry(std::string_view section, std::string_view list, const Origin& origin) {
  Value& entries = root_.ensure(section).ensure(list);
  const Shape& shape = *root_.find(section)->shape().field(list)->shape;
  return entries.items().emplace_back(Value::object(shape, origin));
}

Value& Config::addFile(std::string_view path, std::string_view contents, std::int64_t mode, const Origin& origin) {
  Value& file = addEntry("storage", "files", origin);
  file.put("path", Value::ofText(std::string(path), origin));
  embed(file.ensure("contents"), contents, version_, origin);
  file.put("mode", Value::ofInteger(mode, origin));
  return file;
}

Value& Config::addFileOver(std::string_view path, std::string_view contents, std::int64_t mode) {
  Value& file = addFile(path, "", mode);
  file.ensure("contents").put("source", Value::ofText(escapedDataUrl(contents), {}));
  file.put("overwrite", Value::ofBoolean(true, {}));
  return file;
}

Value& Config::addDirectory(std::string_view path, std::int64_t mode, const Origin& origin) {
  Value& directory = addEntry("storage", "directories", origin);
  directory.put("path", Value::ofText(std::string(path), origin));
  directory.put("mode", Value::ofInteger(mode, origin));
  return directory;
}

Value& Config::addLink(std::string_view path, std::string_view target, const Origin& origin) {
  Value& link = addEntry("storage", "links", origin);
  link.put("path", Value::ofText(std::string(path), origin));
  link.put("target", Value::ofText(std::string(target), origin));
  return link;
}

Value& Config::addFilesystem(std::string_view device, const Origin& origin) {
  Value& filesystem = addEntry("storage", "filesystems", origin);
  filesystem.put("device", Value::ofText(std::string(device), origin));
  return filesystem;
}

Value& Config::addUnit(std::string_view name, std::string_view contents, UnitState state, const Origin& origin) {
  Value& unit = addEntry("systemd", "units", origin);
  unit.put("name", Value::ofText(std::string(name), origin));
  if (!contents.empty()) unit.put("contents", Value::ofText(std::string(contents), origin));
  if (state != UnitState::asPreset) unit.put("enabled", Value::ofBoolean(state == UnitState::enabled, origin));
  return unit;
}

Value& Config::addUser(std::string_view name, const std::vector<std::string>& sshAuthorizedKeys, const Origin& origin) {
  Value& user = addEntry("passwd", "users", origin);
  user.put("name", Value::ofText(std::string(name), origin));
  Value& keys = user.ensure("sshAuthorizedKeys");
  for (const std::string& each : sshAuthorizedKeys) keys.items().push_back(Value::ofText(each, origin));
  return user;
}

std::optional<Config> convert(const Config& config, SpecVersion version) {
  if (version < config.version()) return std::nullopt;
  Config later(version, config.root());
  stateVersion(later.root(), version);
  if (config.version() < SpecVersion::v3_6 && version >= SpecVersion::v3_6) dropSpecialModeBits(later.root());
  return later;
}

}  // namespace berth::ignition
