// SPDX-License-Identifier: Apache-2.0
//
// Did you mean …? The distance of two words is the number of letters to insert, drop, change, or swap with their
// neighbour (optimal string alignment).
#include <algorithm>

#include "planner/source/diagnostic.h"

namespace berth::source {
namespace {

/// Longer words are no slips of the finger, and the table below is quadratic.
constexpr std::size_t kLongestWord = 64;
constexpr std::size_t kMostEdits = 2;

std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> beforeLast(right.size() + 1);
  std::vector<std::size_t> last(right.size() + 1);
  std::vector<std::size_t> current(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      std::size_t changed = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
      current[j] = std::min({last[j] + 1, current[j - 1] + 1, changed});
      bool swapped = i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
      if (swapped) current[j] = std::min(current[j], beforeLast[j - 2] + 1);
    }
    std::swap(beforeLast, last);
    std::swap(last, current);
  }
  return last[right.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known) {
  if (word.size() > kLongestWord) return std::nullopt;
  std::optional<std::string> best;
  std::size_t least = kMostEdits + 1;
  for (const std::string& candidate : known) {
    if (candidate.size() > word.size() + kMostEdits) continue;
    std::size_t edits = distance(word, candidate);
    if (edits < least && edits * 2 < word.size()) {
      least = edits;
      best = candidate;
    }
  }
  return best;
}

}  // namespace berth::source
