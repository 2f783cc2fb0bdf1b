// SPDX-License-Identifier: Apache-2.0
#include "agent/volumes/medium.h"

#include <cerrno>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/disks/file.h"
#include "agent/disks/logical.h"

namespace berth::volumes {
namespace {

namespace fs = std::filesystem;
using disks::Error;
using disks::failure;
using disks::Ok;

constexpr std::string_view kNew = "+new";

/// The group that a disk is a logical volume of; null when it is a file.
const disks::VolumeGroup* groupOf(const Layout& layout) {
  return layout.isOnDevices() ? &layout.pool()->group : nullptr;
}

std::string nameOf(const fs::path& device) { return device.filename().string(); }

Result<bool> isFile(const fs::path& path) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0) return S_ISREG(there.st_mode);
  if (errno == ENOENT) return false;
  return Error::fromErrno("looking at", path, errno);
}

Result<> syncDevice(const fs::path& device) {
  const disks::Descriptor fd(::open(device.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return Error::fromErrno("syncing", device, errno);
  return Ok{};
}

/// An empty logical volume under a name that is not final.
Result<> begin(const disks::VolumeGroup& group, Bytes size, const fs::path& fresh) {
  constexpr std::string_view kLongestEnding = "+incoming";
  if (auto why = disks::objectionToLogical(group, nameOf(fresh), kLongestEnding))
    return Error{Error::Kind::permanent, "making", fresh.string(), *std::move(why)};
  if (auto failed = failure(disks::removeLogical(group, nameOf(fresh)))) return *failed;
  return disks::createLogical(group, nameOf(fresh), allocationOf(size));
}

}  // namespace

Bytes allocationOf(Bytes size) { return size + Bytes(size.count() / 2048) + 4_MiB; }

Result<bool> isThere(const Layout& layout, const fs::path& disk) {
  const auto* group = groupOf(layout);
  if (group == nullptr) {
    if (const auto& pool = layout.pool())
      if (auto failed = failure(present(*pool))) return *failed;
    return isFile(disk);
  }
  const auto found = disks::findLogical(*group, nameOf(disk));
  if (auto failed = failure(found)) return *failed;
  if (std::get<std::optional<disks::Logical>>(found)) return true;
  return disks::settleLogical(*group, nameOf(layout.fresh(disk)), nameOf(disk));
}

Result<std::vector<fs::path>> halfMadeIn(const Layout& layout) {
  const auto* group = groupOf(layout);
  std::vector<fs::path> found;
  if (group == nullptr) {
    if (auto failed = failure(present(*layout.pool()))) return *failed;
    const auto entries = disks::entriesOf(layout.pool()->target);
    if (auto failed = failure(entries)) return *failed;
    for (const fs::path& entry : std::get<0>(entries))
      if (entry.extension() == fs::path(disks::kHalfMade)) found.push_back(entry);
    return found;
  }
  const auto all = disks::listLogical(*group);
  if (auto failed = failure(all)) return *failed;
  for (const auto& each : std::get<0>(all))
    if (each.name.ends_with(kNew)) found.push_back(group->device(each.name));
  return found;
}

Result<> makeEmpty(const Layout& layout, const disks::QemuImg& qemuImg, Bytes size, const fs::path& disk) {
  if (groupOf(layout) == nullptr) return disks::makeEmptyDisk(qemuImg, size, disk);
  const auto there = isThere(layout, disk);
  if (auto failed = failure(there)) return *failed;
  if (std::get<bool>(there)) return Ok{};
  const fs::path fresh = layout.fresh(disk);
  if (auto failed = failure(makeTarget(layout, qemuImg, size, fresh))) {
    (void)discard(layout, fresh);
    return *failed;
  }
  return publish(layout, fresh, disk);
}

Result<> makeTarget(const Layout& layout, const disks::QemuImg& qemuImg, Bytes size, const fs::path& fresh) {
  const auto* group = groupOf(layout);
  if (group == nullptr) return disks::makeTarget(qemuImg, size, fresh);
  if (auto failed = failure(begin(*group, size, fresh))) return *failed;
  return disks::makeOn(qemuImg, size, fresh);
}

Result<> copy(const Layout& layout, const disks::QemuImg& qemuImg, const fs::path& disk, Bytes size,
              const fs::path& fresh, const std::stop_token& stop) {
  const auto* group = groupOf(layout);
  if (group == nullptr) return disks::copyDisk(qemuImg, disk, fresh, stop);
  if (auto failed = failure(begin(*group, size, fresh))) return *failed;
  return disks::copyOnto(qemuImg, disk, fresh, stop);
}

Result<> makeRoom(const Layout& layout, Bytes size, const fs::path& path) {
  const auto* group = groupOf(layout);
  if (group == nullptr) return Ok{};
  return disks::extendLogical(*group, nameOf(path), allocationOf(size));
}

Result<> grow(const Layout& layout, const disks::QemuImg& qemuImg, Bytes size, const fs::path& disk) {
  if (auto failed = failure(makeRoom(layout, size, disk))) return *failed;
  return disks::growDisk(qemuImg, size, disk);
}

Result<> publish(const Layout& layout, const fs::path& fresh, const fs::path& disk) {
  const auto* group = groupOf(layout);
  if (group == nullptr) return disks::publish(fresh, disk);
  if (auto failed = failure(syncDevice(fresh))) return *failed;
  return disks::replaceLogical(*group, nameOf(fresh), nameOf(disk));
}

Result<> discard(const Layout& layout, const fs::path& path) {
  const auto* group = groupOf(layout);
  return group == nullptr ? disks::removeFile(path) : disks::removeLogical(*group, nameOf(path));
}

Result<> makeArriving(const Layout& layout, Bytes size, const fs::path& device) {
  const auto& group = layout.pool()->group;
  const auto found = disks::findLogical(group, nameOf(device));
  if (auto failed = failure(found)) return *failed;
  if (std::get<std::optional<disks::Logical>>(found)) return Ok{};
  return begin(group, size, device);
}

std::uint64_t arrived(const Layout& layout, const NodeName& node, const VolumeName& volume) {
  std::ifstream file(layout.progress(node, volume));
  std::uint64_t bytes = 0;
  return file >> bytes ? bytes : 0;
}

Result<> noteArrived(const Layout& layout, const NodeName& node, const VolumeName& volume, std::uint64_t bytes) {
  return disks::writeWhole(layout.progress(node, volume), std::to_string(bytes) + "\n", disks::FileMode::shared);
}

Bytes used(const Layout& layout, const fs::path& disk) {
  const auto* group = groupOf(layout);
  if (group == nullptr) return disks::used(disk);
  // Asked at every look, of every snapshot: LVM's program would take too long.
  const disks::Descriptor fd(::open(disk.c_str(), O_RDONLY | O_CLOEXEC));
  const auto end = fd ? ::lseek(fd.get(), 0, SEEK_END) : -1;
  return end > 0 ? Bytes(static_cast<std::uint64_t>(end)) : Bytes();
}

}  // namespace berth::volumes
