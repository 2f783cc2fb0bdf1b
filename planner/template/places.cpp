// SPDX-License-Identifier: Apache-2.0
#include "planner/template/places.h"

#include <algorithm>

#include "planner/template/scan.h"

namespace berth::templates {

using source::Mark;

namespace {

/// How many characters of this line belong to the expression that begins `text`.
std::uint32_t lengthOf(std::string_view text) {
  const Tokens tokens = tokensOf(text.substr(kOpen.size()));
  const bool isClosed = tokens.end != std::string_view::npos;
  const std::size_t bytes = isClosed ? kOpen.size() + tokens.end + kClose.size() : kOpen.size();
  return static_cast<std::uint32_t>(source::countCharacters(text.substr(0, bytes)));
}

}  // namespace

Marks Places::of(const source::YamlNode& scalar) const {
  const Scanned scanned = scan(scalar.text());
  auto wanted = static_cast<std::size_t>(std::ranges::count(scanned.pieces, Piece::Kind::expression, &Piece::kind));
  if (scanned.problem) wanted = scanned.problem->ordinal + 1;
  Marks marks;
  std::size_t column = scalar.column() == 0 ? 0 : scalar.column() - 1;
  for (std::size_t line = scalar.line(); line >= 1 && line <= lines_.count() && marks.size() < wanted; ++line) {
    const std::string_view text = lines_.line(line);
    std::size_t from = source::characters(text, 0, column).size();
    column = 0;
    for (auto at = text.find(kOpen, from); at != std::string_view::npos && marks.size() < wanted;
         at = text.find(kOpen, from)) {
      from = at + kOpen.size();
      if (at > 0 && text[at - 1] == '$') continue;
      marks.push_back({scalar.mark().file, static_cast<std::uint32_t>(line),
                       static_cast<std::uint32_t>(source::countCharacters(text.substr(0, at)) + 1),
                       lengthOf(text.substr(at))});
    }
  }
  if (marks.size() < wanted) return {scalar.mark()};
  return marks;
}

}  // namespace berth::templates
