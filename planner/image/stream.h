// SPDX-License-Identifier: Apache-2.0
//
// Fedora CoreOS says in JSON which images there are. Two forms are understood: a stream's metadata, which names its
// newest release, and the metadata of one release, which stays at its address for good:
//
//   https://builds.coreos.fedoraproject.org/streams/stable.json
//   https://builds.coreos.fedoraproject.org/prod/streams/stable/builds/44.20260707.3.1/release.json
//
// Both come from outside and are read as hostile: bounded, and every value checked.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "planner/image/image.h"

namespace berth::image {

/// Which image is wanted of the metadata.
struct Wanted {
  std::string stream;
  /// Empty: whichever release the metadata names.
  std::optional<std::string> version;
  std::string architecture = "x86_64";
};

/// Why there is no image: what is wrong, and the way out.
struct NoImage {
  std::string message;
  std::string hint;
};

/// The QEMU image of a stream's or a release's metadata. Refuses the metadata of another stream, another version than
/// the wanted one, and an address that is not https.
[[nodiscard]] std::variant<Image, NoImage> fromMetadata(std::string_view json, const Wanted& wanted);

[[nodiscard]] std::string streamUrl(std::string_view stream);
[[nodiscard]] std::string releaseUrl(std::string_view stream, std::string_view version);
/// The stream that a version such as 44.20260707.3.1 belongs to by its third number (1 next, 2 testing, 3 stable).
[[nodiscard]] std::optional<std::string> streamOfVersion(std::string_view version);

}  // namespace berth::image
