// SPDX-License-Identifier: Apache-2.0
//
// Nodes of a pool have the same config but for a few words. It is written once, with a token where such a word belongs,
// and cut there: filling it in for a node only strings pieces together.
//
//   Template config(json, {"token-of-name", "token-of-mac"});
//   std::string ofNode = config.fill({"prod-web-0", "52%3A00…"});
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace berth::node {

class Template {
public:
  /// Tokens may stand in `text` any number of times; none may be part of another.
  Template(std::string_view text, const std::vector<std::string>& tokens);

  /// `words` stand for the tokens, in their order.
  [[nodiscard]] std::string fill(const std::vector<std::string>& words) const;

private:
  struct Piece {
    std::string text;
    /// Which word follows; beyond the last one none does.
    std::size_t word = 0;
  };
  std::vector<Piece> pieces_;
};

}  // namespace berth::node
