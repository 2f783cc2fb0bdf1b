// SPDX-License-Identifier: Apache-2.0
//
// Fedora CoreOS knows its own partitions by label and number. What most probably goes wrong with them is only advised
// on: who knows better may go on.
#include <utility>

#include "planner/butane/translation.h"

namespace berth::butane {
namespace {

using ignition::Value;

constexpr std::int64_t kLeastRootMiB = 8192;

/// The number that a reserved label stands for; 0 for other labels.
std::int64_t reservedNumber(std::string_view label) {
  if (label == "BIOS-BOOT" || label == "PowerPC-PReP-boot") return 1;
  if (label == "EFI-SYSTEM") return 2;
  if (label == "boot") return 3;
  return label == "root" ? 4 : 0;
}

/// Partitions other than `root` that are put wherever there is room.
bool hasFollower(const std::vector<Value>& partitions, const Value& root) {
  for (const Value& each : partitions) {
    if (&each != &root && each.integerOr("startMiB", 0) == 0) return true;
  }
  return false;
}

void adviseOnRoot(Translation& translation, const std::vector<Value>& partitions, const Value& root) {
  std::int64_t size = root.integerOr("sizeMiB", 0);
  if (size != 0) {
    if (size < kLeastRootMiB) {
      translation.warning(root.find("sizeMiB")->origin(), "root should have 8GiB of space assigned");
    }
  } else if (hasFollower(partitions, root)) {
    translation.warning(root.find("label")->origin(),
                        "root partition cannot expand; it is set to fill available space but is followed by an "
                        "auto-positioned partition");
  }
}

void adviseOnDisk(Translation& translation, const Value& disk) {
  const auto& partitions = ignition::itemsOf(disk.find("partitions"));
  for (const Value& each : partitions) {
    const Value* label = each.find("label");
    if (label == nullptr) continue;
    std::int64_t reserved = reservedNumber(label->text());
    if (reserved != 0 && each.integerOr("number", 0) != reserved && !disk.isTrue("wipeTable")) {
      translation.warning(label->origin(),
                          "incorrect partition number; a new partition will be created using reserved label");
    }
    if (label->text() == "root" && translation.dialect.isFcosSince(3)) adviseOnRoot(translation, partitions, each);
  }
}

}  // namespace

void advisePartitions(Translation& translation) {
  if (translation.dialect.variant != Variant::fcos) return;
  for (const Value& disk : translation.config.entries("storage", "disks")) {
    adviseOnDisk(translation, disk);
  }
}

}  // namespace berth::butane
