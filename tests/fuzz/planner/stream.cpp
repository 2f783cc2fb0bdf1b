// SPDX-License-Identifier: Apache-2.0
//
// Any text as the metadata of a stream: an image that is proved by a digest and comes by https, or a reason.
#include "planner/image/stream.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto result = berth::image::fromMetadata(text, {.stream = "stable", .version = std::nullopt});
  if (const auto* image = std::get_if<berth::image::Image>(&result)) {
    if (!image->source.starts_with("https://") || !image->packedDigest) std::abort();
  } else if (std::get<berth::image::NoImage>(result).message.empty()) {
    std::abort();
  }
  return 0;
}
