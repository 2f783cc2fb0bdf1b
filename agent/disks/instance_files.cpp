// SPDX-License-Identifier: Apache-2.0
#include "agent/disks/instance_files.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "agent/disks/file.h"

namespace berth::disks {
namespace {

namespace fs = std::filesystem;

/// So that what is left of a file on the disk says nothing. A file system that never writes to the same place twice
/// keeps the old blocks for a while all the same.
Result<> overwrite(const fs::path& path) {
  const Descriptor fd(::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
  // While a guest runs the file may be QEMU's own: it can be removed by whoever has the directory, and not be written.
  if (!fd && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EACCES || errno == EPERM)) return Ok{};
  struct stat there {};
  if (!fd || ::fstat(fd.get(), &there) != 0) return Error::fromErrno("overwriting", path, errno);
  const std::vector<std::uint8_t> nothing(static_cast<std::size_t>(there.st_size));
  if (const int error = writeAll(fd.get(), nothing); error != 0) return Error::fromErrno("overwriting", path, error);
  if (::fsync(fd.get()) != 0) return Error::fromErrno("overwriting", path, errno);
  return Ok{};
}

Result<> removeTree(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return Error::fromErrno("removing", path, error.value());
  return Ok{};
}

bool isHalfMade(const fs::path& path) {
  return path.extension() == fs::path(kHalfMade) || path.filename().string().starts_with("gone-");
}

Result<> sweep(const fs::path& directory, std::vector<fs::path>& swept) {
  const auto found = entriesOf(directory);
  if (auto failed = failure(found)) return *failed;
  for (const fs::path& path : std::get<0>(found)) {
    if (!isHalfMade(path)) continue;
    if (auto failed = failure(removeTree(path))) return *failed;
    swept.push_back(path);
  }
  return Ok{};
}

}  // namespace

Result<std::vector<fs::path>> openLayout(const Layout& layout) {
  if (auto failed = failure(makePassage(layout.root()))) return *failed;
  if (auto failed = failure(makePassage(layout.instances()))) return *failed;
  if (auto failed = failure(makePassage(layout.retired()))) return *failed;
  std::vector<fs::path> swept;
  if (auto failed = failure(sweep(layout.instances(), swept))) return *failed;
  if (auto failed = failure(sweep(layout.retired(), swept))) return *failed;
  auto instances = listInstances(layout);
  if (auto failed = failure(instances)) return *failed;
  for (const Uuid& instance : std::get<0>(instances)) {
    if (auto failed = failure(sweep(layout.instance(instance).directory, swept))) return *failed;
  }
  return swept;
}

Result<> prepare(const Layout& layout, const Uuid& instance) {
  const InstancePaths paths = layout.instance(instance);
  if (auto failed = failure(makePassage(paths.directory))) return *failed;
  const Descriptor console(
      ::open(paths.console.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  // While a guest runs the log may be root's: it is there, which is all that matters here.
  if (!console && errno != EACCES) return Error::fromErrno("creating", paths.console, errno);
  return syncDirectory(layout.instances());
}

Result<> writeIgnition(const Layout& layout, const Uuid& instance, std::string_view config) {
  return writeWhole(layout.instance(instance).ignition, config, FileMode::secret);
}

Result<> removeIgnition(const Layout& layout, const Uuid& instance) {
  const fs::path path = layout.instance(instance).ignition;
  if (auto failed = failure(overwrite(path))) return *failed;
  if (auto failed = failure(removeFile(path))) return *failed;
  std::error_code error;
  if (!fs::exists(path.parent_path(), error)) return Ok{};
  return syncDirectory(path.parent_path());
}

Result<> removeAll(const Layout& layout, const fs::path& directory, const fs::path& gone) {
  if (auto failed = failure(removeTree(gone))) return *failed;
  if (::rename(directory.c_str(), gone.c_str()) != 0) {
    if (errno == ENOENT) return Ok{};
    return Error::fromErrno("removing", directory, errno);
  }
  if (auto failed = failure(removeTree(gone))) return *failed;
  if (auto failed = failure(syncDirectory(directory.parent_path()))) return *failed;
  return syncDirectory(layout.instances());
}

Result<> removeInstance(const Layout& layout, const Uuid& instance) {
  if (auto failed = failure(removeIgnition(layout, instance))) return *failed;
  return removeAll(layout, layout.instance(instance).directory, layout.gone(instance));
}

Result<std::vector<Uuid>> uuidsIn(const fs::path& directory) {
  const auto found = entriesOf(directory);
  if (auto failed = failure(found)) return *failed;
  std::vector<Uuid> instances;
  for (const fs::path& path : std::get<0>(found)) {
    const std::string name = path.filename();
    const auto uuid = Uuid::parse(name);
    if (uuid && uuid->str() == name) instances.push_back(*uuid);
  }
  return instances;
}

Result<std::vector<Uuid>> listInstances(const Layout& layout) { return uuidsIn(layout.instances()); }

Result<Space> space(const Layout& layout) {
  struct statvfs found {};
  if (::statvfs(layout.root().c_str(), &found) != 0)
    return Error::fromErrno("asking for space on", layout.root(), errno);
  return Space{Bytes(found.f_blocks * found.f_frsize), Bytes(found.f_bavail * found.f_frsize)};
}

}  // namespace berth::disks
