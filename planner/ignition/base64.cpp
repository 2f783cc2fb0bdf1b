// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdint>

#include "planner/ignition/data_url.h"

namespace berth::ignition {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> kValues = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}();

NoDataUrl illegalAt(std::size_t byte) { return {"illegal base64 data at input byte " + std::to_string(byte)}; }

}  // namespace

std::string encodeBase64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (j < count ? static_cast<std::uint8_t>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out += j <= count ? kAlphabet[group >> (18 - 6 * j) & 63] : '=';
    }
  }
  return out;
}

std::variant<std::string, NoDataUrl> decodeBase64(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  int filled = 0;
  auto isBreak = [](char c) { return c == '\n' || c == '\r'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (isBreak(c)) continue;
    if (c == '=') {
      // One or two at the end fill the last group up; nothing may follow them.
      if (filled < 2) return illegalAt(i);
      std::size_t rest = i + 1;
      while (rest < text.size() && isBreak(text[rest])) ++rest;
      if (filled == 2) {
        if (rest >= text.size()) return illegalAt(text.size());
        if (text[rest] != '=') return illegalAt(rest);
        ++rest;
        while (rest < text.size() && isBreak(text[rest])) ++rest;
      }
      if (rest < text.size()) return illegalAt(rest);
      group <<= 6 * (4 - filled);
      for (int j = 0; j < filled - 1; ++j) out += static_cast<char>(static_cast<std::uint8_t>(group >> (16 - 8 * j)));
      return out;
    }
    std::int8_t value = kValues[static_cast<unsigned char>(c)];
    if (value < 0) return illegalAt(i);
    group = group << 6 | static_cast<std::uint32_t>(value);
    if (++filled < 4) continue;
    for (int j = 0; j < 3; ++j) out += static_cast<char>(static_cast<std::uint8_t>(group >> (16 - 8 * j)));
    group = 0;
    filled = 0;
  }
  if (filled != 0) return illegalAt(text.size() - static_cast<std::size_t>(filled));
  return out;
}

}  // namespace berth::ignition
