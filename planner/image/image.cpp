// SPDX-License-Identifier: Apache-2.0
#include "planner/image/image.h"

namespace berth::image {

Packing packingOf(std::string_view nameOrUrl) {
  nameOrUrl = nameOrUrl.substr(0, nameOrUrl.find_first_of("?#"));
  if (nameOrUrl.ends_with(".gz")) return Packing::gzip;
  if (nameOrUrl.ends_with(".xz")) return Packing::xz;
  if (nameOrUrl.ends_with(".zst")) return Packing::zstd;
  return Packing::none;
}

bool Image::sameContent(const Image& other) const {
  // What is not packed has one digest, whichever name it bears.
  const auto content = [](const Image& image) {
    return image.contentDigest || image.packing != Packing::none ? image.contentDigest : image.packedDigest;
  };
  if (content(*this) && content(other)) return content(*this) == content(other);
  return packedDigest && packedDigest == other.packedDigest;
}

}  // namespace berth::image
