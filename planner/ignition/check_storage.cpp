// SPDX-License-Identifier: Apache-2.0
//
// What the entries of storage have to do with each other, and with the units that systemd finds among them.
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "planner/ignition/check.h"

namespace berth::ignition {
namespace {

using Paths = std::unordered_set<std::string>;

Paths pathsOf(const Value* list) {
  Paths paths;
  for (const Value& each : itemsOf(list)) paths.emplace(each.textOr("path"));
  return paths;
}

bool isBelow(const Paths& links, std::string_view path) {
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    if (links.contains(std::string(path.substr(0, slash)))) return true;
  }
  return false;
}

/// Calls `check` with the place of each entry of a list that may be absent.
template <class Check>
void forEach(const Place& object, std::string_view list, Check check) {
  const Value* value = object.value.find(list);
  if (value == nullptr) return;
  Place place{*value, &object, object.value.shape().field(list)};
  for (std::size_t i = 0; i < value->items().size(); ++i) check(Place{value->items()[i], &place, place.field, i, true});
}

void checkBelowLinks(Checker& checker, const Place& storage, const Paths& links) {
  for (auto [list, kind] : {std::pair("directories", "directory"), std::pair("files", "file")}) {
    forEach(storage, list, [&, kind = kind](const Place& node) {
      if (isBelow(links, node.value.textOr("path"))) {
        checker.error(node, std::string(kind) + " path includes link in config");
      }
    });
  }
}

void checkLinks(Checker& checker, const Place& storage, const Paths& links) {
  Paths directories = pathsOf(storage.value.find("directories"));
  forEach(storage, "links", [&](const Place& link) {
    std::string path(link.value.textOr("path"));
    if (isBelow(links, path)) checker.error(link, "link path includes link in config");
    if (!link.value.isTrue("hard")) return;
    std::string target(link.value.textOr("target"));
    std::string meant = cleaned(target.starts_with('/') ? target : path + "/" + target);
    if (directories.contains(meant)) checker.error(link, "hard link target is a directory");
  });
}

void checkFilesystemsOnDisks(Checker& checker, const Place& storage) {
  std::unordered_map<std::string, const Value*> disks;
  for (const Value& disk : itemsOf(storage.value.find("disks"))) disks.emplace(disk.textOr("device"), &disk);
  forEach(storage, "filesystems", [&](const Place& filesystem) {
    auto disk = disks.find(std::string(filesystem.value.textOr("device")));
    if (disk == disks.end()) return;
    if (!itemsOf(disk->second->find("partitions")).empty()) {
      checker.warning(filesystem, "device", "filesystem overwrites partitioned device");
    } else if (disk->second->isTrue("wipeTable") && !filesystem.value.isTrue("wipeFilesystem")) {
      checker.warning(filesystem, "device", "device matches disk with wipeTable enabled; filesystem will be wiped");
    }
  });
}

/// Where systemd will find the units and dropins that bring a text along.
Paths unitPaths(const Config& config) {
  Paths paths;
  for (const Value& unit : config.entries("systemd", "units")) {
    std::string path = "/etc/systemd/system/" + std::string(unit.textOr("name"));
    if (!unit.textOr("contents").empty()) paths.insert(path);
    for (const Value& dropin : itemsOf(unit.find("dropins"))) {
      if (!dropin.textOr("contents").empty()) paths.insert(path + ".d/" + std::string(dropin.textOr("name")));
    }
  }
  return paths;
}

}  // namespace

void checkStorage(Checker& checker, const Place& storage) {
  Paths links = pathsOf(storage.value.find("links"));
  checkBelowLinks(checker, storage, links);
  checkLinks(checker, storage, links);
  checkFilesystemsOnDisks(checker, storage);
}

void checkUnitPaths(Checker& checker, const Place& config) {
  const Value* storage = config.value.find("storage");
  Paths units = unitPaths(checker.config());
  if (storage == nullptr || units.empty()) return;
  Place below{*storage, &config, config.value.shape().field("storage")};
  for (std::string_view list : {"files", "directories", "links"}) {
    forEach(below, list, [&](const Place& node) {
      if (units.contains(std::string(node.value.textOr("path")))) {
        checker.error(node, "path", "path conflicts with systemd unit or dropin");
      }
    });
  }
}

}  // namespace berth::ignition
