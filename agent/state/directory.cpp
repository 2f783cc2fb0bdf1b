// SPDX-License-Identifier: Apache-2.0
#include "agent/state/directory.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace berth::state {
namespace {

using disks::Error;

/// No file of ours is larger: a manifest or a spec has come in one message.
constexpr std::uintmax_t kFileMax = 2 * message::kMaxMessageBytes;

/// The whole file; empty when it cannot be read, for whatever reason.
std::optional<std::string> read(const std::filesystem::path& path) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(path, failed);
  if (failed || size > kFileMax) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string content(std::istreambuf_iterator<char>(file), {});
  if (file.bad()) return std::nullopt;
  return content;
}

disks::Result<> makeDirectory(const std::filesystem::path& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return disks::Ok{};
  return Error::fromErrno("make directory", path, errno);
}

}  // namespace

std::variant<std::unique_ptr<Directory>, Error> Directory::open(const std::filesystem::path& root) {
  std::error_code failed;
  if (root.has_parent_path()) std::filesystem::create_directories(root.parent_path(), failed);
  // QEMU, which is another user, passes through to the disks in it.
  if (auto error = disks::failure(makeDirectory(root, 0711))) return *error;
  const auto path = root / "lock";
  disks::Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return Error::fromErrno("open", path, errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Error::fromErrno("lock", path, errno);
    return Error{Error::Kind::permanent, "lock", path.string(), "another berth-agent is using this state directory"};
  }
  if (auto error = disks::failure(makeDirectory(root / "specs", 0700))) return *error;
  return std::unique_ptr<Directory>(new Directory(root, std::move(lock)));
}

Directory::Directory(std::filesystem::path root, disks::Descriptor lock)
    : root_(std::move(root)), lock_(std::move(lock)) {}
Directory::~Directory() = default;

disks::Result<std::optional<Identity>> Directory::identity() const {
  const auto path = root_ / "identity";
  std::error_code failed;
  if (!std::filesystem::exists(path, failed) && !failed) return std::optional<Identity>();
  const auto text = read(path);
  if (!text) return Error{Error::Kind::permanent, "read", path.string(), "cannot be read"};
  auto identity = readIdentity(*text);
  if (!identity) {
    return Error{Error::Kind::permanent, "read", path.string(),
                 "is damaged; remove it and join again with a new token (no node is touched by that)"};
  }
  return identity;
}

disks::Result<> Directory::keepIdentity(const Identity& identity) {
  return disks::writeWhole(root_ / "identity", writeIdentity(identity), disks::FileMode::secret);
}

std::optional<message::StoredManifest> Directory::manifest() const {
  const auto content = read(root_ / "manifest");
  if (!content) return std::nullopt;
  auto decoded = message::decodeManifest(*content);
  if (auto* manifest = std::get_if<message::StoredManifest>(&decoded)) return std::move(*manifest);
  return std::nullopt;
}

disks::Result<> Directory::keepManifest(const message::StoredManifest& manifest) {
  return disks::writeWhole(root_ / "manifest", message::encodeManifest(manifest.manifest, manifest.epoch),
                           disks::FileMode::secret);
}

std::filesystem::path Directory::specPath(const Digest& digest) const { return root_ / "specs" / digest.hex(); }

std::optional<message::NodeSpec> Directory::spec(const Digest& digest) const {
  const auto content = read(specPath(digest));
  if (!content || Digest::of(*content) != digest) return std::nullopt;
  auto decoded = message::decodeSpec(*content);
  if (auto* spec = std::get_if<message::NodeSpec>(&decoded)) return std::move(*spec);
  return std::nullopt;
}

std::map<Digest, message::NodeSpec> Directory::specs() const {
  std::map<Digest, message::NodeSpec> found;
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(root_ / "specs", failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const auto digest = Digest::parse(entry->path().filename().string());
    auto whole = digest ? spec(*digest) : std::nullopt;
    if (whole) {
      found.emplace(*digest, std::move(*whole));
    } else {
      // Nothing is lost by it: the controller has it, and is asked.
      (void)disks::removeFile(entry->path());
    }
  }
  return found;
}

disks::Result<> Directory::keepSpec(const Digest& digest, std::string_view encoded) {
  return disks::writeWhole(specPath(digest), encoded, disks::FileMode::secret);
}

void Directory::forgetSpecsBut(const std::vector<Digest>& keep) {
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(root_ / "specs", failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const auto digest = Digest::parse(entry->path().filename().string());
    if (digest && std::find(keep.begin(), keep.end(), *digest) == keep.end()) (void)disks::removeFile(entry->path());
  }
}

Told Directory::told() const {
  Told told;
  const auto content = read(root_ / "told");
  if (!content) return told;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(content->data());
  auto decoded = message::decodeFromAgent({bytes, content->size()});
  auto* message = std::get_if<message::Message<message::FromAgent>>(&decoded);
  auto* status = message != nullptr ? std::get_if<message::Status>(&message->body) : nullptr;
  if (status == nullptr) return told;
  told.instances = std::move(status->instances);
  told.events = std::move(status->events);
  told.bootId = read(root_ / "boot-id").value_or("");
  return told;
}

disks::Result<> Directory::keepTold(const Told& told) {
  if (read(root_ / "boot-id") != told.bootId) {
    // First, so that what an earlier boot told never counts as this one's.
    if (auto error = disks::failure(disks::removeFile(root_ / "told"))) return *error;
    if (auto error = disks::failure(disks::writeWhole(root_ / "boot-id", told.bootId, disks::FileMode::shared)))
      return *error;
  }
  message::Status status;
  status.extent = message::Status::Extent::full;
  status.instances = told.instances;
  status.events = told.events;
  const auto frame = message::encode(message::Message<message::FromAgent>{{}, status});
  return disks::writeWhole(root_ / "told", {reinterpret_cast<const char*>(frame.data()), frame.size()},
                           disks::FileMode::secret);
}

std::optional<TimePoint> Directory::confirmed(const std::string& bootId) const {
  const auto content = read(root_ / "confirmed");
  if (!content) return std::nullopt;
  const auto space = content->find(' ');
  if (space == std::string::npos || std::string_view(*content).substr(0, space) != bootId) return kNotInThisBoot;
  std::int64_t since = 0;
  const char* first = content->data() + space + 1;
  const auto [end, error] = std::from_chars(first, content->data() + content->size(), since);
  if (error != std::errc{} || end == first) return kNotInThisBoot;
  return TimePoint(std::chrono::nanoseconds(since));
}

disks::Result<> Directory::keepConfirmed(const std::string& bootId, TimePoint at) {
  const auto path = root_ / "confirmed";
  const disks::Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (!file) return Error::fromErrno("open", path, errno);
  // Of one length always, so that what is written over leaves nothing behind.
  std::string count = std::to_string(std::chrono::nanoseconds(at.time_since_epoch()).count());
  count.insert(0, count.size() < 20 ? 20 - count.size() : 0, '0');
  const std::string line = bootId + " " + count + "\n";
  if (::pwrite(file.get(), line.data(), line.size(), 0) == static_cast<ssize_t>(line.size())) return disks::Ok{};
  return Error::fromErrno("write", path, errno);
}

}  // namespace berth::state
