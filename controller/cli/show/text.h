// SPDX-License-Identifier: Apache-2.0
//
// Text that came from a guest, a host or a file is not ours: an escape sequence in it could repaint the operator's
// terminal, retitle it or type into it. Whatever is shown goes through here first.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace berth::show {

/// `text` as one harmless line: escape sequences are dropped, each other control character, line end or tab becomes a
/// space, what is not UTF-8 becomes U+FFFD, and marks that change the direction of writing are dropped.
[[nodiscard]] std::string oneLine(std::string_view text);

/// As oneLine(), but lines stay lines and tabs stay tabs; a carriage return before a line end is dropped.
[[nodiscard]] std::string manyLines(std::string_view text);

/// How many terminal columns `text` takes, which must come from oneLine(): two for wide East Asian characters, none
/// for what combines with the character before it.
[[nodiscard]] std::size_t columnsOf(std::string_view text);

/// `text` cut to `columns`, its last one then being "…".
[[nodiscard]] std::string cutTo(std::string_view text, std::size_t columns);

/// `text` and enough spaces, before or behind it, to fill `columns`.
[[nodiscard]] std::string padded(std::string_view text, std::size_t columns);
[[nodiscard]] std::string rightPadded(std::string_view text, std::size_t columns);

/// A sentence as lines of at most `columns`, broken at spaces; a longer word has a line of its own.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t columns, std::string_view indent);

}  // namespace berth::show
