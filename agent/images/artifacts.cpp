// SPDX-License-Identifier: Apache-2.0
//
// The artifacts of nodes, in the cache that images lie in too: the same downloads, the same way to a name, the same
// end. Nothing is unpacked here: what an archive holds is for the guest to find out.
#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>

#include "agent/images/disk_cache.h"
#include "agent/images/file.h"
#include "agent/images/source.h"
#include "agent/images/tar.h"

namespace berth::images {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kTarMode = 0444;

std::string nameOf(const message::Artifact& artifact) {
  return "artifact " + artifact.name + " (" + artifact.url + ")";
}

Error wrongDigest(const message::Artifact& artifact, const Digest& found) {
  return permanent(nameOf(artifact) + " is not what was asked for: its sha256 should be " + artifact.sha256.hex() +
                   " but is " + found.hex());
}

/// Writes a tar file piece by piece, and keeps count of what is in it.
class Tar {
public:
  explicit Tar(int fd) : write_(into(fd)) {}

  [[nodiscard]] std::optional<Error> add(std::span<const std::uint8_t> bytes) {
    digester_.update(bytes);
    size_ += bytes.size();
    return write_(bytes);
  }
  [[nodiscard]] std::optional<Error> add(const std::string& text) {
    return add({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  }
  [[nodiscard]] std::optional<Error> addZeros(std::size_t count) { return add(std::string(count, '\0')); }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] Digest finish() { return digester_.finish(); }

private:
  Sink write_;
  Digester digester_;
  std::uint64_t size_ = 0;
};

std::variant<std::uint64_t, Error> sizeOf(const disks::Descriptor& file, const fs::path& path) {
  struct stat found {};
  if (!file || ::fstat(file.get(), &found) != 0 || !S_ISREG(found.st_mode)) {
    return temporary("cannot open " + path.string() + ": " + std::generic_category().message(errno));
  }
  return static_cast<std::uint64_t>(found.st_size);
}

/// One artifact, which is read and proved on the way.
std::optional<Error> addTo(Tar& tar, const message::Artifact& artifact, const fs::path& path,
                           const std::stop_token& stop) {
  const disks::Descriptor file = openToRead(path);
  const auto size = sizeOf(file, path);
  if (const auto* error = std::get_if<Error>(&size)) return *error;
  if (auto failed = tar.add(tarHeader(artifact.name, std::get<std::uint64_t>(size)))) return failed;
  const auto found = digestFile(
      file.get(), [&](auto bytes) { return tar.add(bytes); }, stop);
  if (const auto* error = std::get_if<Error>(&found)) return *error;
  if (std::get<Digest>(found) != artifact.sha256) {
    std::error_code ignored;
    fs::remove(path, ignored);
    return temporary(nameOf(artifact) + " has changed on this host's disk, and is fetched again");
  }
  return tar.addZeros(tarPadding(std::get<std::uint64_t>(size)));
}

/// Takes the room for the whole file at once: better no tar file than half of one and a full disk.
std::optional<Error> reserve(int fd, std::uint64_t size) {
  const int error = ::posix_fallocate(fd, 0, static_cast<off_t>(size));
  if (error == 0) return std::nullopt;
  return temporary("cannot make room for " + Bytes(size).str() +
                   " of artifacts: " + std::generic_category().message(error));
}

}  // namespace

DiskCache::ArtifactPaths DiskCache::pathsOfArtifacts(const Digest& set) const {
  const std::string name = set.hex();
  return {options_.directory / (name + ".tar"), options_.directory / (name + ".proof"),
          options_.directory / "partial" / (name + ".tar")};
}

fs::path DiskCache::pathOf(const message::Artifact& artifact) const {
  return options_.directory / (artifact.sha256.hex() + ".artifact");
}

std::optional<fs::path> DiskCache::findArtifacts(const Digest& set) const {
  const ArtifactPaths paths = pathsOfArtifacts(set);
  if (!openToRead(paths.tar) || !readProof(paths.proof)) return std::nullopt;
  return paths.tar;
}

std::variant<fs::path, Error> DiskCache::fetchArtifacts(const std::vector<message::Artifact>& artifacts,
                                                        const std::function<void(Progress)>& progress,
                                                        std::stop_token stop) {
  const Digest set = message::idOf(artifacts);
  const Claims::Claim claim(claims_, set, stop);
  if (!claim) return temporary("cancelled");
  const ArtifactPaths paths = pathsOfArtifacts(set);
  if (const auto expected = readProof(paths.proof)) {
    const disks::Descriptor file = openToRead(paths.tar);
    if (file) {
      const auto found = digestFile(file.get(), {}, stop);
      if (const auto* error = std::get_if<Error>(&found)) return *error;
      if (std::get<Digest>(found) == *expected) return paths.tar;
    }
  }
  for (const message::Artifact& each : artifacts) {
    if (auto failed = acquire(each, progress, stop)) return *failed;
  }
  auto failed = pack(artifacts, paths, stop);
  forget(paths.packing);
  if (failed) return *failed;
  return paths.tar;
}

std::optional<Error> DiskCache::acquire(const message::Artifact& artifact,
                                        const std::function<void(Progress)>& progress, const std::stop_token& stop) {
  const Claims::Claim claim(claims_, artifact.sha256, stop);
  if (!claim) return temporary(nameOf(artifact) + ": cancelled");
  const fs::path target = pathOf(artifact);
  if (openToRead(target)) return std::nullopt;  // pack() proves it
  const auto source = parseSource(artifact.url);
  if (const auto* error = std::get_if<Error>(&source)) return *error;
  const auto* http = std::get_if<HttpSource>(&std::get<Source>(source));
  if (http == nullptr) return permanent(nameOf(artifact) + " is not to be had over http or https");
  const fs::path packed = pathsOf(artifact.sha256).packed;
  DownloadLimits limits = options_.download;
  limits.bytes = std::min(options_.artifactBytes, kTarFileMax);
  for (int attempt = 1;; ++attempt) {
    const auto downloaded = download(http->url, packed, limits, progress, stop);
    if (const auto* error = std::get_if<Error>(&downloaded)) {
      if (error->kind == Error::Kind::permanent) forget(packed);
      return *error;
    }
    const auto& [digest, resumed] = std::get<Downloaded>(downloaded);
    if (digest == artifact.sha256) break;
    forget(packed);
    // The server's file may have changed between the two halves of what we had; once more, from its beginning.
    if (!resumed || attempt > 1) return wrongDigest(artifact, digest);
  }
  const auto failed = disks::failure(disks::publish(packed, target));
  forget(packed);
  if (failed) return temporary(failed->str());
  return std::nullopt;
}

std::optional<Error> DiskCache::pack(const std::vector<message::Artifact>& artifacts, const ArtifactPaths& paths,
                                     const std::stop_token& stop) const {
  const disks::Descriptor file = createFresh(paths.packing);
  if (!file) {
    return temporary("cannot create " + paths.packing.string() + ": " + std::generic_category().message(errno));
  }
  std::uint64_t size = 0;
  for (const message::Artifact& each : artifacts) {
    std::error_code error;
    const std::uint64_t content = fs::file_size(pathOf(each), error);
    if (error) return temporary("cannot look at " + pathOf(each).string() + ": " + error.message());
    size += tarHeader(each.name, content).size() + content + tarPadding(content);
  }
  if (auto failed = reserve(file.get(), size + tarEnd(size))) return failed;
  Tar tar(file.get());
  for (const message::Artifact& each : message::inOrder(artifacts)) {
    if (auto failed = addTo(tar, each, pathOf(each), stop)) return failed;
  }
  if (auto failed = tar.addZeros(tarEnd(tar.size()))) return failed;
  if (::fchmod(file.get(), kTarMode) != 0) return temporary("cannot make " + paths.packing.string() + " read-only");
  // First: after a crash in between, an older tar file that lies there does not stand up to it, and is made anew.
  if (auto failed = writeProof(paths.proof, tar.finish())) return failed;
  if (auto failed = disks::failure(disks::publish(paths.packing, paths.tar))) return temporary(failed->str());
  return std::nullopt;
}

}  // namespace berth::images
