// SPDX-License-Identifier: Apache-2.0
//
// What the disk of a volume is kept on: a file, or a logical volume (pool.h), and how it comes, grows and goes there.
// Paths are those that Layout gives. Each is a qcow2 in either case: snapshots, moves and comparison are the same then,
// and nothing that a group's earlier disks held ever shows in a new one, which no guest could tell from its own.
//
// A logical volume has room for all that its disk can ever write, from the beginning (allocationOf()).
#pragma once

#include <filesystem>
#include <stop_token>

#include "agent/disks/overlay.h"
#include "agent/volumes/volumes.h"

namespace berth::volumes {

/// Whether a complete disk is there under its name. A temporary Error while its pool is away.
[[nodiscard]] Result<bool> isThere(const Layout& layout, const std::filesystem::path& disk);

/// Whatever lies in the pool under a name that ends as one of ours which is not complete.
[[nodiscard]] Result<std::vector<std::filesystem::path>> halfMadeIn(const Layout& layout);

/// Makes a disk with nothing on it, unless it is there.
[[nodiscard]] Result<> makeEmpty(const Layout& layout, const disks::QemuImg& qemuImg, Bytes size,
                                 const std::filesystem::path& disk);
/// Makes `fresh` with nothing on it, for somebody else to fill.
[[nodiscard]] Result<> makeTarget(const Layout& layout, const disks::QemuImg& qemuImg, Bytes size,
                                  const std::filesystem::path& fresh);
/// Makes `fresh` hold all that `disk` holds, which has `size` and no guest; compared afterwards.
[[nodiscard]] Result<> copy(const Layout& layout, const disks::QemuImg& qemuImg, const std::filesystem::path& disk,
                            Bytes size, const std::filesystem::path& fresh, const std::stop_token& stop = {});
/// Gives what lies under `path` room for a disk of that size, or for so many bytes of one. To be called before a disk
/// grows, whoever has it.
[[nodiscard]] Result<> makeRoom(const Layout& layout, Bytes size, const std::filesystem::path& path);
/// Makes a disk that no guest has larger.
[[nodiscard]] Result<> grow(const Layout& layout, const disks::QemuImg& qemuImg, Bytes size,
                            const std::filesystem::path& disk);
/// Gives what is complete under `fresh` the name `disk`, durably; what has that name goes.
[[nodiscard]] Result<> publish(const Layout& layout, const std::filesystem::path& fresh,
                               const std::filesystem::path& disk);
/// One that is not there is removed already.
[[nodiscard]] Result<> discard(const Layout& layout, const std::filesystem::path& path);
/// How much room it takes; nothing when that cannot be told.
[[nodiscard]] Bytes used(const Layout& layout, const std::filesystem::path& disk);

// ---- what comes from another host onto a device: a file says by its size how much of it has come, a device cannot.

/// Makes the device that a disk of this size is to come to, unless it is there.
[[nodiscard]] Result<> makeArriving(const Layout& layout, Bytes size, const std::filesystem::path& device);
/// How many bytes of it have come for certain.
[[nodiscard]] std::uint64_t arrived(const Layout& layout, const NodeName& node, const VolumeName& volume);
[[nodiscard]] Result<> noteArrived(const Layout& layout, const NodeName& node, const VolumeName& volume,
                                   std::uint64_t bytes);

/// So much a disk of this size may take with its tables: those of qcow2 have 1/6000 of it, and are moved when it grows.
[[nodiscard]] Bytes allocationOf(Bytes size);

}  // namespace berth::volumes
