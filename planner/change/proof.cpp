// SPDX-License-Identifier: Apache-2.0
#include "planner/change/proof.h"

#include <algorithm>
#include <optional>
#include <set>

namespace berth::change {

using ignition::Config;
using ignition::Value;
using source::Findings;

namespace {

constexpr std::string_view kById = "/dev/disk/by-id/virtio-";
constexpr std::string_view kPartLabel = "/dev/disk/by-partlabel/";

/// What a device path leads to, as far as can be known before the boot.
enum class Reach {
  root,     ///< the root disk or a part of it
  other,    ///< a data disk that is not kept
  kept,     ///< a kept volume or a part of it
  unknown,  ///< may be a kept volume
};

struct Target {
  Reach reach = Reach::unknown;
  /// The kept volume; null when it cannot be told which.
  const DataDisk* disk = nullptr;
};

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

/// "virtio-data-part1" is a part of "virtio-data"; a volume may itself be called data-part1, and wins then.
std::string_view withoutPart(std::string_view name) {
  const std::size_t at = name.rfind("-part");
  if (at == std::string_view::npos || at + 5 == name.size()) return name;
  return name.substr(at + 5).find_first_not_of("0123456789") == std::string_view::npos ? name.substr(0, at) : name;
}

class Proof {
public:
  Proof(const Config& config, const std::vector<DataDisk>& disks, const Config* before, const MarkOf& markOf)
      : config_(config), disks_(disks), before_(before), markOf_(markOf) {}

  Findings run() {
    if (std::ranges::none_of(disks_, &DataDisk::keep)) return {};
    noteRootPartitions();
    for (const Value& each : config_.entries("storage", "disks")) disk(each);
    for (const Value& each : config_.entries("storage", "filesystems")) filesystem(each);
    for (const Value& each : config_.entries("storage", "raid")) array(each);
    for (const Value& each : config_.entries("storage", "luks")) encrypted(each);
    remote();
    return std::move(findings_);
  }

private:
  // ---- devices

  [[nodiscard]] const DataDisk* named(std::string_view name) const {
    const auto found = std::ranges::find(disks_, name, &DataDisk::name);
    return found == disks_.end() ? nullptr : &*found;
  }

  [[nodiscard]] static bool isRootDisk(std::string_view device) {
    // The root disk is the first one that the machine has; its partitions have numbers behind.
    return device == "/dev/disk/by-id/coreos-boot-disk" ||
           (device.starts_with("/dev/vda") &&
            device.substr(8).find_first_not_of("0123456789") == std::string_view::npos) ||
           device == "/dev/disk/by-label/root" || device == "/dev/disk/by-partlabel/root";
  }

  [[nodiscard]] Target targetOf(std::string_view device) const {
    if (isRootDisk(device)) return {Reach::root};
    if (device.starts_with(kById)) {
      const std::string_view name = device.substr(kById.size());
      const DataDisk* found = named(name);
      if (found == nullptr) found = named(withoutPart(name));
      if (found != nullptr) return {found->keep ? Reach::kept : Reach::other, found};
    }
    if (device.starts_with(kPartLabel) && rootPartitions_.contains(std::string(device.substr(kPartLabel.size())))) {
      return {Reach::root};
    }
    return {};
  }

  /// Labels that this very config gives to partitions of the root disk.
  void noteRootPartitions() {
    for (const Value& disk : config_.entries("storage", "disks")) {
      if (!isRootDisk(disk.textOr("device"))) continue;
      for (const Value& partition : ignition::itemsOf(disk.find("partitions"))) {
        if (!partition.textOr("label").empty()) rootPartitions_.insert(std::string(partition.textOr("label")));
      }
    }
  }

  // ---- findings

  void refuse(const std::string& part, const std::string& member, std::string_view device, const Target& target,
              const std::string& what, std::string hint) {
    std::string message = quoted(device);
    message +=
        target.disk != nullptr ? " is the kept volume " + quoted(target.disk->name) + ": " : " may be a kept volume: ";
    if (target.disk == nullptr) {
      hint = "name the disk by " + std::string(kById) + "NAME, which says which volume it is, or use the root disk";
    }
    findings_.push_back(source::error(markOf_(part, member), message + what, std::move(hint)));
  }

  [[nodiscard]] static bool isAtRisk(const Target& target) {
    return target.reach == Reach::kept || target.reach == Reach::unknown;
  }

  // ---- what may harm

  void disk(const Value& disk) {
    const std::string_view device = disk.textOr("device");
    const Target target = targetOf(device);
    if (!isAtRisk(target)) return;
    const std::string part = "disk " + std::string(device);
    if (disk.isTrue("wipeTable")) {
      refuse(part, "wipeTable", device, target, "wipe_table would wipe it", "remove wipe_table");
    }
    for (const Value& each : ignition::itemsOf(disk.find("partitions"))) {
      const std::string why = harmOf(each);
      if (why.empty()) continue;
      refuse(part, "partitions", device, target, why,
             "give each partition a number, start_mib and size_mib, and no wipe_partition_entry");
    }
  }

