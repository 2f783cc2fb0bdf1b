// SPDX-License-Identifier: Apache-2.0
//
// A CoreOS disk image that is known by its content, as the planner hands it on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "words/digest.h"

namespace berth::image {

enum class Packing : std::uint8_t { none, gzip, xz, zstd };

/// How a file of this name is packed: .gz, .xz, .zst, else not at all.
[[nodiscard]] Packing packingOf(std::string_view nameOrUrl);

struct Image {
  /// `https://…`, `http://…` or `file:///…`
  std::string source;
  Packing packing = Packing::none;
  /// Of the file at `source`; at least one of the two digests is there.
  std::optional<Digest> packedDigest;
  /// Of the disk image in it.
  std::optional<Digest> contentDigest;
  /// "fedora-coreos stable 44.20260707.3.1", or the file's name.
  std::string label;

  /// Two descriptions of the same content, wherever it lies. False when they have no kind of digest in common.
  [[nodiscard]] bool sameContent(const Image& other) const;
  bool operator==(const Image&) const = default;
};

}  // namespace berth::image
