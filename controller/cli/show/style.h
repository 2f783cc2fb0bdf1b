// SPDX-License-Identifier: Apache-2.0
//
// What the terminal can show: colours only where a person looks and did not forbid them, signs beyond ASCII only where
// the locale is UTF-8. Decided once, in the shell, and passed in.
#pragma once

#include <string>
#include <string_view>

namespace berth::show {

enum class Colour { off, on };
enum class Signs { ascii, unicode };

/// Why something is coloured, never which colour: one table in style.cpp says that.
enum class Tone { plain, good, busy, bad, faint, strong };

struct Style {
  Colour colour = Colour::off;
  Signs signs = Signs::unicode;

  /// `text` in the colour of `tone`; as it is where there are no colours.
  [[nodiscard]] std::string paint(std::string_view text, Tone tone) const;
};

/// Plain text: what a file or a pipe gets.
inline constexpr Style kPlain{};

}  // namespace berth::show
