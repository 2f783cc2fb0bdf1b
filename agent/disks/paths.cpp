// SPDX-License-Identifier: Apache-2.0
#include "agent/disks/paths.h"

namespace berth::disks {

InstancePaths Layout::instance(const Uuid& uuid) const {
  const std::filesystem::path directory = instances() / uuid.str();
  return {directory, directory / "root.qcow2", directory / "config.ign", directory / "console.log",
          directory / "console.mark"};
}

RetiredPaths Layout::retired(const Uuid& uuid) const {
  const std::filesystem::path directory = retired() / uuid.str();
  return {directory, directory / "root.qcow2", directory / "label"};
}

std::filesystem::path Layout::gone(const Uuid& uuid) const { return instances() / ("gone-" + uuid.str()); }

}  // namespace berth::disks
