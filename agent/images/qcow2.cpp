// SPDX-License-Identifier: Apache-2.0
#include "agent/images/qcow2.h"

#include <array>
#include <optional>

namespace berth::images {
namespace {

constexpr std::array<std::uint8_t, 4> kMagic = {'Q', 'F', 'I', 0xfb};
constexpr std::size_t kHeaderLength2 = 72;
constexpr std::size_t kHeaderLength3 = 104;
constexpr std::uint64_t kCorrupt = 1u << 1;
constexpr std::uint64_t kExternalData = 1u << 2;
/// Dirty, corrupt, external data, compression type, extended L2 entries.
constexpr std::uint64_t kKnownFeatures = 0x1f;
constexpr std::uint32_t kExtensionEnd = 0;
constexpr std::uint32_t kExtensionBackingFormat = 0xe2792aca;
constexpr std::uint32_t kExtensionDataFile = 0x44415441;

/// The big-endian number of `width` bytes at `offset`, which the caller knows to be there.
std::uint64_t number(std::span<const std::uint8_t> head, std::size_t offset, std::size_t width) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : head.subspan(offset, width)) value = value << 8 | byte;
  return value;
}

/// Why the extensions that begin at `offset` are refused.
std::optional<std::string> refuseExtensions(std::span<const std::uint8_t> head, std::size_t offset) {
  while (head.size() - offset >= 8) {
    const auto type = static_cast<std::uint32_t>(number(head, offset, 4));
    const std::size_t length = number(head, offset + 4, 4);
    if (type == kExtensionEnd) return std::nullopt;
    if (type == kExtensionDataFile) return "keeps its data in another file";
    if (type == kExtensionBackingFormat) return "names the format of a backing file";
    offset += 8;
    const std::size_t padded = (length + 7) / 8 * 8;
    if (padded > head.size() - offset) return "has a header extension that does not end";
    offset += padded;
  }
  return "has a header that does not end";
}

}  // namespace

std::variant<Qcow2, std::string> parseQcow2(std::span<const std::uint8_t> head) {
  if (head.size() < kHeaderLength2 || !std::equal(kMagic.begin(), kMagic.end(), head.begin())) {
    return "is not a qcow2 file";
  }
  Qcow2 image;
  image.version = static_cast<std::uint32_t>(number(head, 4, 4));
  image.virtualSize = Bytes(number(head, 24, 8));
  if (image.version != 2 && image.version != 3) return "is qcow2 of an unknown version";
  if (number(head, 8, 8) != 0 || number(head, 16, 4) != 0) return "has a backing file";
  if (const auto bits = number(head, 20, 4); bits < 9 || bits > 21) return "has an impossible cluster size";
  if (number(head, 32, 4) != 0) return "is encrypted";
  if (image.virtualSize == Bytes(0) || image.virtualSize > kVirtualSizeMax) return "has an impossible size";

  std::size_t extensions = kHeaderLength2;
  if (image.version == 3) {
    if (head.size() < kHeaderLength3) return "has a header that does not end";
    const std::uint64_t features = number(head, 72, 8);
    if ((features & kExternalData) != 0) return "keeps its data in another file";
    if ((features & kCorrupt) != 0) return "is marked as corrupt";
    if ((features & ~kKnownFeatures) != 0) return "needs features that are not known";
    extensions = number(head, 100, 4);
    if (extensions < kHeaderLength3 || extensions > head.size()) return "has a header that does not end";
  }
  if (auto refused = refuseExtensions(head, extensions)) return *refused;
  return image;
}

}  // namespace berth::images
