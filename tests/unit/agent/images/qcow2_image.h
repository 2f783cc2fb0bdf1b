// SPDX-License-Identifier: Apache-2.0
//
// Makes the beginning of a qcow2 file byte by byte, right or wrong as a test wants it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace berth::images::testing {

class Qcow2Image {
public:
  Qcow2Image() : bytes_(512) {
    set(0, 4, 0x514649fb);
    set(4, 4, 3);
    set(20, 4, 16);           // clusters of 64 KiB
    set(24, 8, 10ULL << 30);  // the size of the disk
    set(96, 4, 4);            // refcounts of 16 bits
    set(100, 4, 104);         // the length of the header; then an extension of type 0: the end
  }

  Qcow2Image& set(std::size_t offset, std::size_t width, std::uint64_t value) {
    for (std::size_t i = 0; i < width; ++i) {
      bytes_[offset + i] = static_cast<std::uint8_t>(value >> (8 * (width - 1 - i)) & 0xff);
    }
    return *this;
  }
  Qcow2Image& resize(std::size_t size) {
    bytes_.resize(size);
    return *this;
  }
  [[nodiscard]] const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  [[nodiscard]] std::string text() const { return {bytes_.begin(), bytes_.end()}; }

private:
  std::vector<std::uint8_t> bytes_;
};

}  // namespace berth::images::testing
