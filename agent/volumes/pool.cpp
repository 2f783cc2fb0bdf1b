// SPDX-License-Identifier: Apache-2.0
#include "agent/volumes/pool.h"

#include <cerrno>
#include <charconv>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "agent/disks/file.h"

namespace berth::volumes {
namespace {

namespace fs = std::filesystem;
using disks::Error;
using disks::failure;
using disks::Ok;
using disks::Result;

/// Names and paths of a few hundred bytes; no more is read of what somebody put in its place.
constexpr std::size_t kTextMax = 16u << 10;
constexpr const char* kStamp = ".berth-volumes";

fs::path recordOf(const fs::path& state) { return state / "volumes" / "storage.pool"; }

/// Empty when there is no such file.
Result<std::optional<std::string>> readText(const fs::path& path) {
  const disks::Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd && errno == ENOENT) return std::optional<std::string>();
  if (!fd) return Error::fromErrno("reading", path, errno);
  std::string text(kTextMax, '\0');
  const ssize_t count = ::read(fd.get(), text.data(), text.size());
  if (count < 0) return Error::fromErrno("reading", path, errno);
  text.resize(static_cast<std::size_t>(count));
  return std::optional(std::move(text));
}

std::optional<std::string> take(std::string_view& text, std::string_view word) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos || !text.starts_with(word) || word.size() >= end || text[word.size()] != ' ')
    return std::nullopt;
  std::string value(text.substr(word.size() + 1, end - word.size() - 1));
  text.remove_prefix(end + 1);
  return value;
}

Error away(const Pool& pool, std::string reason) {
  return {Error::Kind::temporary, "looking into volume pool", pool.name, std::move(reason)};
}

}  // namespace

std::string write(const PoolRecord& record) {
  return "pool " + record.name + "\ntype " + record.type + "\ntarget " + record.target + "\ngroup " + record.group +
         "\nroom " + std::to_string(record.room.count()) + "\n";
}

std::optional<PoolRecord> readPoolRecord(std::string_view text) {
  auto name = take(text, "pool");
  auto type = take(text, "type");
  auto target = take(text, "target");
  auto group = take(text, "group");
  const auto room = take(text, "room");
  if (!name || !type || !target || !group || !room || !text.empty()) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(room->data(), room->data() + room->size(), number);
  if (error != std::errc() || end != room->data() + room->size()) return std::nullopt;
  return PoolRecord{*std::move(name), *std::move(type), *std::move(target), *std::move(group), Bytes(number)};
}

Result<std::optional<PoolRecord>> poolRecord(const fs::path& state) {
  const auto text = readText(recordOf(state));
  if (auto failed = failure(text)) return *failed;
  const auto& found = std::get<std::optional<std::string>>(text);
  if (!found) return std::optional<PoolRecord>();
  auto record = readPoolRecord(*found);
  if (record) return record;
  return Error{Error::Kind::permanent, "reading", recordOf(state).string(), "it is damaged"};
}

Result<> keepPoolRecord(const fs::path& state, const PoolRecord& record) {
  if (auto failed = failure(disks::makePassage(recordOf(state).parent_path()))) return *failed;
  return disks::writeWhole(recordOf(state), write(record), disks::FileMode::shared);
}

Result<> forgetPoolRecord(const fs::path& state) { return disks::removeFile(recordOf(state)); }

Result<> stamp(const Pool& pool, const Uuid& fleet, const HostName& host) {
  if (pool.kind() == Pool::Kind::logical) return Ok{};
  const std::string ours = "fleet " + fleet.str() + "\nhost " + host.str() + "\n";
  const fs::path path = pool.target / kStamp;
  const auto found = readText(path);
  if (auto failed = failure(found)) return *failed;
  const auto& text = std::get<std::optional<std::string>>(found);
  if (text && *text != ours)
    return Error{Error::Kind::permanent, "taking", pool.target.string(),
                 "another agent has its volumes there, as " + path.string() +
                     " says; remove that file if there is no such agent any more"};
  if (text) return Ok{};
  return disks::writeWhole(path, ours, disks::FileMode::shared);
}

Result<> present(const Pool& pool) {
  if (pool.kind() == Pool::Kind::logical) {
    const auto listed = disks::listLogical(pool.group);
    if (auto failed = failure(listed)) return away(pool, failed->reason);
    return Ok{};
  }
  const auto stamped = readText(pool.target / kStamp);
  if (auto failed = failure(stamped)) return away(pool, failed->str());
  if (std::get<std::optional<std::string>>(stamped)) return Ok{};
  return away(pool, (pool.target / kStamp).string() + " is not there: is its file system mounted?");
}

Result<Bytes> roomOf(const Pool& pool, const fs::path& state) {
  if (pool.kind() == Pool::Kind::logical) {
    const auto room = disks::roomForOurs(pool.group);
    if (auto failed = failure(room)) return *failed;
    return Bytes(std::get<Bytes>(room).count() / 100 * 99);
  }
  if (auto failed = failure(present(pool))) return *failed;
  struct stat own {};
  struct stat there {};
  struct statvfs space {};
  if (::stat(state.c_str(), &own) != 0) return Error::fromErrno("looking at", state, errno);
  if (::stat(pool.target.c_str(), &there) != 0 || ::statvfs(pool.target.c_str(), &space) != 0)
    return Error::fromErrno("looking at", pool.target, errno);
  return own.st_dev == there.st_dev ? Bytes() : Bytes(std::uint64_t{space.f_blocks} * space.f_frsize);
}

}  // namespace berth::volumes
