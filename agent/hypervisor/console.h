// SPDX-License-Identifier: Apache-2.0
//
// Reads what a guest has written to its serial console. A byte keeps its offset, counted since the instance was
// created, whatever becomes of the file around it:
//
//   - trim() gives the disk space of old output back by punching a hole into the file's beginning. The file keeps its
//     length, so offsets stay right, and whoever is appending to it does not notice.
//   - virtlogd, after 2 MiB, renames console.log to console.log.0 (.1, .2) and begins a new one. `console.mark` notes
//     the inode of the newest part and the offset it begins at; the next look finds that part again by its inode and
//     counts on from there.
//
// What is returned is as the guest wrote it, which may be anything: whoever shows it to a person cleans it first.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "agent/disks/error.h"
#include "agent/disks/paths.h"
#include "protocol/message/fleet.h"

namespace berth::hypervisor {

/// The most that one read returns, to fit well into one message.
inline constexpr std::uint32_t kConsoleReadMax = 1u << 20;
/// How much of a console is kept at least; trim() lets it grow to twice as much.
inline constexpr std::uint64_t kConsoleKeep = 1u << 20;

/// Up to `limit` bytes from `offset`, or from the first byte that is still there. At the end, and beyond it, there is
/// no data. A console without a file is empty.
[[nodiscard]] disks::Result<message::Console> readConsole(const disks::InstancePaths& paths, std::uint64_t offset,
                                                          std::uint32_t limit);

/// The last `lines` lines, of at most the last 64 KiB.
[[nodiscard]] disks::Result<std::string> consoleTail(const disks::InstancePaths& paths, std::size_t lines);

/// Frees what is older than `keep` bytes once there are twice as many. Call it now and then.
[[nodiscard]] disks::Result<> trimConsole(const disks::InstancePaths& paths, std::uint64_t keep = kConsoleKeep);

}  // namespace berth::hypervisor
