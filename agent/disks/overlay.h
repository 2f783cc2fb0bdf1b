// SPDX-License-Identifier: Apache-2.0
//
// The root disk of an instance: a qcow2 overlay that holds what the guest changed, on top of a read-only base image.
// Making one takes some 15 ms, whatever its size. An overlay that has its name is complete.
#pragma once

#include <filesystem>

#include "agent/disks/error.h"
#include "words/quantity.h"

namespace berth::disks {

struct QemuImg {
  std::filesystem::path program = "/usr/bin/qemu-img";
};

/// The size of a root disk: what the spec asks for, rounded up to whole sectors of 512 bytes. An Error when that is
/// less than the image needs: the guest's partitions would end behind the end of its disk.
[[nodiscard]] Result<Bytes> rootDiskSize(Bytes asked, Bytes imageVirtualSize);

/// Makes `overlay` (mode 0600) on `base`, a qcow2 image. One that is there already is left as it is: it holds a
/// guest's data. Both paths are absolute.
[[nodiscard]] Result<> makeOverlay(const QemuImg& qemuImg, const std::filesystem::path& base, Bytes size,
                                   const std::filesystem::path& overlay);

}  // namespace berth::disks
