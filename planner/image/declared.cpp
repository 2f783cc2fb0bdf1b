// SPDX-License-Identifier: Apache-2.0
#include "planner/image/declared.h"

namespace berth::image {

namespace {

using Sha256 = std::optional<source::Located<Digest>>;

std::string withDigest(std::string_view key, const Sha256& digest) {
  return digest ? ", " + std::string(key) + ": " + digest->value.hex() : std::string();
}

std::string words(const spec::StreamImage& image) {
  std::string stream = image.stream.value.empty() ? "" : "stream: " + image.stream.value;
  if (!image.version) return stream;
  return (stream.empty() ? "" : stream + ", ") + "version: " + image.version->value;
}

std::string words(const spec::UrlImage& image) {
  return "url: " + image.url.value + withDigest("sha256", image.sha256) +
         withDigest("uncompressed_sha256", image.uncompressedSha256);
}

std::string words(const spec::FileImage& image) {
  return "file: " + image.path.value + withDigest("sha256", image.sha256);
}

}  // namespace

std::string declared(const spec::ImageSource& source) {
  return std::visit([](const auto& image) { return words(image); }, source.from);
}

}  // namespace berth::image
