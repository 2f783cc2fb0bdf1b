// SPDX-License-Identifier: Apache-2.0
//
// The images of a host. An image enters by fetch(), which downloads, unpacks and proves it, and only then gives it its
// name: nothing half-written and nothing unproved is ever used. Base images are read-only and named by digest, so two
// clusters that use the same image share it, and another image can never take its place.
//
//   DIR/images/<sha256>.qcow2            mode 0444, complete and proved
//   DIR/images/<sha256>.proof            the digests that it was proved by, for checking it again
//   DIR/images/partial/<sha256>.packed   what has come so far; a broken fetch goes on from here
//   DIR/images/partial/<sha256>.packed.etag   which version of the server's file that is
//   DIR/images/partial/<sha256>.qcow2    being unpacked
//
// Artifacts of nodes (message::Artifact) enter by fetchArtifacts(), each by its own digest, and are packed into one tar
// file for each set, which is handed to guests as a disk. They stay beside it: another set may need them, and a tar
// file that was damaged is made anew of them.
//
//   DIR/images/<sha256>.artifact         mode 0600, complete and proved
//   DIR/images/<set>.tar                 mode 0444, complete; <set> is message::idOf() its artifacts
//   DIR/images/<set>.proof               the digest of the tar file
//   DIR/images/partial/<set>.tar         being packed
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "protocol/message/node.h"
#include "words/digest.h"

namespace berth::images {

struct Progress {
  std::uint64_t fetched = 0;
  std::uint64_t expected = 0;  ///< 0 when not known
};

struct Error {
  enum class Kind : std::uint8_t {
    temporary,  ///< network, server, disk full: trying again may help
    permanent,  ///< wrong digest, not an image, source not allowed: it does not
  };
  Kind kind = Kind::temporary;
  /// A sentence that names the source and, for a wrong digest, both digests.
  std::string message;
};

/// An image that is complete and proved.
struct Ready {
  std::filesystem::path path;
  /// The virtual size of the disk; a node's root disk cannot be smaller.
  Bytes virtualSize;
};

class Cache {
public:
  virtual ~Cache() = default;
  /// The image, if it is there already.
  [[nodiscard]] virtual std::optional<Ready> find(const Digest& id) const = 0;
  /// Blocks until the image is there or cannot be had; two calls for one image at the same time download it once.
  /// `progress` is called now and then, on the calling thread.
  [[nodiscard]] virtual std::variant<Ready, Error> fetch(const message::Image& image,
                                                         const std::function<void(Progress)>& progress,
                                                         std::stop_token stop) = 0;
  /// The tar file of this set of artifacts, if it is there already.
  [[nodiscard]] virtual std::optional<std::filesystem::path> findArtifacts(const Digest& set) const = 0;
  /// Blocks until all of them are there, packed into their tar file, or cannot be had. One that is there is read once
  /// more, and made anew where it is not as it was made. `progress` is of the artifact that is on its way.
  [[nodiscard]] virtual std::variant<std::filesystem::path, Error> fetchArtifacts(
      const std::vector<message::Artifact>& artifacts, const std::function<void(Progress)>& progress,
      std::stop_token stop) = 0;
  /// Removes images, artifacts and sets that are not in `used`; returns what it removed.
  virtual std::vector<Digest> collect(const std::vector<Digest>& used) = 0;
};

}  // namespace berth::images
