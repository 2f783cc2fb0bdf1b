// SPDX-License-Identifier: Apache-2.0
//
// A storage pool of libvirt's, as the place where the disks of volumes lie; their labels stay in the state directory.
//
//   TARGET/                       a pool of type dir or fs
//     .berth-volumes       0644   whose volumes these are; without it the file system is not mounted
//     <node>.<volume>.qcow2
//     <node>.<volume>.<snapshot>.qcow2
//     *.qcow2.incoming  *.qcow2.new
//
//   /dev/GROUP/                   a pool of type logical: logical volumes with our tag, each with a qcow2 in it
//     <node>.<volume>
//     <node>.<volume>.<snapshot>
//     *+incoming  *+new
//
// The names are flat, so that `virsh vol-list` shows them, and no name of ours has a dot in it. Which pool that is
// stands in DIR/volumes/storage.pool from the first time on that it was used: volumes do not follow to another one.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "agent/disks/error.h"
#include "agent/disks/logical.h"
#include "words/name.h"
#include "words/quantity.h"
#include "words/uuid.h"

namespace berth::volumes {

struct Pool {
  enum class Kind : std::uint8_t { directory, logical };

  /// As libvirt calls it.
  std::string name;
  /// Of libvirt's: "dir", "fs" or "logical".
  std::string type;
  /// Absolute: its directory, or /dev/GROUP.
  std::filesystem::path target;
  /// Of a logical one: the group, and what our logical volumes in it bear.
  disks::VolumeGroup group{};

  [[nodiscard]] Kind kind() const { return type == "logical" ? Kind::logical : Kind::directory; }
  /// "vms (logical)"
  [[nodiscard]] std::string str() const { return name + " (" + type + ")"; }
};

/// What DIR/volumes/storage.pool says.
struct PoolRecord {
  std::string name;
  std::string type;
  std::string target;
  std::string group;
  /// What it offered when it was looked at last; 0 where that is the room of the state directory's own disk.
  Bytes room;
  bool operator==(const PoolRecord&) const = default;
};
[[nodiscard]] std::string write(const PoolRecord& record);
/// Empty when the text is not exactly what write() makes.
[[nodiscard]] std::optional<PoolRecord> readPoolRecord(std::string_view text);

/// Empty when there is none.
[[nodiscard]] disks::Result<std::optional<PoolRecord>> poolRecord(const std::filesystem::path& state);
[[nodiscard]] disks::Result<> keepPoolRecord(const std::filesystem::path& state, const PoolRecord& record);
[[nodiscard]] disks::Result<> forgetPoolRecord(const std::filesystem::path& state);

/// Puts our stamp into the directory of a pool. An Error when somebody else's is there.
[[nodiscard]] disks::Result<> stamp(const Pool& pool, const Uuid& fleet, const HostName& host);
/// A temporary Error when the disks of the pool are away: its file system is not mounted, its group is not there.
[[nodiscard]] disks::Result<> present(const Pool& pool);

/// What the pool offers to volumes: of a group what is ours or free, less a hundredth that the tables of disks take.
/// Nothing where it is on the same file system as `state`: its room is that of the disk. An Error while it is away.
[[nodiscard]] disks::Result<Bytes> roomOf(const Pool& pool, const std::filesystem::path& state);

}  // namespace berth::volumes
