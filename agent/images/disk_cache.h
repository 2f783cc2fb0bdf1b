// SPDX-License-Identifier: Apache-2.0
//
// The cache on a real disk: cache.h, done. An image passes four gates, in this order: its packed bytes have the digest
// that was asked for (before any decompressor sees them); its content has; it is a qcow2 image that stands alone; it
// is on disk for good. Only then does it get its name.
//
// Any thread may call; fetch() blocks its caller for as long as a download takes.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "agent/images/cache.h"
#include "agent/images/claims.h"
#include "agent/images/download.h"

namespace berth::images {

struct CacheOptions {
  /// DIR/images, absolute; made with mode 0711 when it is not there, so that QEMU's user can reach what it may read.
  std::filesystem::path directory;
  /// Under these, `file://` sources may lie; none when empty. The agent's policy.
  std::vector<std::filesystem::path> allowedDirectories;
  DownloadLimits download;
  /// A packed file of some kilobytes can unpack to a full disk.
  std::uint64_t contentBytes = 64ULL << 30;
  /// A release of what nodes run has some hundred MiB; sixteen that are larger than this would fill a host.
  std::uint64_t artifactBytes = 4ULL << 30;
};

class DiskCache final : public Cache {
public:
  explicit DiskCache(CacheOptions options);

  [[nodiscard]] std::optional<Ready> find(const Digest& id) const override;
  [[nodiscard]] std::variant<Ready, Error> fetch(const message::Image& image,
                                                 const std::function<void(Progress)>& progress,
                                                 std::stop_token stop) override;
  [[nodiscard]] std::optional<std::filesystem::path> findArtifacts(const Digest& set) const override;
  [[nodiscard]] std::variant<std::filesystem::path, Error> fetchArtifacts(
      const std::vector<message::Artifact>& artifacts, const std::function<void(Progress)>& progress,
      std::stop_token stop) override;
  /// Also removes what is left in partial/ of what nobody uses or fetches.
  std::vector<Digest> collect(const std::vector<Digest>& used) override;

  /// Reads an image that is there once more and compares it with its proof: empty when it is as it was. QEMU checks
  /// nothing of the kind, and a base image that changed under its overlays destroys every guest on it.
  [[nodiscard]] std::optional<Error> verify(const Digest& id, const std::stop_token& stop) const;

private:
  struct Paths {
    std::filesystem::path image;
    std::filesystem::path proof;
    std::filesystem::path packed;
    std::filesystem::path unpacked;
  };
  struct ArtifactPaths {
    std::filesystem::path tar;
    std::filesystem::path proof;
    std::filesystem::path packing;
  };

  [[nodiscard]] Paths pathsOf(const Digest& id) const;
  [[nodiscard]] std::variant<Ready, Error> make(const message::Image& image,
                                                const std::function<void(Progress)>& progress,
                                                const std::stop_token& stop) const;
  [[nodiscard]] std::variant<Downloaded, Error> acquire(const message::Image& image, const Paths& paths,
                                                        const std::function<void(Progress)>& progress,
                                                        const std::stop_token& stop) const;
  /// All gates but the first, from the packed bytes to the name.
  [[nodiscard]] std::variant<Ready, Error> prove(const message::Image& image, const Paths& paths, const Digest& packed,
                                                 const std::stop_token& stop) const;
  [[nodiscard]] std::variant<Digest, Error> unpackTo(const message::Image& image, const Paths& paths,
                                                     const std::stop_token& stop) const;

  // artifacts.cpp
  [[nodiscard]] ArtifactPaths pathsOfArtifacts(const Digest& set) const;
  [[nodiscard]] std::filesystem::path pathOf(const message::Artifact& artifact) const;
  [[nodiscard]] std::optional<Error> acquire(const message::Artifact& artifact,
                                             const std::function<void(Progress)>& progress,
                                             const std::stop_token& stop);
  [[nodiscard]] std::optional<Error> pack(const std::vector<message::Artifact>& artifacts, const ArtifactPaths& paths,
                                          const std::stop_token& stop) const;

  CacheOptions options_;
  /// Of images, artifacts and sets of them, by the digest that each is named by.
  Claims claims_;
};

}  // namespace berth::images
