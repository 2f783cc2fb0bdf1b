// SPDX-License-Identifier: Apache-2.0
#include "words/uuid.h"

#include <algorithm>
#include <system_error>

#include <sys/random.h>

#include "words/digest.h"

namespace berth {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

Uuid stamp(Uuid::Bytes bytes, unsigned version) {
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | (version << 4));
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  return Uuid(bytes);
}

bool isDashAt(std::size_t position) { return position == 8 || position == 13 || position == 18 || position == 23; }

}  // namespace

Uuid Uuid::derive(const Uuid& space, std::string_view name) {
  Digester digester;
  digester.update(space.bytes_);
  digester.update({reinterpret_cast<const std::uint8_t*>(name.data()), name.size()});
  Bytes bytes{};
  const Digest digest = digester.finish();
  std::copy_n(digest.bytes().begin(), bytes.size(), bytes.begin());
  return stamp(bytes, 8);
}

Uuid Uuid::random() {
  Bytes bytes{};
  if (getentropy(bytes.data(), bytes.size()) != 0) {
    throw std::system_error(errno, std::generic_category(), "getentropy");
  }
  return stamp(bytes, 4);
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Bytes bytes{};
  std::size_t nibble = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = static_cast<char>(text[i] >= 'A' && text[i] <= 'F' ? text[i] - 'A' + 'a' : text[i]);
    if (isDashAt(i)) {
      if (c != '-') return std::nullopt;
      continue;
    }
    const auto value = kHexDigits.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bytes[nibble / 2] = static_cast<std::uint8_t>(bytes[nibble / 2] << 4 | value);
    ++nibble;
  }
  return Uuid(bytes);
}

std::string Uuid::str() const {
  std::string text;
  for (const std::uint8_t byte : bytes_) {
    if (isDashAt(text.size())) text += '-';
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 15];
  }
  return text;
}

}  // namespace berth
