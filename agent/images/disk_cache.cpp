// SPDX-License-Identifier: Apache-2.0
#include "agent/images/disk_cache.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/disks/file.h"
#include "agent/images/file.h"
#include "agent/images/packing.h"
#include "agent/images/qcow2.h"
#include "agent/images/source.h"

namespace berth::images {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kImageMode = 0444;

Error fromDisk(const disks::Error& error) { return temporary(error.str()); }

std::string nameOf(const message::Image& image) {
  return image.label.empty() ? "the image " + image.source : image.label + " (" + image.source + ")";
}

Error wrongDigest(const message::Image& image, std::string_view which, const Digest& expected, const Digest& found) {
  return permanent(nameOf(image) + " is not what was asked for: the sha256 of its " + std::string(which) +
                   " should be " + expected.hex() + " but is " + found.hex());
}

std::variant<Qcow2, std::string> readHead(int fd) {
  std::vector<std::uint8_t> head(kQcow2HeadMax);
  const ssize_t count = ::pread(fd, head.data(), head.size(), 0);
  return parseQcow2(std::span(head).first(count < 0 ? 0 : static_cast<std::size_t>(count)));
}

/// Brings a file of the host into the cache. The digest is that of our own copy: nobody can change it afterwards.
std::variant<Downloaded, Error> copyFile(const FileSource& source, const std::vector<fs::path>& allowed,
                                         const fs::path& target, const std::stop_token& stop) {
  auto opened = openAllowed(source.path, allowed);
  if (auto* error = std::get_if<Error>(&opened)) return *error;
  const auto& from = std::get<disks::Descriptor>(opened);
  const disks::Descriptor to = createFresh(target);
  if (!to) return temporary("cannot create " + target.string() + ": " + std::generic_category().message(errno));
  // Shares the blocks where the file system can (btrfs, xfs); then only reading is left to do.
  const bool cloned = ::ioctl(to.get(), FICLONE, from.get()) == 0;
  auto digest = cloned ? digestFile(to.get(), {}, stop) : digestFile(from.get(), into(to.get()), stop);
  if (auto* error = std::get_if<Error>(&digest)) {
    forget(target);
    return temporary("cannot copy " + source.path.string() + ": " + error->message);
  }
  return Downloaded{std::get<Digest>(digest), false};
}

/// The last gate. From here on the image has its name.
std::variant<Ready, Error> admit(const message::Image& image, const fs::path& candidate, const fs::path& target,
                                 const fs::path& proof, const Digest& content) {
  const disks::Descriptor file = openToRead(candidate);
  if (!file) return temporary("cannot open " + candidate.string() + ": " + std::generic_category().message(errno));
  const auto head = readHead(file.get());
  if (const auto* reason = std::get_if<std::string>(&head)) {
    return permanent(nameOf(image) + " cannot be used: it " + *reason);
  }
  if (::fchmod(file.get(), kImageMode) != 0) return temporary("cannot make " + candidate.string() + " read-only");
  if (auto failed = writeProof(proof, content)) return *failed;
  if (auto failed = disks::failure(disks::publish(candidate, target))) return fromDisk(*failed);
  return Ready{target, std::get<Qcow2>(head).virtualSize};
}

/// The digest that a file in the cache is named for.
std::optional<Digest> idOf(const fs::path& path) { return Digest::parse(path.filename().string().substr(0, 64)); }

std::vector<fs::path> filesIn(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (entry->is_regular_file(error)) found.push_back(entry->path());
  }
  return found;
}

}  // namespace

DiskCache::DiskCache(CacheOptions options) : options_(std::move(options)) {
  std::error_code ignored;  // what could not be made is told by the first fetch
  fs::create_directories(options_.directory / "partial", ignored);
  fs::permissions(options_.directory, fs::perms(0711), ignored);
  fs::permissions(options_.directory / "partial", fs::perms(0700), ignored);
}

DiskCache::Paths DiskCache::pathsOf(const Digest& id) const {
  const fs::path& directory = options_.directory;
  const std::string name = id.hex();
  return {directory / (name + ".qcow2"), directory / (name + ".proof"), directory / "partial" / (name + ".packed"),
          directory / "partial" / (name + ".qcow2")};
}

std::optional<Ready> DiskCache::find(const Digest& id) const {
  const fs::path path = pathsOf(id).image;
  const disks::Descriptor file = openToRead(path);
  if (!file) return std::nullopt;
  const auto head = readHead(file.get());
  const auto* image = std::get_if<Qcow2>(&head);
  if (image == nullptr) return std::nullopt;
  return Ready{path, image->virtualSize};
}

std::variant<Ready, Error> DiskCache::fetch(const message::Image& image, const std::function<void(Progress)>& progress,
                                            std::stop_token stop) {
  if (!image.contentDigest && !image.packedDigest) return permanent(nameOf(image) + " has no digest");
  if (auto ready = find(image.id())) return *ready;
  const Claims::Claim claim(claims_, image.id(), stop);
  if (!claim) return temporary(nameOf(image) + ": cancelled");
  if (auto ready = find(image.id())) return *ready;  // whoever had the claim before has made it
  return make(image, progress, stop);
}

