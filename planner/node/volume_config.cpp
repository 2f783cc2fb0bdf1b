// SPDX-License-Identifier: Apache-2.0
#include "planner/node/volume_config.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "planner/butane/unit_name.h"

namespace berth::node {

using ignition::Config;
using ignition::Value;
using source::error;
using source::Findings;

namespace {

/// An XFS label has room for no more; ext4 and btrfs have.
constexpr std::size_t kLongestLabel = 12;

Value text(std::string value) { return Value::ofText(std::move(value), {}); }

/// Like the unit that Butane makes for with_mount_unit. The disk may have grown since: systemd-growfs lets the
/// filesystem follow at each boot.
std::string mountUnit(const std::string& device, const std::string& path, std::string_view format) {
  const std::string check = "systemd-fsck@" + butane::escapedUnitPath(device) + ".service";
  return "# Written by Berth.\n[Unit]\nRequires=" + check + "\nAfter=" + check + "\nWants=systemd-growfs@" +
         butane::escapedUnitPath(path) + ".service\n\n[Mount]\nWhere=" + path + "\nWhat=" + device +
         "\nType=" + std::string(format) + "\n\n[Install]\nRequiredBy=local-fs.target\n";
}

const source::Mark& markOf(const Value& entry, std::string_view member) {
  const Value* value = entry.find(member);
  return value != nullptr && value->origin().mark.known() ? value->origin().mark : entry.origin().mark;
}

/// One volume against all that a config says of devices and paths.
class VolumeCheck {
public:
  VolumeCheck(const Config& user, const spec::Volume& volume, Findings& findings)
      : user_(user),
        volume_(volume),
        device_(deviceOf(*volume.name)),
        called_("volume \"" + volume.name->str() + "\""),
        findings_(findings) {}

  void check() {
    for (const Value& each : user_.entries("storage", "filesystems")) checkFilesystem(each);
    for (const Value& each : user_.entries("storage", "disks")) {
      if (each.textOr("device") != device_) continue;
      if (each.isTrue("wipeTable")) {
        refuseWipe(markOf(each, "wipeTable"), "wipe_table");
      } else if (volume_.mount) {
        refuseDoubled(markOf(each, "device"), "partitions");
      }
    }
    for (const Value& each : user_.entries("storage", "luks")) {
      if (each.textOr("device") != device_) continue;
      if (each.isTrue("wipeVolume")) {
        refuseWipe(markOf(each, "wipeVolume"), "wipe_volume");
      } else if (volume_.mount) {
        refuseDoubled(markOf(each, "device"), "encrypts");
      }
    }
    for (const Value& each : user_.entries("systemd", "units")) checkUnit(each);
  }

private:
  void checkFilesystem(const Value& filesystem) {
    if (filesystem.textOr("device") == device_) {
      if (filesystem.isTrue("wipeFilesystem")) {
        refuseWipe(markOf(filesystem, "wipeFilesystem"), "wipe_filesystem");
      } else if (volume_.mount) {
        refuseDoubled(markOf(filesystem, "device"), "makes a filesystem on");
      }
    } else if (volume_.mount && filesystem.textOr("path") == **volume_.mount) {
      findings_.push_back(
          error(markOf(filesystem, "path"), called_ + " is mounted at " + **volume_.mount + " already",
                "remove this, or mount: on line " + std::to_string(volume_.mount->mark.line) + " of the spec"));
    }
  }

  void checkUnit(const Value& unit) {
    if (!volume_.mount || unit.textOr("name") != butane::escapedUnitPath(**volume_.mount) + ".mount") return;
    if (unit.textOr("contents").empty()) return;
    findings_.push_back(error(markOf(unit, "name"), "Berth writes this unit for " + called_,
                              "remove it, or mount: on line " + std::to_string(volume_.mount->mark.line) +
                                  " of the spec; settings of your own go into dropins:"));
  }

  void refuseWipe(const source::Mark& mark, std::string_view key) {
    if (!volume_.keep) return;
    findings_.push_back(error(mark,
                              std::string(key) + " would wipe " + called_ +
                                  ", which is kept: its data would be lost each time the node is replaced",
                              "remove " + std::string(key) + ", or say keep: false on line " +
                                  std::to_string(volume_.name.mark.line) + " of the spec"));
  }

  void refuseDoubled(const source::Mark& mark, std::string_view does) {
    findings_.push_back(error(mark, "this " + std::string(does) + " " + called_ + ", and so does Berth",
                              "remove this, or mount: on line " + std::to_string(volume_.mount->mark.line) +
                                  " of the spec, and the disk is yours"));
  }

  const Config& user_;
  const spec::Volume& volume_;
  const std::string device_;
  const std::string called_;
  Findings& findings_;
};

}  // namespace

std::string deviceOf(const VolumeName& volume) { return Site().deviceOf(volume).value(); }

void addVolumes(Config& layer, const std::vector<spec::Volume>& volumes, const Site& site) {
  for (const spec::Volume& volume : volumes) {
    const auto found = site.deviceOf(*volume.name);
    if (!volume.mount || !found) continue;
    const std::string& device = *found;
    const std::string& path = **volume.mount;
    Value& filesystem = layer.addFilesystem(device);
    filesystem.put("format", text(std::string(str(volume.filesystem))));
    filesystem.put("label", text(volume.name->str().substr(0, kLongestLabel)));
    filesystem.put("path", text(path));
    // Not said by Butane when false; here it is the point.
    filesystem.put("wipeFilesystem", Value::ofBoolean(false, {}));
    layer.addUnit(butane::escapedUnitPath(path) + ".mount", mountUnit(device, path, str(volume.filesystem)),
                  ignition::UnitState::enabled);
  }
}

namespace {

/// A wipe of a disk that might be any volume's: which one the kernel calls vdb can differ from boot to boot.
void checkUnclearWipes(const Config& user, const spec::Pool& pool, Findings& findings) {
  const auto kept = std::ranges::find_if(pool.volumes, [](const spec::Volume& volume) { return volume.keep; });
  if (kept == pool.volumes.end()) return;
  constexpr std::array kWipes{std::array<std::string_view, 3>{"disks", "wipeTable", "wipe_table"},
                              std::array<std::string_view, 3>{"filesystems", "wipeFilesystem", "wipe_filesystem"},
                              std::array<std::string_view, 3>{"luks", "wipeVolume", "wipe_volume"}};
  for (const auto& [list, member, key] : kWipes) {
    for (const Value& each : user.entries("storage", list)) {
      const std::string_view device = each.textOr("device");
      const bool isByOrder =
          device.starts_with("/dev/vd") || device.starts_with("/dev/sd") || device.starts_with("/dev/disk/by-path/");
      if (!isByOrder || device.starts_with("/dev/vda") || !each.isTrue(member)) continue;
      findings.push_back(error(markOf(each, member),
                               std::string(key) + " would wipe " + std::string(device) + ", which may be volume \"" +
                                   kept->name->str() + "\": nobody can tell before the machine boots",
                               "name the disk that is meant: /dev/disk/by-id/virtio- and the name of the volume"));
    }
  }
}

}  // namespace

void checkVolumes(const Config& user, const spec::Pool& pool, Findings& findings) {
  checkUnclearWipes(user, pool, findings);
  for (const spec::Volume& volume : pool.volumes) VolumeCheck(user, volume, findings).check();
}

}  // namespace berth::node
