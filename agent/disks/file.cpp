// SPDX-License-Identifier: Apache-2.0
#include "agent/disks/file.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace berth::disks {

Error Error::fromErrno(std::string attempted, const std::filesystem::path& object, int number) {
  const bool permanent = number == ENOENT || number == EACCES || number == EPERM || number == ENOTDIR ||
                         number == EISDIR || number == ELOOP || number == ENAMETOOLONG || number == EROFS;
  return {permanent ? Kind::permanent : Kind::temporary, std::move(attempted), object.string(),
          std::generic_category().message(number)};
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

std::filesystem::path halfMade(const std::filesystem::path& path) {
  std::filesystem::path result = path;
  result += kHalfMade;
  return result;
}

int writeAll(int fd, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return 0;
}

Result<> syncDirectory(const std::filesystem::path& directory) {
  const Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return Error::fromErrno("syncing directory", directory, errno);
  return Ok{};
}

Result<> makePassage(const std::filesystem::path& directory) {
  constexpr mode_t kPassThrough = 0711;
  if (::mkdir(directory.c_str(), kPassThrough) != 0 && errno != EEXIST)
    return Error::fromErrno("making", directory, errno);
  struct stat there {};
  if (::lstat(directory.c_str(), &there) != 0) return Error::fromErrno("looking at", directory, errno);
  if (!S_ISDIR(there.st_mode)) return Error::fromErrno("making", directory, ENOTDIR);
  // The umask may have taken bits away that QEMU's user needs.
  if ((there.st_mode & 07777) != kPassThrough && ::chmod(directory.c_str(), kPassThrough) != 0)
    return Error::fromErrno("setting the mode of", directory, errno);
  return Ok{};
}

Result<std::vector<std::filesystem::path>> entriesOf(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> found;
  std::error_code error;
  std::filesystem::directory_iterator entry(directory, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
    found.push_back(entry->path());
  if (error && error.value() != ENOENT) return Error::fromErrno("reading directory", directory, error.value());
  return found;
}

Result<> publish(const std::filesystem::path& from, const std::filesystem::path& to) {
  {
    const Descriptor fd(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd || ::fsync(fd.get()) != 0) return Error::fromErrno("syncing", from, errno);
  }
  if (::rename(from.c_str(), to.c_str()) != 0) return Error::fromErrno("renaming to", to, errno);
  return syncDirectory(to.parent_path());
}

Bytes used(const std::filesystem::path& path) {
  struct stat there {};
  return ::lstat(path.c_str(), &there) == 0 ? Bytes(static_cast<std::uint64_t>(there.st_blocks) * 512) : Bytes();
}

Result<> removeFile(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return Error::fromErrno("removing", path, errno);
  return Ok{};
}

Result<> writeWhole(const std::filesystem::path& path, std::string_view content, FileMode mode) {
  const std::filesystem::path fresh = halfMade(path);
  // What a crash left under this name may have another mode or owner: never write a secret into it.
  if (auto failed = failure(removeFile(fresh))) return *failed;
  {
    const Descriptor fd(
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, static_cast<mode_t>(mode)));
    if (!fd) return Error::fromErrno("creating", fresh, errno);
    const int error = writeAll(fd.get(), {reinterpret_cast<const std::uint8_t*>(content.data()), content.size()});
    if (error != 0) {
      ::unlink(fresh.c_str());
      return Error::fromErrno("writing", path, error);
    }
  }
  return publish(fresh, path);
}

}  // namespace berth::disks