std::variant<Ready, Error> DiskCache::make(const message::Image& image, const std::function<void(Progress)>& progress,
                                           const std::stop_token& stop) const {
  const Paths paths = pathsOf(image.id());
  for (int attempt = 1;; ++attempt) {
    const auto acquired = acquire(image, paths, progress, stop);
    if (const auto* error = std::get_if<Error>(&acquired)) return *error;
    const auto& packed = std::get<Downloaded>(acquired);
    auto result = prove(image, paths, packed.digest, stop);
    forget(paths.unpacked);
    // What came whole and was only cancelled need not come again. All else goes, on a full disk above all.
    if (stop.stop_requested() && std::holds_alternative<Error>(result)) return result;
    forget(paths.packed);
    // The server's file may have changed between the two halves of what we had; once more, from its beginning.
    const bool mayHelp = packed.resumed && attempt == 1;
    const auto* error = std::get_if<Error>(&result);
    if (error == nullptr || error->kind == Error::Kind::temporary || !mayHelp) return result;
  }
}

std::variant<Ready, Error> DiskCache::prove(const message::Image& image, const Paths& paths, const Digest& packed,
                                            const std::stop_token& stop) const {
  if (image.packedDigest && packed != *image.packedDigest) {
    return wrongDigest(image, "file", *image.packedDigest, packed);
  }
  Digest content = packed;
  if (image.packing != Packing::none) {
    auto unpacked = unpackTo(image, paths, stop);
    if (auto* error = std::get_if<Error>(&unpacked)) return *error;
    content = std::get<Digest>(unpacked);
  }
  if (image.contentDigest && content != *image.contentDigest) {
    return wrongDigest(image, "content", *image.contentDigest, content);
  }
  return admit(image, image.packing == Packing::none ? paths.packed : paths.unpacked, paths.image, paths.proof,
               content);
}

std::variant<Downloaded, Error> DiskCache::acquire(const message::Image& image, const Paths& paths,
                                                   const std::function<void(Progress)>& progress,
                                                   const std::stop_token& stop) const {
  const auto source = parseSource(image.source);
  if (const auto* error = std::get_if<Error>(&source)) return *error;
  const auto& parsed = std::get<Source>(source);
  if (const auto* file = std::get_if<FileSource>(&parsed)) {
    return copyFile(*file, options_.allowedDirectories, paths.packed, stop);
  }
  auto downloaded = download(std::get<HttpSource>(parsed).url, paths.packed, options_.download, progress, stop);
  const auto* error = std::get_if<Error>(&downloaded);
  if (error != nullptr && error->kind == Error::Kind::permanent) forget(paths.packed);
  return downloaded;
}

std::variant<Digest, Error> DiskCache::unpackTo(const message::Image& image, const Paths& paths,
                                                const std::stop_token& stop) const {
  const disks::Descriptor from = openToRead(paths.packed);
  const disks::Descriptor to = createFresh(paths.unpacked);
  if (!from || !to) return temporary("cannot unpack " + paths.packed.string());
  auto unpacked = unpack(from.get(), image.packing, to.get(), options_.contentBytes, stop);
  if (auto* error = std::get_if<Error>(&unpacked)) return Error{error->kind, nameOf(image) + " " + error->message};
  return std::get<Unpacked>(unpacked).content;
}

std::vector<Digest> DiskCache::collect(const std::vector<Digest>& used) {
  const auto lock = claims_.standStill();  // so that nobody begins to fetch what is being removed
  const auto needed = [&](const fs::path& path) {
    const auto id = idOf(path);
    return !id || claims_.contains(*id) || std::ranges::find(used, *id) != used.end();
  };
  std::vector<Digest> removed;
  std::error_code ignored;
  for (const fs::path& path : filesIn(options_.directory)) {
    if (needed(path)) continue;
    if (fs::remove(path, ignored) && path.extension() != ".proof") removed.push_back(idOf(path).value());
  }
  for (const fs::path& path : filesIn(options_.directory / "partial")) {
    if (!needed(path)) fs::remove(path, ignored);
  }
  return removed;
}

std::optional<Error> DiskCache::verify(const Digest& id, const std::stop_token& stop) const {
  const Paths paths = pathsOf(id);
  const auto expected = readProof(paths.proof);
  if (!expected) return permanent("the image " + paths.image.string() + " has lost its proof");
  const disks::Descriptor file = openToRead(paths.image);
  if (!file) return permanent("the image " + paths.image.string() + " is not there");
  auto found = digestFile(file.get(), {}, stop);
  if (auto* error = std::get_if<Error>(&found)) return *error;
  if (std::get<Digest>(found) == *expected) return std::nullopt;
  return permanent("the image " + paths.image.string() + " has changed: its sha256 was " + expected->hex() +
                   " and is " + std::get<Digest>(found).hex());
}

}  // namespace berth::images
