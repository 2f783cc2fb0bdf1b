// SPDX-License-Identifier: Apache-2.0
//
// The cache on a real disk: cache.h, done. An image passes four gates, in this order: its packed bytes have the digest
// that was asked for (before any decompressor sees them); its content has; it is a qcow2 image that stands alone; it
// is on disk for good. Only then does it get its name.
//
// Any thread may call; fetch() blocks its caller for as long as a download takes.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <set>
#include <vector>

#include "agent/images/cache.h"
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
};

class DiskCache final : public Cache {
public:
  explicit DiskCache(CacheOptions options);

  [[nodiscard]] std::optional<Ready> find(const Digest& id) const override;
  [[nodiscard]] std::variant<Ready, Error> fetch(const message::Image& image,
                                                 const std::function<void(Progress)>& progress,
                                                 std::stop_token stop) override;
  /// Also removes what is left in partial/ of images that nobody uses or fetches.
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
  /// While it lives no other thread fetches or collects this image.
  class Claim;

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

  CacheOptions options_;
  std::mutex mutex_;
  std::condition_variable_any released_;
  std::set<Digest> claimed_;
};

}  // namespace berth::images
