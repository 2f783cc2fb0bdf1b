// SPDX-License-Identifier: Apache-2.0
#include "agent/images/http_headers.h"

#include <algorithm>
#include <charconv>

namespace berth::images {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// The number that the text begins with.
std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

}  // namespace

void HttpHeaders::read(std::string_view line) {
  if (line.starts_with("HTTP/")) *this = {};
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string name = lower(line.substr(0, colon));
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (name == "etag") etag = value;
  if (name == "content-length") length = number(value);
  if (name == "content-range" && lower(value).starts_with("bytes ")) {
    const std::string_view range = value.substr(6);
    const auto slash = range.find('/');
    if (slash == std::string_view::npos) return;
    rangeStart = number(range.substr(0, slash));
    rangeTotal = number(range.substr(slash + 1));
  }
}

}  // namespace berth::images
