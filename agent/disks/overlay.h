// SPDX-License-Identifier: Apache-2.0
//
// Disks as qcow2 files. The root disk of an instance is an overlay that holds what the guest changed, on top of a
// read-only base image; a volume (agent/volumes) is an empty disk. Making one takes some 15 ms, whatever its size. A
// disk that has its name is complete.
#pragma once

#include <filesystem>
#include <stop_token>

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

/// Makes `disk` (mode 0600) with nothing on it. One that is there already is left as it is. The path is absolute.
[[nodiscard]] Result<> makeEmptyDisk(const QemuImg& qemuImg, Bytes size, const std::filesystem::path& disk);

/// Makes `fresh` (mode 0600) hold all that `disk` holds, which no guest has; compared byte for byte afterwards. Not
/// under its final name yet: publish() it. The copy is sparse, and stands alone.
[[nodiscard]] Result<> copyDisk(const QemuImg& qemuImg, const std::filesystem::path& disk,
                                const std::filesystem::path& fresh, const std::stop_token& stop = {});
/// Makes `fresh` (mode 0600) with nothing on it, for somebody else to fill.
[[nodiscard]] Result<> makeTarget(const QemuImg& qemuImg, Bytes size, const std::filesystem::path& fresh);
/// The same two for what is there already, a device: its first bytes become those of a disk.
[[nodiscard]] Result<> copyOnto(const QemuImg& qemuImg, const std::filesystem::path& disk,
                                const std::filesystem::path& device, const std::stop_token& stop = {});
[[nodiscard]] Result<> makeOn(const QemuImg& qemuImg, Bytes size, const std::filesystem::path& device);
/// Where the last byte ends that a disk which no guest has uses of its device.
[[nodiscard]] Result<Bytes> endOfDisk(const QemuImg& qemuImg, const std::filesystem::path& device);
/// An Error when the structure of a disk is damaged.
[[nodiscard]] Result<> checkDisk(const QemuImg& qemuImg, const std::filesystem::path& disk,
                                 const std::stop_token& stop = {});

/// Makes a disk that no guest has larger. One that is as large already stays as it is; one that is larger is an Error.
[[nodiscard]] Result<> growDisk(const QemuImg& qemuImg, Bytes size, const std::filesystem::path& disk);

}  // namespace berth::disks
