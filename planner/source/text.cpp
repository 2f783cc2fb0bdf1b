// SPDX-License-Identifier: Apache-2.0
#include "planner/source/text.h"

#include <cstdint>

namespace berth::source {
namespace {

std::uint8_t byteAt(std::string_view text, std::size_t index) { return static_cast<std::uint8_t>(text[index]); }

bool isContinuation(std::uint8_t byte) { return (byte & 0xc0) == 0x80; }

std::optional<std::string> fromUtf16(std::string_view text, bool bigEndian) {
  if (text.size() % 2 != 0) return std::nullopt;
  auto unit = [&](std::size_t index) {
    auto first = byteAt(text, index);
    auto second = byteAt(text, index + 1);
    return static_cast<char32_t>(bigEndian ? first << 8 | second : second << 8 | first);
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    char32_t code = unit(i);
    if (code >= 0xdc00 && code < 0xe000) return std::nullopt;
    if (code >= 0xd800 && code < 0xdc00) {
      if (i + 4 > text.size()) return std::nullopt;
      i += 2;
      char32_t low = unit(i);
      if (low < 0xdc00 || low >= 0xe000) return std::nullopt;
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    appendUtf8(out, code);
  }
  return out;
}

}  // namespace

// RFC 3629, section 4: no overlong forms, no surrogates, nothing above U+10FFFF.
std::size_t utf8Length(std::string_view text) {
  if (text.empty()) return 0;
  std::uint8_t lead = byteAt(text, 0);
  if (lead < 0x80) return 1;
  std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!isContinuation(byteAt(text, i))) return 0;
  }
  std::uint8_t second = byteAt(text, 1);
  bool illFormed = (lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
                   (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f);
  return illFormed ? 0 : length;
}

std::size_t countCharacters(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    std::size_t length = utf8Length(text);
    text.remove_prefix(length == 0 ? 1 : length);
    ++count;
  }
  return count;
}

std::string_view characters(std::string_view text, std::size_t from, std::size_t count) {
  auto skip = [](std::string_view rest, std::size_t steps) {
    std::size_t bytes = 0;
    while (steps-- > 0 && bytes < rest.size()) {
      std::size_t length = utf8Length(rest.substr(bytes));
      bytes += length == 0 ? 1 : length;
    }
    return bytes;
  };
  text.remove_prefix(skip(text, from));
  return text.substr(0, skip(text, count));
}

std::u32string decode(std::string_view text) {
  std::u32string out;
  while (!text.empty()) {
    std::size_t length = utf8Length(text);
    if (length == 0) {
      out += U'\ufffd';
      text.remove_prefix(1);
      continue;
    }
    constexpr std::uint8_t kLeadBits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    char32_t code = byteAt(text, 0) & kLeadBits[length];
    for (std::size_t i = 1; i < length; ++i) code = code << 6 | (byteAt(text, i) & 0x3f);
    out += code;
    text.remove_prefix(length);
  }
  return out;
}

void appendUtf8(std::string& out, char32_t codePoint) {
  auto put = [&](char32_t byte) { out += static_cast<char>(static_cast<std::uint8_t>(byte)); };
  if (codePoint < 0x80) {
    put(codePoint);
  } else if (codePoint < 0x800) {
    put(0xc0 | codePoint >> 6);
    put(0x80 | (codePoint & 0x3f));
  } else if (codePoint < 0x10000) {
    put(0xe0 | codePoint >> 12);
    put(0x80 | (codePoint >> 6 & 0x3f));
    put(0x80 | (codePoint & 0x3f));
  } else {
    put(0xf0 | codePoint >> 18);
    put(0x80 | (codePoint >> 12 & 0x3f));
    put(0x80 | (codePoint >> 6 & 0x3f));
    put(0x80 | (codePoint & 0x3f));
  }
}

std::string quoted(std::string_view text) {
  constexpr std::string_view kShort = "\a\b\f\n\r\t\v\"\\";
  constexpr std::string_view kLetters = "abfnrtv\"\\";
  auto hex = [](char32_t code, int digits) {
    std::string out;
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += "0123456789abcdef"[code >> shift & 15];
    return out;
  };
  std::string out = "\"";
  while (!text.empty()) {
    std::size_t length = utf8Length(text);
    std::string_view character = text.substr(0, length == 0 ? 1 : length);
    text.remove_prefix(character.size());
    char32_t code = length == 0 ? byteAt(character, 0) : decode(character).front();
    std::size_t which = length == 1 ? kShort.find(character.front()) : std::string_view::npos;
    if (which != std::string_view::npos) {
      out += std::string("\\") + kLetters[which];
    } else if (length == 0 || code < 0x20 || code == 0x7f) {
      out += "\\x" + hex(code, 2);
    } else if ((code >= 0x80 && code <= 0xa0) || (code != ' ' && isBlank(code)) || code == 0xfeff) {
      out += "\\u" + hex(code, 4);
    } else {
      out += character;
    }
  }
  return out + "\"";
}

bool isBlank(char32_t code) {
  bool isAscii = code == ' ' || (code >= '\t' && code <= '\r');
  bool isGeneral = (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029 || code == 0x202f;
  return isAscii || isGeneral || code == 0x85 || code == 0xa0 || code == 0x1680 || code == 0x205f || code == 0x3000;
}

std::string_view trimmed(std::string_view text) {
  auto lengthOfBlank = [](std::string_view rest) {
    std::size_t length = utf8Length(rest);
    return length != 0 && isBlank(decode(rest.substr(0, length)).front()) ? length : 0;
  };
  while (std::size_t length = lengthOfBlank(text)) text.remove_prefix(length);
  bool more = true;
  while (more && !text.empty()) {
    std::size_t start = text.size() - 1;
    while (start > 0 && text.size() - start < 4 && isContinuation(byteAt(text, start))) --start;
    more = lengthOfBlank(text.substr(start)) == text.size() - start;
    if (more) text = text.substr(0, start);
  }
  return text;
}

std::optional<std::string> toUtf8(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) return std::string(text.substr(3));
  if (text.starts_with("\xff\xfe")) return fromUtf16(text.substr(2), false);
  if (text.starts_with("\xfe\xff")) return fromUtf16(text.substr(2), true);
  return std::string(text);
}

TextLines::TextLines(std::string text) : text_(std::move(text)) {
  starts_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n' && i + 1 < text_.size()) starts_.push_back(i + 1);
  }
}

std::string_view TextLines::line(std::size_t number) const {
  std::size_t start = starts_[number - 1];
  std::string_view line = std::string_view(text_).substr(start, text_.find('\n', start) - start);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace berth::source
