// SPDX-License-Identifier: Apache-2.0
#include "agent/hypervisor/console.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <optional>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/disks/file.h"

namespace berth::hypervisor {
namespace {

using disks::Descriptor;
using disks::Error;
using disks::Result;

constexpr std::uint64_t kTailMax = 64u << 10;
/// Holes are punched in whole blocks; a larger unit than any file system's.
constexpr std::uint64_t kHoleUnit = 64u << 10;

/// One file of the console.
struct Part {
  Descriptor file;
  ino_t inode = 0;
  std::uint64_t size = 0;
  /// Where the data begins: behind the hole.
  std::uint64_t data = 0;
  /// The console's offset of the file's first byte.
  std::uint64_t base = 0;
};

struct Mark {
  ino_t inode = 0;
  std::uint64_t base = 0;
  bool operator==(const Mark&) const = default;
};

Result<std::optional<Part>> openPart(const std::filesystem::path& path) {
  Part part;
  part.file = Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!part.file && errno == ENOENT) return std::nullopt;
  if (!part.file) return Error::fromErrno("reading the console", path, errno);
  struct stat found {};
  if (::fstat(part.file.get(), &found) != 0) return Error::fromErrno("reading the console", path, errno);
  part.inode = found.st_ino;
  part.size = static_cast<std::uint64_t>(found.st_size);
  const off_t data = ::lseek(part.file.get(), 0, SEEK_DATA);
  part.data = data < 0 ? part.size : static_cast<std::uint64_t>(data);
  return part;
}

std::optional<Mark> readMark(const std::filesystem::path& path) {
  Mark mark;
  std::ifstream file(path);
  if (file >> mark.inode >> mark.base) return mark;
  return std::nullopt;
}

Result<> writeMark(const std::filesystem::path& path, const Mark& mark) {
  return disks::writeWhole(path, std::to_string(mark.inode) + " " + std::to_string(mark.base) + "\n",
                           disks::FileMode::shared);
}

/// Says where each part begins, the oldest first.
void count(std::vector<Part>& parts, const std::optional<Mark>& mark) {
  std::size_t known = 0;
  std::uint64_t base = 0;
  if (mark) {
    const auto found = std::ranges::find(parts, mark->inode, &Part::inode);
    // Lost when virtlogd has rotated it away altogether: we know only that all of this came later.
    base = mark->base;
    if (found != parts.end()) known = static_cast<std::size_t>(found - parts.begin());
  }
  for (std::size_t i = 0; i < known; ++i) base -= std::min(base, parts[i].size);
  for (Part& part : parts) {
    part.base = base;
    base += part.size;
  }
}

Result<std::vector<Part>> look(const disks::InstancePaths& paths) {
  std::vector<Part> parts;
  for (const char* ending : {".2", ".1", ".0", ""}) {
    auto part = openPart(paths.console.string() + ending);
    if (auto failed = disks::failure(part)) return *failed;
    auto& found = std::get<std::optional<Part>>(part);
    if (found) parts.push_back(std::move(*found));
  }
  if (parts.empty()) return parts;
  const auto mark = readMark(paths.consoleMark);
  count(parts, mark);
  const Mark now{parts.back().inode, parts.back().base};
  if (mark != now) {
    if (auto failed = disks::failure(writeMark(paths.consoleMark, now))) return *failed;
  }
  return parts;
}

message::Console readParts(const std::vector<Part>& parts, std::uint64_t offset, std::uint64_t limit) {
  message::Console console;
  if (parts.empty()) return console;
  console.end = parts.back().base + parts.back().size;
  console.offset = std::min(offset, console.end);
  for (const Part& part : parts) {
    const std::uint64_t next = console.offset + console.data.size();
    const std::uint64_t first = part.base + part.data;
    if (next >= part.base + part.size || console.data.size() >= limit) continue;
    if (next < first && !console.data.empty()) break;  // a hole in between: the next read goes on behind it
    if (next < first) console.offset = first;
    const std::uint64_t from = std::max(next, first) - part.base;
    std::string piece(std::min(limit - console.data.size(), part.size - from), '\0');
    const ssize_t got = ::pread(part.file.get(), piece.data(), piece.size(), static_cast<off_t>(from));
    if (got <= 0) break;
    console.data.append(piece, 0, static_cast<std::size_t>(got));
  }
  return console;
}

}  // namespace

Result<message::Console> readConsole(const disks::InstancePaths& paths, std::uint64_t offset, std::uint32_t limit) {
  const auto parts = look(paths);
  if (auto failed = disks::failure(parts)) return *failed;
  return readParts(std::get<std::vector<Part>>(parts), offset, std::min(limit, kConsoleReadMax));
}

Result<std::string> consoleTail(const disks::InstancePaths& paths, std::size_t lines) {
  const auto looked = look(paths);
  if (auto failed = disks::failure(looked)) return *failed;
  const auto& parts = std::get<std::vector<Part>>(looked);
  if (parts.empty() || lines == 0) return std::string();
  const std::uint64_t end = parts.back().base + parts.back().size;
  std::string text = readParts(parts, end - std::min(end, kTailMax), kTailMax).data;
  std::size_t begin = text.size();
  for (std::size_t i = 0; i < lines && begin > 0; ++i) {
    const auto previous = begin >= 2 ? text.rfind('\n', begin - 2) : std::string::npos;
    begin = previous == std::string::npos ? 0 : previous + 1;
  }
  return text.substr(begin);
}

Result<> trimConsole(const disks::InstancePaths& paths, std::uint64_t keep) {
  auto part = openPart(paths.console);
  if (auto failed = disks::failure(part)) return *failed;
  const auto& found = std::get<std::optional<Part>>(part);
  if (!found || found->size - found->data <= 2 * keep) return disks::Ok{};
  const Descriptor file(::open(paths.console.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  const std::uint64_t end = (found->size - keep) / kHoleUnit * kHoleUnit;
  if (!file || (end > 0 &&
                ::fallocate(file.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(end)) != 0)) {
    return Error::fromErrno("trimming the console", paths.console, errno);
  }
  return disks::Ok{};
}

}  // namespace berth::hypervisor
