// SPDX-License-Identifier: Apache-2.0
//
// Unpacks an image as a stream. What is packed how is said by the node spec and must agree with the file's first
// bytes; guessing alone would let a server choose which decompressor it attacks.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>
#include <variant>

#include "agent/images/cache.h"

namespace berth::images {

using Packing = message::Image::Packing;

[[nodiscard]] std::string_view toString(Packing packing);
/// By the first bytes of a file; `none` when they are no packing that we know.
[[nodiscard]] Packing packingOf(std::span<const std::uint8_t> head);

struct Unpacked {
  Digest content;
  std::uint64_t bytes = 0;
};

/// Unpacks the open file `packed` from its beginning into the open, empty file `out`. More than `limit` bytes of
/// content are refused. An Error's message is the end of the sentence "the image …".
[[nodiscard]] std::variant<Unpacked, Error> unpack(int packed, Packing packing, int out, std::uint64_t limit,
                                                   const std::stop_token& stop);

}  // namespace berth::images
