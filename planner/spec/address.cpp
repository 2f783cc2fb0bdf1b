// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/address.h"

#include <charconv>

namespace berth::spec {
namespace {

/// A decimal number without a leading zero, at most `most`, taken from the front of `text`.
std::optional<std::uint32_t> takeNumber(std::string_view& text, std::uint32_t most) {
  std::uint32_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto length = static_cast<std::size_t>(end - text.data());
  if (failure != std::errc() || number > most || (length > 1 && text.front() == '0')) return std::nullopt;
  text.remove_prefix(length);
  return number;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<Ipv4> Ipv4::parse(std::string_view text) {
  std::uint32_t bits = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0) {
      if (!text.starts_with('.')) return std::nullopt;
      text.remove_prefix(1);
    }
    const auto number = takeNumber(text, 255);
    if (!number) return std::nullopt;
    bits = bits << 8 | *number;
  }
  if (!text.empty()) return std::nullopt;
  return Ipv4(bits);
}

std::string Ipv4::str() const {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    if (!text.empty()) text += '.';
    text += std::to_string(bits_ >> shift & 0xff);
  }
  return text;
}

std::optional<Subnet> Subnet::parse(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto first = Ipv4::parse(text.substr(0, slash));
  text.remove_prefix(slash + 1);
  const auto prefix = takeNumber(text, 30);
  if (!first || !prefix || *prefix < 8 || !text.empty()) return std::nullopt;
  Subnet subnet = around(*first, static_cast<std::uint8_t>(*prefix));
  if (subnet.first_ != *first) return std::nullopt;
  return subnet;
}

Subnet Subnet::around(Ipv4 address, std::uint8_t prefix) {
  Subnet subnet;
  subnet.prefix_ = prefix;
  subnet.first_ = Ipv4(address.bits() & subnet.mask());
  return subnet;
}

std::string Subnet::str() const { return first_.str() + "/" + std::to_string(prefix_); }

std::optional<AddressRange> AddressRange::parse(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = Ipv4::parse(trimmed(text.substr(0, dash)));
  const auto last = dash == std::string_view::npos ? first : Ipv4::parse(trimmed(text.substr(dash + 1)));
  if (!first || !last || *last < *first) return std::nullopt;
  return AddressRange{*first, *last};
}

std::string AddressRange::str() const { return first == last ? first.str() : first.str() + "-" + last.str(); }

}  // namespace berth::spec
