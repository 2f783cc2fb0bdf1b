// SPDX-License-Identifier: Apache-2.0
//
// IPv4 addresses, subnets and ranges as values: an address that has the type is one, and an address in a subnet is
// found by arithmetic, not by comparing text.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace berth::spec {

class Ipv4 {
public:
  constexpr Ipv4() = default;
  constexpr explicit Ipv4(std::uint32_t bits) : bits_(bits) {}

  /// Four decimal numbers without leading zeroes, which some programs read as octal: "10.20.0.11".
  [[nodiscard]] static std::optional<Ipv4> parse(std::string_view text);

  [[nodiscard]] std::string str() const;
  /// In the order of a number: 10.0.0.1 is 0x0a000001.
  [[nodiscard]] constexpr std::uint32_t bits() const { return bits_; }
  constexpr auto operator<=>(const Ipv4&) const = default;

private:
  std::uint32_t bits_ = 0;
};

/// A network by its first address and the length of its prefix: 10.20.0.0/24.
class Subnet {
public:
  /// The address must be the network's first one; prefixes of 8 to 30 bits.
  [[nodiscard]] static std::optional<Subnet> parse(std::string_view text);
  /// The network that an address with a prefix lies in: 10.20.0.7/24 lies in 10.20.0.0/24.
  [[nodiscard]] static Subnet around(Ipv4 address, std::uint8_t prefix);

  [[nodiscard]] Ipv4 first() const { return first_; }
  /// The address that reaches all of it at once, and can be no node's.
  [[nodiscard]] Ipv4 broadcast() const { return Ipv4(first_.bits() | ~mask()); }
  [[nodiscard]] std::uint8_t prefix() const { return prefix_; }
  [[nodiscard]] bool contains(Ipv4 address) const { return (address.bits() & mask()) == first_.bits(); }
  [[nodiscard]] std::string str() const;
  bool operator==(const Subnet&) const = default;

private:
  [[nodiscard]] std::uint32_t mask() const { return prefix_ == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix_); }
  Ipv4 first_;
  std::uint8_t prefix_ = 0;
};

/// All addresses from the first to the last, both included: 10.20.0.11-10.20.0.19. A single address is a range too.
struct AddressRange {
  Ipv4 first;
  Ipv4 last;

  [[nodiscard]] static std::optional<AddressRange> parse(std::string_view text);
  [[nodiscard]] std::uint64_t size() const { return std::uint64_t{last.bits()} - first.bits() + 1; }
  [[nodiscard]] bool contains(Ipv4 address) const { return first <= address && address <= last; }
  [[nodiscard]] std::string str() const;
  bool operator==(const AddressRange&) const = default;
};

}  // namespace berth::spec

template <>
struct std::hash<berth::spec::Ipv4> {
  std::size_t operator()(berth::spec::Ipv4 address) const noexcept { return address.bits(); }
};
