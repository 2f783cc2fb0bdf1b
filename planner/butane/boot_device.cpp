// SPDX-License-Identifier: Apache-2.0
//
// `boot_device` says in a few words that the disk a node boots from is mirrored or encrypted. It becomes a config of
// its own, with the user's laid over it: who wants one partition larger changes that one.
#include "planner/butane/boot_layout.h"
#include "planner/butane/translation.h"

namespace berth::butane {
namespace {

using ignition::Origin;
using ignition::Value;

constexpr std::string_view kMirroredRoot = "/dev/md/md-root";
constexpr std::string_view kDecryptedRoot = "/dev/mapper/root";

class BootDevice {
public:
  BootDevice(const Dialect& dialect, const Value& section)
      : section_(section),
        layout_(bootLayoutOf(section.textOr("layout", "x86_64"))),
        luks_(section.find("luks")),
        devices_(ignition::itemsOf(section.at("mirror", "devices"))),
        generated_(dialect.target) {}

  [[nodiscard]] bool isWanted() const { return isMirrored() || isEncrypted(); }

  ignition::Config generate() {
    if (isMirrored()) mirror();
    if (isEncrypted()) encrypt();
    filesystem(isEncrypted() ? kDecryptedRoot : kMirroredRoot, "xfs", "root", section_.origin());
    return std::move(generated_);
  }

private:
  [[nodiscard]] bool isMirrored() const { return !devices_.empty(); }
  [[nodiscard]] bool hasCex() const {
    const Value* cex = luks_ == nullptr ? nullptr : luks_->find("cex");
    return cex != nullptr && cex->isTrue("enabled");
  }
  [[nodiscard]] bool isEncrypted() const {
    if (luks_ == nullptr) return false;
    return luks_->isTrue("tpm2") || !ignition::itemsOf(luks_->find("tang")).empty() || hasCex();
  }

  Value& entry(std::string_view list, const Origin& origin) {
    Value& storage = generated_.root().ensure("storage");
    const ignition::Shape& shape = *storage.shape().field(list)->shape;
    return storage.ensure(list).items().emplace_back(Value::object(shape, origin));
  }

  static void text(Value& object, std::string_view field, std::string_view value, const Origin& origin) {
    object.put(field, Value::ofText(std::string(value), origin));
  }

  void filesystem(std::string_view device, std::string_view format, std::string_view label, const Origin& origin) {
    Value& filesystem = entry("filesystems", origin);
    text(filesystem, "device", device, origin);
    text(filesystem, "format", format, origin);
    text(filesystem, "label", label, origin);
    filesystem.put("wipeFilesystem", Value::ofBoolean(true, origin));
  }

  void partition(Value& disk, const BootPartition& wanted, std::string_view number, const Origin& origin) {
    Value& list = disk.ensure("partitions");
    const ignition::Shape& shape = *disk.shape().field("partitions")->shape;
    Value& partition = list.items().emplace_back(Value::object(shape, origin));
    text(partition, "label", std::string(wanted.name) + "-" + std::string(number), origin);
    partition.put("number", Value::ofInteger(0, origin));
    if (wanted.sizeMiB != 0) partition.put("sizeMiB", Value::ofInteger(wanted.sizeMiB, origin));
    if (!wanted.typeGuid.empty()) text(partition, "typeGuid", wanted.typeGuid, origin);
  }

  void array(std::string_view name, std::string_view label, const Origin& origin) {
    Value& raid = entry("raid", origin);
    Value& devices = raid.ensure("devices");
    for (std::size_t i = 1; i <= devices_.size(); ++i) {
      std::string device = "/dev/disk/by-partlabel/" + std::string(label) + "-" + std::to_string(i);
      devices.items().push_back(Value::ofText(device, origin));
    }
    text(raid, "level", "raid1", origin);
    text(raid, "name", name, origin);
    // The firmware reads /boot: the metadata have to be at its end.
    if (label == "boot") raid.ensure("options").items().push_back(Value::ofText("--metadata=1.0", origin));
  }

  void mirror() {
    const Origin& origin = section_.find("mirror")->origin();
    for (std::size_t i = 0; i < devices_.size(); ++i) {
      std::string number = std::to_string(i + 1);
      const Origin& device = devices_[i].origin();
      Value& disk = entry("disks", device);
      text(disk, "device", devices_[i].text(), device);
      disk.put("wipeTable", Value::ofBoolean(true, device));
      for (const BootPartition& each : layout_->partitions) partition(disk, each, number, device);
      if (!layout_->hasEsp) continue;
      std::string esp = "esp-" + number;
      filesystem("/dev/disk/by-partlabel/" + esp, "vfat", esp, device);
    }
    array("md-boot", "boot", origin);
    array("md-root", "root", origin);
    filesystem("/dev/md/md-boot", "ext4", "boot", origin);
  }

  [[nodiscard]] std::string encryptedDevice() const {
    if (isMirrored()) return std::string(kMirroredRoot);
    if (layout_->rootSuffix.empty()) return "/dev/disk/by-partlabel/root";
    return std::string(luks_->textOr("device")) + std::string(layout_->rootSuffix);
  }

  void encrypt() {
    const Origin& origin = luks_->origin();
    Value& luks = entry("luks", origin);
    text(luks, "name", "root", origin);
    text(luks, "label", "luks-root", origin);
    text(luks, "device", encryptedDevice(), origin);
    luks.put("wipeVolume", Value::ofBoolean(true, origin));
    if (const Value* discard = luks_->find("discard")) luks.put("discard", *discard);
    if (hasCex()) {
      luks.put("cex", *luks_->find("cex"));
      return;
    }
    Value& clevis = luks.ensure("clevis");
    for (std::string_view field : {"tang", "threshold", "tpm2"}) {
      if (const Value* given = luks_->find(field)) clevis.put(field, *given);
    }
  }

  const Value& section_;
  const BootLayout* layout_;
  const Value* luks_;
  const std::vector<Value>& devices_;
  ignition::Config generated_;
};

}  // namespace

void addBootDevice(Translation& translation) {
  const Value* section = translation.config.root().find("boot_device");
  if (section == nullptr) return;
  Value given = *section;
  translation.config.root().remove("boot_device");
  BootDevice bootDevice(translation.dialect, given);
  if (bootDevice.isWanted()) translation.config = ignition::merge(bootDevice.generate(), translation.config);
}

}  // namespace berth::butane
