// SPDX-License-Identifier: Apache-2.0
//
// UUIDs that are computed, not drawn: the same instance has the same UUID whoever works it out, so that defining it
// twice in libvirt is the same as defining it once.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth {

class Uuid {
public:
  using Bytes = std::array<std::uint8_t, 16>;

  Uuid() = default;
  explicit Uuid(const Bytes& bytes) : bytes_(bytes) {}

  /// Version 8 (RFC 9562, section 5.8): the first 122 free bits of SHA-256 over the namespace and the name.
  [[nodiscard]] static Uuid derive(const Uuid& space, std::string_view name);
  /// Version 4, from the kernel's random numbers.
  [[nodiscard]] static Uuid random();
  /// The form 01234567-89ab-cdef-0123-456789abcdef, hexadecimal digits of either case.
  [[nodiscard]] static std::optional<Uuid> parse(std::string_view text);

  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  [[nodiscard]] std::string str() const;
  [[nodiscard]] bool isNil() const { return *this == Uuid(); }
  auto operator<=>(const Uuid&) const = default;

private:
  Bytes bytes_{};
};

}  // namespace berth
