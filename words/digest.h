// SPDX-License-Identifier: Apache-2.0
//
// SHA-256 as a value: content is known by its digest, and two digests compare like numbers.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace berth {

/// The SHA-256 of some content (FIPS 180-4). Default-constructed it is all zeroes, the digest of nothing we know.
class Digest {
public:
  using Bytes = std::array<std::uint8_t, 32>;

  Digest() = default;
  explicit Digest(const Bytes& bytes) : bytes_(bytes) {}

  [[nodiscard]] static Digest of(std::span<const std::uint8_t> content);
  [[nodiscard]] static Digest of(std::string_view content);
  /// 64 hexadecimal digits of either case.
  [[nodiscard]] static std::optional<Digest> parse(std::string_view hex);
  /// Exactly 32 bytes.
  [[nodiscard]] static std::optional<Digest> fromBytes(std::span<const std::uint8_t> bytes);

  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  /// 64 lower-case hexadecimal digits.
  [[nodiscard]] std::string hex() const;
  /// The first 12 digits of hex(), for people.
  [[nodiscard]] std::string shortHex() const { return hex().substr(0, 12); }

  auto operator<=>(const Digest&) const = default;

private:
  Bytes bytes_{};
};

/// Digests a stream piece by piece.
class Digester {
public:
  Digester();
  ~Digester();
  Digester(const Digester&) = delete;
  Digester& operator=(const Digester&) = delete;

  void update(std::span<const std::uint8_t> piece);
  /// The digest of all pieces so far; ends this stream and begins a new, empty one.
  [[nodiscard]] Digest finish();

private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth

template <>
struct std::hash<berth::Digest> {
  std::size_t operator()(const berth::Digest& digest) const noexcept;
};
