// SPDX-License-Identifier: Apache-2.0
//
// Two texts line by line, as `diff -u` shows them: what goes, what comes, and a few lines around. The way with the
// fewest changed lines is looked for as long as that is cheap; texts that have next to nothing in common are compared
// more coarsely, so that no pair of texts takes long. What comes out is always a right way from the one to the other.
//
//   for (const Hunk& hunk : textDiff(before, after)) out << unified(hunk);
//
//   @@ -4,3 +4,3 @@
//    datacenter = "eu"
//   -servers = 1
//   +servers = 3
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace berth::ignition {

struct DiffLine {
  /// Where the line stands.
  enum class In : std::uint8_t { both, before, after };

  In in = In::both;
  /// Without its line break.
  std::string text;
  /// Only a text's last line may have none.
  bool hasLineBreak = true;

  bool operator==(const DiffLine&) const = default;
};

/// Changes that stand close together, with the lines around.
struct Hunk {
  /// Numbers start at 1; where a side has no line in the hunk, it is the line before.
  std::size_t beforeStart = 0;
  std::size_t beforeCount = 0;
  std::size_t afterStart = 0;
  std::size_t afterCount = 0;
  std::vector<DiffLine> lines;

  bool operator==(const Hunk&) const = default;
};

inline constexpr std::size_t kDiffContext = 3;

/// From first to last; none when the texts are equal. `context` is how many unchanged lines are shown around a change.
[[nodiscard]] std::vector<Hunk> textDiff(std::string_view before, std::string_view after,
                                         std::size_t context = kDiffContext);

/// "@@ -4,3 +4,3 @@", without a line break.
[[nodiscard]] std::string headingOf(const Hunk& hunk);
/// Its heading and its lines, as `patch` reads them.
[[nodiscard]] std::string unified(const Hunk& hunk);

/// Whether lines of `bytes` mean anything to a person: UTF-8 without control characters other than those of plain text.
[[nodiscard]] bool isText(std::string_view bytes);

}  // namespace berth::ignition