  /// Why a partition cannot be shown to be there as it is; empty when it can.
  [[nodiscard]] static std::string harmOf(const Value& partition) {
    if (partition.isTrue("wipePartitionEntry")) return "wipe_partition_entry would wipe a partition of it";
    const Value* shouldExist = partition.find("shouldExist");
    if (shouldExist != nullptr && !shouldExist->boolean()) return "should_exist: false would delete a partition of it";
    if (partition.integerOr("number", 0) == 0) return "a partition without a number would be added at each boot";
    if (partition.integerOr("sizeMiB", 0) == 0 || partition.integerOr("startMiB", 0) == 0) {
      return "a partition without a size or start may be taken for another one once the volume has grown";
    }
    return {};
  }

  void filesystem(const Value& entry) {
    const std::string_view device = entry.textOr("device");
    const Target target = targetOf(device);
    if (!isAtRisk(target)) return;
    const std::string part = "filesystem on " + std::string(device);
    if (entry.isTrue("wipeFilesystem")) {
      return refuse(part, "wipeFilesystem", device, target, "wipe_filesystem would wipe it", "remove wipe_filesystem");
    }
    if (target.disk == nullptr) return;  // Without a wipe, Ignition makes a filesystem only where there is none.
    const Value* was = before_ == nullptr ? nullptr : entryOf(*before_, "filesystems", "device", device);
    const std::string_view format = was != nullptr ? was->textOr("format") : std::string_view(target.disk->filesystem);
    if (!format.empty() && !entry.textOr("format").empty() && entry.textOr("format") != format) {
      refuse(part, "format", device, target,
             "it has " + std::string(format) + " on it, and cannot become " + std::string(entry.textOr("format")),
             "keep format: " + std::string(format) + ", or make another volume");
    }
    if (was == nullptr) return;
    for (const char* member : {"label", "uuid"}) {
      const std::string_view wanted = entry.textOr(member);
      if (wanted == was->textOr(member) || wanted.empty()) continue;
      refuse(
          part, member, device, target,
          "its " + std::string(member) + " is " + quoted(was->textOr(member)) + ", and cannot become " + quoted(wanted),
          "leave the " + std::string(member) + " as it is");
    }
  }

  void array(const Value& entry) {
    const std::string part = "raid " + std::string(entry.textOr("name"));
    for (const Value& each : ignition::itemsOf(entry.find("devices"))) {
      const Target target = targetOf(each.text());
      if (!isAtRisk(target)) continue;
      refuse(part, "devices", each.text(), target, "an array is made anew at each first boot, over what is there",
             "keep data on volumes as they are; Berth's hosts are the place for redundancy");
    }
  }

  void encrypted(const Value& entry) {
    const std::string_view device = entry.textOr("device");
    const Target target = targetOf(device);
    if (!isAtRisk(target)) return;
    const std::string part = "encrypted volume " + std::string(entry.textOr("name"));
    if (entry.isTrue("wipeVolume")) {
      return refuse(part, "wipeVolume", device, target, "wipe_volume would wipe it", "remove wipe_volume");
    }
    const bool isThere = before_ != nullptr && entryOf(*before_, "luks", "device", device) != nullptr;
    if (before_ != nullptr && !isThere) {
      refuse(part, "device", device, target, "what is on it is not encrypted, and would be lost",
             "encrypt a new volume, and move the data there");
    }
  }

  /// What is fetched at the boot can say anything.
  void remote() {
    const Value* root = config_.root().at("ignition", "config");
    if (root == nullptr) return;
    const Value* replaced = root->find("replace");
    const bool merges = !ignition::itemsOf(root->find("merge")).empty();
    if (!merges && (replaced == nullptr || !replaced->hasContent())) return;
    findings_.push_back(
        source::error(markOf_("config", merges ? "merge" : "replace"),
                      "a config that is fetched at the boot could wipe a kept volume, and cannot be looked at before",
                      "put what it says into the Butane files: butane: [base.bu, more.bu]"));
  }

  [[nodiscard]] static const Value* entryOf(const Config& config, std::string_view list, std::string_view key,
                                            std::string_view device) {
    for (const Value& each : config.entries("storage", list)) {
      if (each.textOr(key) == device) return &each;
    }
    return nullptr;
  }

  const Config& config_;
  const std::vector<DataDisk>& disks_;
  const Config* before_;
  const MarkOf& markOf_;
  std::set<std::string> rootPartitions_;
  Findings findings_;
};

}  // namespace

Findings proveHarmless(const Config& config, const std::vector<DataDisk>& disks, const Config* before,
                       const MarkOf& markOf) {
  return Proof(config, disks, before, markOf).run();
}

}  // namespace berth::change
