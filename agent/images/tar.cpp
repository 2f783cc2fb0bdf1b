// SPDX-License-Identifier: Apache-2.0
#include "agent/images/tar.h"

#include <array>
#include <cassert>
#include <cstdio>

namespace berth::images {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kRecord = 20 * kBlock;

/// The fields of a header, in their order.
class Header {
public:
  Header& text(std::string_view value, std::size_t width) {
    bytes_ += value;
    bytes_.append(width - value.size(), '\0');
    return *this;
  }
  /// Octal, with leading zeros, and a NUL at the end.
  Header& number(std::uint64_t value, std::size_t width) {
    std::array<char, 24> digits{};
    std::snprintf(digits.data(), digits.size(), "%0*llo", static_cast<int>(width - 1),
                  static_cast<unsigned long long>(value));
    return text(digits.data(), width);
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

private:
  std::string bytes_;
};

}  // namespace

std::string tarHeader(std::string_view name, std::uint64_t size) {
  assert(name.size() <= kTarNameMax && size <= kTarFileMax);
  constexpr std::size_t kSumAt = 148;
  constexpr std::size_t kSumWidth = 8;
  Header header;
  header.text(name, kTarNameMax).number(0444, 8).number(0, 8).number(0, 8).number(size, 12).number(0, 12);
  // The sum counts its own field as blanks.
  header.text("        ", kSumWidth).text("0", 1).text("", 100).text("ustar", 6).text("00", 2);
  header.text("", 32).text("", 32).number(0, 8).number(0, 8).text("", 167);
  std::string bytes = header.bytes();
  std::uint64_t sum = 0;
  for (const char byte : bytes) sum += static_cast<unsigned char>(byte);
  Header field;
  field.number(sum, kSumWidth - 1).text(" ", 1);
  return bytes.replace(kSumAt, kSumWidth, field.bytes());
}

std::size_t tarPadding(std::uint64_t size) { return static_cast<std::size_t>((kBlock - size % kBlock) % kBlock); }

std::size_t tarEnd(std::uint64_t size) {
  const std::uint64_t least = size + 2 * kBlock;
  return static_cast<std::size_t>((least + kRecord - 1) / kRecord * kRecord - size);
}

}  // namespace berth::images
