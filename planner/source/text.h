// SPDX-License-Identifier: Apache-2.0
//
// People count characters and lines, memory counts bytes. Here one becomes the other, for text of any encoding that a
// YAML file may have.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::source {

/// How many characters the UTF-8 `text` has; each byte that is not UTF-8 counts as one.
[[nodiscard]] std::size_t countCharacters(std::string_view text);
/// `count` characters of `text` from the character number `from` (the first is 0); fewer where it ends.
[[nodiscard]] std::string_view characters(std::string_view text, std::size_t from, std::size_t count);
/// The code points of UTF-8 `text`; U+FFFD for each byte that is not UTF-8.
[[nodiscard]] std::u32string decode(std::string_view text);
/// Appends `codePoint` to `out` as UTF-8.
void appendUtf8(std::string& out, char32_t codePoint);
/// How many bytes the well-formed UTF-8 character at the start of `text` takes; 0 when it is none.
[[nodiscard]] std::size_t utf8Length(std::string_view text);

/// Whether a code point is white space, in any script.
[[nodiscard]] bool isBlank(char32_t code);
/// `text` without the white space around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);
/// `text` in double quotes, with what is not printable escaped as Go's %q does.
[[nodiscard]] std::string quoted(std::string_view text);

/// `text` without its byte order mark, as UTF-8: it may come as UTF-8, or as UTF-16 with a mark. Nothing when UTF-16
/// is broken; broken UTF-8 is passed on for the reader to point at.
[[nodiscard]] std::optional<std::string> toUtf8(std::string_view text);

/// A text by lines, numbered from 1; the ends (LF or CRLF) do not belong to them.
class TextLines {
public:
  explicit TextLines(std::string text);
  [[nodiscard]] std::size_t count() const { return starts_.size(); }
  /// Line `number` must be between 1 and count().
  [[nodiscard]] std::string_view line(std::size_t number) const;

private:
  std::string text_;
  std::vector<std::size_t> starts_;
};

}  // namespace berth::source
