// SPDX-License-Identifier: Apache-2.0
#include "planner/node/template.h"

namespace berth::node {

Template::Template(std::string_view text, const std::vector<std::string>& tokens) {
  while (true) {
    std::size_t first = std::string_view::npos;
    std::size_t which = tokens.size();
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const auto at = text.find(tokens[i]);
      if (at >= first) continue;
      first = at;
      which = i;
    }
    pieces_.push_back({std::string(text.substr(0, first)), which});
    if (which == tokens.size()) return;
    text.remove_prefix(first + tokens[which].size());
  }
}

std::string Template::fill(const std::vector<std::string>& words) const {
  std::string out;
  for (const Piece& piece : pieces_) {
    out += piece.text;
    if (piece.word < words.size()) out += words[piece.word];
  }
  return out;
}

}  // namespace berth::node
