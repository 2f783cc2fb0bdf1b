// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/data_url.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace berth::ignition {
namespace {

bool isAlphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool isUnescaped(char c) {
  return isAlphanumeric(c) || std::string_view("-_.!~*'()").find(c) != std::string_view::npos;
}

/// RFC 2045's token: what media types and parameters are made of.
bool isToken(char c) {
  return c > ' ' && c < 0x7f && std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

bool isDataCharacter(char c) {
  return c > ' ' && c < 0x7f && std::string_view("<>#\"{}|\\^[]`").find(c) == std::string_view::npos;
}

bool isBase64Character(char c) { return isAlphanumeric(c) || c == '+' || c == '/' || c == '=' || c == '\n'; }

int hexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The beginning decides: "textual" is as good as "text".
bool isKnownMediaType(std::string_view type) {
  constexpr std::array<std::string_view, 9> kTypes = {"text",    "image",     "audio", "video", "application",
                                                      "message", "multipart", "x-",    "X-"};
  return std::any_of(kTypes.begin(), kTypes.end(), [&](std::string_view each) { return type.starts_with(each); });
}

std::variant<std::string, NoDataUrl> unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    int high = i + 1 < text.size() ? hexValue(text[i + 1]) : 0;
    int low = i + 2 < text.size() ? hexValue(text[i + 2]) : 0;
    if (high < 0 || (low < 0 && i + 1 < text.size()))
      return NoDataUrl{"rfc2396: invalid char 0x25 in unescape sequence"};
    if (i + 2 >= text.size()) return NoDataUrl{"rfc2396: unexpected end of unescape sequence"};
    out += static_cast<char>(static_cast<std::uint8_t>(high << 4 | low));
    i += 2;
  }
  return out;
}

/// Walks the part between "data:" and the comma.
class Prelude {
public:
  explicit Prelude(std::string_view rest) : rest_(rest) {}

  /// The reason why it is none; afterwards data() and isBase64() hold.
  std::optional<std::string> read() {
    if (rest_.empty()) return "missing comma before data";
    if (!startsWith(";,")) {
      if (auto wrong = mediaType()) return wrong;
    }
    while (startsWith(";")) {
      rest_.remove_prefix(1);
      if (auto wrong = parameter()) return wrong;
    }
    rest_.remove_prefix(1);
    return std::nullopt;
  }

  [[nodiscard]] std::string_view data() const { return rest_; }
  [[nodiscard]] bool isBase64() const { return base64_; }

private:
  [[nodiscard]] bool startsWith(std::string_view any) const {
    return !rest_.empty() && any.find(rest_.front()) != std::string_view::npos;
  }

  std::string_view token() {
    std::size_t length = 0;
    while (length < rest_.size() && isToken(rest_[length])) ++length;
    std::string_view word = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return word;
  }

  std::optional<std::string> mediaType() {
    std::string_view type = token();
    if (type.empty()) return "invalid character after data prefix";
    if (rest_.empty()) return "missing media type slash";
    if (!startsWith("/")) return "invalid character for media type";
    if (!isKnownMediaType(type)) return "invalid media type";
    rest_.remove_prefix(1);
    (void)token();
    if (rest_.empty()) return "incomplete media type";
    if (!startsWith(";,")) return "invalid character for media subtype";
    return std::nullopt;
  }

  std::optional<std::string> parameter() {
    if (rest_.empty() || startsWith("=,")) return "unterminated parameter sequence";
    std::string_view name = token();
    if (rest_.empty()) return "unterminated parameter sequence";
    if (startsWith(",")) {
      if (name != "base64") return "expected base64, got " + std::string(name);
      base64_ = true;
      return std::nullopt;
    }
    if (name.empty() || !startsWith("=")) return "invalid character for parameter attribute";
    rest_.remove_prefix(1);
    return startsWith("\"") ? quotedValue() : plainValue();
  }

  std::optional<std::string> plainValue() {
    bool isPresent = !token().empty();
    if (rest_.empty()) return "missing comma before data";
    if (!isPresent || !startsWith(";,")) return "invalid character for parameter value";
    return std::nullopt;
  }

  std::optional<std::string> quotedValue() {
    std::size_t end = 1;
    for (; end < rest_.size() && rest_[end] != '"'; ++end) {
      bool isEscaped = rest_[end] == '\\' && end + 1 < rest_.size();
      if (isEscaped) ++end;
      if (static_cast<unsigned char>(rest_[end]) < 0x80) continue;
      return isEscaped ? "invalid escaped character" : "invalid character for parameter value";
    }
    if (end >= rest_.size()) return "unclosed quoted string";
    rest_.remove_prefix(end + 1);
    if (rest_.empty()) return "missing comma before data";
    if (!startsWith(";,")) return "expected semicolon or comma";
    return std::nullopt;
  }

  std::string_view rest_;
  bool base64_ = false;
};

}  // namespace

std::string escapedDataUrl(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out = "data:,";
  out.reserve(out.size() + bytes.size());
  for (char c : bytes) {
    if (isUnescaped(c)) {
      out += c;
      continue;
    }
    auto code = static_cast<std::uint8_t>(c);
    out += '%';
    out += kDigits[code >> 4];
    out += kDigits[code & 15];
  }
  return out;
}

std::string base64DataUrl(std::string_view bytes) { return "data:;base64," + encodeBase64(bytes); }

std::string shortestDataUrl(std::string_view bytes) {
  std::string escaped = escapedDataUrl(bytes);
  std::string encoded = base64DataUrl(bytes);
  return encoded.size() < escaped.size() ? encoded : escaped;
}

std::variant<std::string, NoDataUrl> decodeDataUrl(std::string_view url) {
  if (!url.starts_with("data:")) return NoDataUrl{"missing data prefix"};
  Prelude prelude(url.substr(5));
  if (auto wrong = prelude.read()) return NoDataUrl{*wrong};
  std::string_view data = prelude.data();
  auto isAllowed = prelude.isBase64() ? isBase64Character : isDataCharacter;
  if (!std::all_of(data.begin(), data.end(), isAllowed)) return NoDataUrl{"invalid data character"};
  return prelude.isBase64() ? decodeBase64(data) : unescape(data);
}

}  // namespace berth::ignition
