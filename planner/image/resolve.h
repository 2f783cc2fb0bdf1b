// SPDX-License-Identifier: Apache-2.0
//
// From the words of a spec (`stream: stable`) to an image that is known by its digests. What has to be fetched for it
// is said as a value; the caller fetches, since the planner does no I/O:
//
//   auto needs = image::need(spec.image);
//   if (auto* metadata = std::get_if<NeedsMetadata>(&needs)) given.metadata = httpGet(metadata->url);
//   if (auto* digest = std::get_if<NeedsDigest>(&needs))     given.digest = sha256OfFile(digest->path);
//   auto image = image::resolve(spec.image, given);          // std::variant<Image, Diagnostic>
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "planner/image/image.h"
#include "planner/source/diagnostic.h"
#include "planner/spec/model.h"

namespace berth::image {

struct NeedsNothing {};
/// The text at this address: the metadata of a stream, or of one release of it. At most kMaxMetadataBytes.
struct NeedsMetadata {
  std::string url;
};
/// The SHA-256 of this file, which must be at hand where the image is resolved.
struct NeedsDigest {
  std::string path;
};
using Need = std::variant<NeedsNothing, NeedsMetadata, NeedsDigest>;

/// Real ones have 60 KiB.
inline constexpr std::size_t kMaxMetadataBytes = std::size_t{4} << 20;

[[nodiscard]] Need need(const spec::ImageSource& source);

/// What was fetched for a Need.
struct Given {
  std::optional<std::string> metadata;
  std::optional<Digest> digest;
};

/// The image, or why it is none, at its place in the spec. Fails when what need() asked for is not given.
[[nodiscard]] std::variant<Image, source::Diagnostic> resolve(const spec::ImageSource& source, const Given& given);

}  // namespace berth::image
