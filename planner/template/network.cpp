// SPDX-License-Identifier: Apache-2.0
//
// IPv4 and IPv6 prefixes as numbers of 128 bits, of which IPv4 uses the last 32.
#include <array>
#include <optional>

#include <arpa/inet.h>

#include "planner/template/function.h"

namespace berth::templates {
namespace {

__extension__ using Bits = unsigned __int128;

struct Prefix {
  Bits address = 0;
  int width = 32;
  int length = 0;

  [[nodiscard]] int hostBits() const { return width - length; }
};

/// `count` bits, all ones.
Bits ones(int count) { return count >= 128 ? ~Bits{0} : (Bits{1} << count) - 1; }

std::string addressText(Bits address, int width) {
  std::array<unsigned char, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> out{};
  const int count = width / 8;
  for (int i = 0; i < count; ++i) {
    bytes[static_cast<std::size_t>(i)] = static_cast<unsigned char>(address >> (8 * (count - 1 - i)));
  }
  inet_ntop(width == 32 ? AF_INET : AF_INET6, bytes.data(), out.data(), static_cast<socklen_t>(out.size()));
  return out.data();
}

std::string prefixText(const Prefix& prefix) {
  return addressText(prefix.address, prefix.width) + "/" + std::to_string(prefix.length);
}

Prefix prefixAt(const Call& call, std::size_t i) {
  const std::string text = call.text(i);
  const auto wrong = [&]() -> Prefix { call.refuse(call.shown(call.at(i)) + " is no prefix such as 10.20.0.0/16"); };
  const auto slash = text.find('/');
  if (slash == std::string::npos) return wrong();
  Prefix prefix;
  std::array<unsigned char, 16> bytes{};
  const std::string address = text.substr(0, slash);
  if (inet_pton(AF_INET, address.c_str(), bytes.data()) != 1) {
    prefix.width = 128;
    if (inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return wrong();
  }
  for (int b = 0; b < prefix.width / 8; ++b) prefix.address = prefix.address << 8 | bytes[static_cast<std::size_t>(b)];
  const auto length = parseNumber(text.substr(slash + 1));
  if (!length || !length->isWhole() || length->whole() < 0 || length->whole() > prefix.width) return wrong();
  prefix.length = static_cast<int>(length->whole());
  prefix.address &= ~ones(prefix.hostBits());
  return prefix;
}

Value cidrhost(const Call& call) {
  const Prefix prefix = prefixAt(call, 0);
  const std::int64_t host = call.whole(1);
  const auto bits = static_cast<Bits>(host);
  const Bits magnitude = host < 0 ? ~bits + 1 : bits;
  const Bits most = ones(prefix.hostBits());
  // Counted from the end, -1 is the last address.
  if (host < 0 ? magnitude - 1 > most : magnitude > most) {
    call.refuse("the prefix has no host " + call.shown(call.at(1)));
  }
  const Bits number = host < 0 ? most - (magnitude - 1) : magnitude;
  return Value::of(addressText(prefix.address | number, prefix.width));
}

Value cidrnetmask(const Call& call) {
  const Prefix prefix = prefixAt(call, 0);
  if (prefix.width != 32) call.refuse("only an IPv4 prefix has a netmask");
  return Value::of(addressText(ones(32) & ~ones(prefix.hostBits()), 32));
}

std::optional<Prefix> subnetOf(const Prefix& prefix, int newBits, Bits number) {
  if (newBits > prefix.hostBits() || number > ones(newBits)) return std::nullopt;
  Prefix subnet = prefix;
  subnet.length += newBits;
  if (subnet.hostBits() < 128) subnet.address |= number << subnet.hostBits();
  return subnet;
}

Value cidrsubnet(const Call& call) {
  const Prefix prefix = prefixAt(call, 0);
  const auto newBits = static_cast<int>(call.whole(1, 0, 128));
  const std::int64_t number = call.whole(2);
  const auto subnet = number < 0 ? std::nullopt : subnetOf(prefix, newBits, static_cast<Bits>(number));
  if (!subnet) {
    call.refuse(prefixText(prefix) + " has no subnet " + call.shown(call.at(2)) + " with " + std::to_string(newBits) +
                " more bits");
  }
  return Value::of(prefixText(*subnet));
}

/// One after the other, each as large as asked for, in the next place where it fits.
Value cidrsubnets(const Call& call) {
  const Prefix prefix = prefixAt(call, 0);
  Value::List out;
  Bits next = prefix.address;
  const Bits last = prefix.address | ones(prefix.hostBits());
  bool isFull = false;
  for (std::size_t i = 1; i < call.size(); ++i) {
    const auto newBits = static_cast<int>(call.whole(i, 0, 128));
    if (newBits > prefix.hostBits()) call.refuse("the prefix has not so many bits");
    const Bits size = ones(prefix.hostBits() - newBits);
    const Bits start = (next + size) & ~size;
    if (isFull || start < next || start > last || last - start < size)
      call.refuse("the prefix is too small for all of them");
    out.push_back(Value::of(prefixText({start, prefix.width, prefix.length + newBits})));
    next = start + size + 1;
    isFull = start + size == last;
  }
  return Value::of(std::move(out));
}

constexpr std::array kFunctions{
    Function{"cidrhost", 2, 2, cidrhost},
    Function{"cidrnetmask", 1, 1, cidrnetmask},
    Function{"cidrsubnet", 3, 3, cidrsubnet},
    Function{"cidrsubnets", 1, kAnyNumber, cidrsubnets},
};

}  // namespace

std::span<const Function> networkFunctions() { return kFunctions; }

}  // namespace berth::templates
