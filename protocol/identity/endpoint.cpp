// SPDX-License-Identifier: Apache-2.0
#include "protocol/identity/endpoint.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace berth::identity {
namespace {

constexpr std::string_view kTcp = "tcp://";
constexpr std::string_view kIpc = "ipc:///";
/// The longest DNS name, and more than any address.
constexpr std::size_t kHostMaxLength = 253;
/// What fits into sockaddr_un, with its final zero.
constexpr std::size_t kPathMaxLength = 107;

bool isPort(std::string_view text) {
  if (text == "*") return true;
  std::uint16_t port = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port != 0 && text.front() != '0';
}

bool isHost(std::string_view text) {
  if (text == "*") return true;
  if (text.empty() || text.size() > kHostMaxLength) return false;
  const bool bracketed = text.front() == '[';
  if (bracketed) {
    if (text.size() < 4 || text.back() != ']') return false;
    text = text.substr(1, text.size() - 2);
  }
  return std::ranges::all_of(text, [bracketed](char c) {
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.';
    if (bracketed) return hex || c == ':' || c == '%';
    return hex || (c >= 'g' && c <= 'z') || (c >= 'G' && c <= 'Z') || c == '-';
  });
}

bool isPath(std::string_view text) {
  return text.size() > 1 && text.size() <= kPathMaxLength &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  if (text.starts_with(kIpc)) {
    if (!isPath(text.substr(kIpc.size() - 1))) return std::nullopt;
    return Endpoint(std::string(text));
  }
  if (!text.starts_with(kTcp)) return std::nullopt;
  const auto rest = text.substr(kTcp.size());
  const auto colon = rest.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  if (!isHost(rest.substr(0, colon)) || !isPort(rest.substr(colon + 1))) return std::nullopt;
  return Endpoint(std::string(text));
}

bool Endpoint::isConnectable() const { return text_.starts_with(kIpc) || text_.find('*') == std::string::npos; }

}  // namespace berth::identity
