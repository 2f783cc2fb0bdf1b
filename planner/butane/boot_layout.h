// SPDX-License-Identifier: Apache-2.0
//
// How the disk is laid out that Fedora CoreOS boots from, by architecture.
#pragma once

#include <span>
#include <string_view>

namespace berth::butane {

struct BootPartition {
  /// "esp" becomes "esp-1" on the first disk of a mirror.
  std::string_view name;
  /// 0 for what is left.
  int sizeMiB;
  std::string_view typeGuid;
};

struct BootLayout {
  std::string_view name;
  std::span<const BootPartition> partitions;
  bool hasEsp;
  /// What follows the name of the disk in that of its root partition; empty where the partition is known by its label.
  std::string_view rootSuffix;
  bool isS390x;
};

/// Null for a name that is none.
[[nodiscard]] const BootLayout* bootLayoutOf(std::string_view name);

}  // namespace berth::butane
