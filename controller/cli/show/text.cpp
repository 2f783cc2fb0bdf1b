// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/text.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace berth::show {

namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kEscape = 0x1B;

struct Character {
  char32_t point = 0;
  std::size_t bytes = 1;
};

/// The character at the start of `text`, which is not empty; overlong forms and surrogates are no characters.
Character decodeFirst(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text[0]);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {kReplacement, 1};
  char32_t point = lead & (0xFFU >> (length + 1));
  for (std::size_t index = 1; index < length; ++index) {
    const auto byte = static_cast<std::uint8_t>(text[index]);
    if ((byte & 0xC0) != 0x80) return {kReplacement, 1};
    point = (point << 6) | (byte & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  if (point < kLeast.at(length) || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return {kReplacement, 1};
  return {point, length};
}

bool isControl(char32_t point) { return point < 0x20 || (point >= 0x7F && point < 0xA0); }

bool changesDirection(char32_t point) {
  return (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069) || point == 0x200E ||
         point == 0x200F || point == 0x061C;
}

/// Bytes of a control string (OSC, DCS, …) that begins at `from`: up to BEL or ESC \, or to the end of the line, so
/// that one unfinished title does not swallow the rest of a log.
std::size_t endOfString(std::string_view text, std::size_t from) {
  for (std::size_t at = from; at < text.size(); ++at) {
    if (text[at] == '\a') return at + 1;
    if (text[at] == '\n') return at;
    if (text[at] == '\x1b' && at + 1 < text.size() && text[at + 1] == '\\') return at + 2;
  }
  return text.size();
}

/// Where the escape sequence that begins at `from` (an ESC) ends (ECMA-48).
std::size_t endOfEscape(std::string_view text, std::size_t from) {
  std::size_t at = from + 1;
  if (at >= text.size()) return at;
  const char kind = text[at];
  if (kind == '[') {
    for (++at; at < text.size(); ++at) {
      const char byte = text[at];
      if (byte >= 0x40 && byte <= 0x7E) return at + 1;
      if (byte < 0x20) return at;
    }
    return at;
  }
  if (kind == ']' || kind == 'P' || kind == 'X' || kind == '^' || kind == '_') return endOfString(text, at + 1);
  while (at < text.size() && text[at] >= 0x20 && text[at] <= 0x2F) ++at;
  if (at < text.size() && text[at] >= 0x30 && text[at] <= 0x7E) ++at;
  return at;
}

void append(std::string& out, std::string_view text, const Character& character) {
  if (character.point == kReplacement) {
    out += "\xEF\xBF\xBD";
  } else {
    out += text.substr(0, character.bytes);
  }
}

enum class LineEnds { keep, flatten };

std::string harmless(std::string_view text, LineEnds lineEnds) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Character character = decodeFirst(text.substr(at));
    if (character.point == kEscape) {
      at = endOfEscape(text, at);
      continue;
    }
    if (lineEnds == LineEnds::keep && (character.point == '\n' || character.point == '\t')) {
      out += text[at];
    } else if (lineEnds == LineEnds::keep && character.point == '\r') {
      // A lone one would let the rest of the line overwrite its beginning.
      if (at + 1 < text.size() && text[at + 1] != '\n' && text[at + 1] != '\r') out += '\n';
    } else if (isControl(character.point)) {
      out += ' ';
    } else if (!changesDirection(character.point)) {
      append(out, text.substr(at), character);
    }
    at += character.bytes;
  }
  return out;
}

struct Range {
  char32_t first;
  char32_t last;
};
constexpr std::array kWide = {Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},  Range{0x3041, 0xA4CF},
                              Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},  Range{0xFE30, 0xFE6F},
                              Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},  Range{0x1F300, 0x1F64F},
                              Range{0x1F900, 0x1F9FF}, Range{0x20000, 0x3FFFD}};
constexpr std::array kCombining = {Range{0x0300, 0x036F}, Range{0x200B, 0x200D}, Range{0x20D0, 0x20FF},
                                   Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F}, Range{0xFEFF, 0xFEFF}};

template <std::size_t N>
bool isIn(const std::array<Range, N>& ranges, char32_t point) {
  return std::ranges::any_of(ranges,
                             [point](const Range& range) { return point >= range.first && point <= range.last; });
}

std::size_t columnsOf(char32_t point) {
  if (isIn(kCombining, point)) return 0;
  return isIn(kWide, point) ? 2 : 1;
}

}  // namespace

std::string oneLine(std::string_view text) { return harmless(text, LineEnds::flatten); }

std::string manyLines(std::string_view text) { return harmless(text, LineEnds::keep); }

std::size_t columnsOf(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Character character = decodeFirst(text);
    columns += columnsOf(character.point);
    text.remove_prefix(character.bytes);
  }
  return columns;
}

std::string cutTo(std::string_view text, std::size_t columns) {
  if (columnsOf(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t taken = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const Character character = decodeFirst(text.substr(at));
    if (taken + columnsOf(character.point) > columns - 1) break;
    taken += columnsOf(character.point);
    at += character.bytes;
  }
  return std::string(text.substr(0, at)) + "…";
}

std::string padded(std::string_view text, std::size_t columns) {
  const std::size_t taken = columnsOf(text);
  return std::string(text) + std::string(columns > taken ? columns - taken : 0, ' ');
}

std::string rightPadded(std::string_view text, std::size_t columns) {
  const std::size_t taken = columnsOf(text);
  return std::string(columns > taken ? columns - taken : 0, ' ') + std::string(text);
}

std::string wrapped(std::string_view text, std::size_t columns, std::string_view indent) {
  std::string out;
  std::string line;
  const auto finishLine = [&] {
    out += std::string(indent) + line + "\n";
    line.clear();
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (!line.empty() && columnsOf(indent) + columnsOf(line) + 1 + columnsOf(word) > columns) finishLine();
    if (!word.empty()) line += (line.empty() ? "" : " ") + std::string(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (!line.empty()) finishLine();
  return out;
}

}  // namespace berth::show
