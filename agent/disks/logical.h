// SPDX-License-Identifier: Apache-2.0
//
// Logical volumes of LVM, through its own program: libvirt can neither grow nor rename one. Only those that bear the
// group's tag are ours; one without it is never touched, whatever its name.
//
//   const VolumeGroup group{"vg0", ownerTag(fleet, host)};
//   failed = createLogical(group, "prod-db-0.data+new", 10_GiB);
//   failed = renameLogical(group, "prod-db-0.data+new", "prod-db-0.data");
//
// LVM keeps what it is told in the group itself, and each of these is one change there: it happened, or it did not,
// whenever the power goes. Takes root. Each call runs one program or two, some 50 ms each.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/disks/error.h"
#include "words/name.h"
#include "words/quantity.h"
#include "words/uuid.h"

namespace berth::disks {

struct VolumeGroup {
  std::string name;
  /// What our logical volumes bear.
  std::string tag;
  std::filesystem::path program = "/usr/sbin/lvm";

  [[nodiscard]] std::filesystem::path device(std::string_view logical) const {
    return std::filesystem::path("/dev") / name / logical;
  }
};

/// Another agent that sees the same group has another one.
[[nodiscard]] std::string ownerTag(const Uuid& fleet, const HostName& host);

struct Logical {
  std::string name;
  Bytes size;
  bool isOurs = false;
  /// Its content is complete, and it is to take the place of another one (replaceLogical()).
  bool isWhole = false;
  bool isActive = false;
};

/// Of the whole group. An Error, and a temporary one, when there is no such group: its disks may be away.
[[nodiscard]] Result<std::vector<Logical>> listLogical(const VolumeGroup& group);
/// Ready for use. A permanent Error when it is somebody else's.
[[nodiscard]] Result<std::optional<Logical>> findLogical(const VolumeGroup& group, std::string_view name);

/// With a size that is rounded up to whole extents, and nothing of old filesystems at its beginning.
[[nodiscard]] Result<> createLogical(const VolumeGroup& group, const std::string& name, Bytes size);
/// One that is as large already stays as it is.
[[nodiscard]] Result<> extendLogical(const VolumeGroup& group, const std::string& name, Bytes size);
/// One that is not there is removed already.
[[nodiscard]] Result<> removeLogical(const VolumeGroup& group, const std::string& name);
[[nodiscard]] Result<> renameLogical(const VolumeGroup& group, const std::string& from, const std::string& to);
/// `from`, which is complete, becomes `to`; what had that name is removed. A crash in between is mended by
/// settleLogical().
[[nodiscard]] Result<> replaceLogical(const VolumeGroup& group, const std::string& from, const std::string& to);
/// Gives `from` the name `to` where only that was left to do of replaceLogical(); whether it did.
[[nodiscard]] Result<bool> settleLogical(const VolumeGroup& group, const std::string& from, const std::string& to);

/// What there is for ours: those that are there, and what nobody has.
[[nodiscard]] Result<Bytes> roomForOurs(const VolumeGroup& group);

/// Why LVM would not take such a name; empty when it would. `longest` is the longest ending that it is given.
[[nodiscard]] std::optional<std::string> objectionToLogical(const VolumeGroup& group, std::string_view name,
                                                            std::string_view longest);

}  // namespace berth::disks
