// SPDX-License-Identifier: Apache-2.0
//
// Where expressions stand in a text. `${{ … }}` is one; `$${{` stands for a literal `${{`; `${X}` and `{{ }}` mean
// nothing here. Braces and texts within an expression belong to it: ${{ join({"}}"}, ",") }} is one.
//
//   Scanned scanned = scan("http://${{ node.address }}:80/");    // "http://", node.address, ":80/"
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::templates {

inline constexpr std::string_view kOpen = "${{";
inline constexpr std::string_view kClose = "}}";
/// One expression may be that long.
inline constexpr std::size_t kMaxExpressionBytes = 16'384;

struct Piece {
  enum class Kind : std::uint8_t { literal, expression };
  Kind kind = Kind::literal;
  /// A literal with its escapes taken out, or what stands between the braces.
  std::string text;
};

/// What cannot be read: which expression of the text, counted from 0, and why.
struct ScanProblem {
  std::size_t ordinal = 0;
  std::string message;
  std::string hint;
};

struct Scanned {
  std::vector<Piece> pieces;
  std::optional<ScanProblem> problem;
};

/// Whether there is anything to scan for: an expression, or the escape of one.
[[nodiscard]] inline bool mayHold(std::string_view text) { return text.find(kOpen) != std::string_view::npos; }

[[nodiscard]] Scanned scan(std::string_view text);

/// A word, number, text or sign of an expression.
struct Token {
  enum class Kind : std::uint8_t { name, number, text, sign };
  Kind kind = Kind::sign;
  /// As it was written.
  std::string_view written;
  std::size_t offset = 0;
};

struct Tokens {
  std::vector<Token> tokens;
  /// Where the closing braces begin; npos when there are none.
  std::size_t end = std::string_view::npos;
  std::optional<std::string> problem;
};

/// The tokens of what begins at `text`, up to the braces that close it, or to its end. The tokens point into `text`.
[[nodiscard]] Tokens tokensOf(std::string_view text);

}  // namespace berth::templates
