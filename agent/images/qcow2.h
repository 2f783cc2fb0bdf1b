// SPDX-License-Identifier: Apache-2.0
//
// Reads the header of a qcow2 image, to refuse hostile ones before QEMU sees them. A qcow2 file may name a backing
// file or an external data file; QEMU, which may read what a guest's owner may not, would open it and hand its content
// to the guest. An image of ours stands alone.
//
// Source: QEMU's docs/interop/qcow2.txt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>

#include "words/quantity.h"

namespace berth::images {

/// As much of a file as parseQcow2() may need: the header and its extensions end within the first cluster.
inline constexpr std::size_t kQcow2HeadMax = 64u << 10;
/// No disk is larger; a header that says so is broken or means harm.
inline constexpr Bytes kVirtualSizeMax = Bytes(64ULL << 40);

struct Qcow2 {
  std::uint32_t version = 0;
  Bytes virtualSize;
};

/// `head` is the beginning of the file. The alternative is why it may not be used, as the end of the sentence
/// "the image …".
[[nodiscard]] std::variant<Qcow2, std::string> parseQcow2(std::span<const std::uint8_t> head);

}  // namespace berth::images
