// SPDX-License-Identifier: Apache-2.0
//
// Amounts of memory and disk as a type: 4GiB is never confused with 4 MiB or with 4 vcpus.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth {

/// An amount of storage or memory.
class Bytes {
public:
  constexpr Bytes() = default;
  constexpr explicit Bytes(std::uint64_t count) : count_(count) {}

  /// A whole number and a unit: B, KiB, MiB, GiB, TiB (powers of 1024) or KB, MB, GB, TB (powers of 1000); a bare
  /// number is refused, since nobody agrees on what it means. Empty when it does not fit into 63 bits.
  [[nodiscard]] static std::optional<Bytes> parse(std::string_view text);

  [[nodiscard]] constexpr std::uint64_t count() const { return count_; }
  [[nodiscard]] constexpr std::uint64_t mib() const { return count_ >> 20; }
  /// With the largest binary unit that divides it: "4GiB", "1536MiB".
  [[nodiscard]] std::string str() const;

  constexpr auto operator<=>(const Bytes&) const = default;
  constexpr Bytes& operator+=(Bytes other) { return count_ += other.count_, *this; }
  constexpr Bytes operator+(Bytes other) const { return Bytes(count_ + other.count_); }
  /// Never below zero.
  constexpr Bytes operator-(Bytes other) const { return Bytes(count_ > other.count_ ? count_ - other.count_ : 0); }

private:
  std::uint64_t count_ = 0;
};

constexpr Bytes operator""_MiB(unsigned long long count) { return Bytes(count << 20); }
constexpr Bytes operator""_GiB(unsigned long long count) { return Bytes(count << 30); }

}  // namespace berth
