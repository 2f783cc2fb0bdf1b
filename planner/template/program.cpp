// SPDX-License-Identifier: Apache-2.0
//
// Three functions take their arguments unevaluated, as in Terraform: try(a, b), can(a) and nonsensitive(a). Lua would
// evaluate the arguments first, so each becomes a function: try(function() return a end, …).
#include "planner/template/program.h"

#include <algorithm>
#include <array>

namespace berth::templates {
namespace {

constexpr std::array<std::string_view, 3> kLazy{"try", "can", "nonsensitive"};
constexpr std::array<std::string_view, 22> kKeywords{
    "and", "break", "do",  "else", "elseif", "end",    "false",  "for",  "function", "goto",  "if",
    "in",  "local", "nil", "not",  "or",     "repeat", "return", "then", "true",     "until", "while"};

template <std::size_t N>
bool isOneOf(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::ranges::find(words, word) != words.end();
}

class Reading {
public:
  explicit Reading(std::string_view expression) : text_(expression), tokens_(tokensOf(expression).tokens) {}

  Program run() {
    const auto found = tokensOf(text_);
    if (found.problem) program_.problem = found.problem;
    if (tokens_.empty()) program_.problem = "the expression is empty";
    for (std::size_t i = 0; i < tokens_.size(); ++i) note(i);
    std::size_t from = 0;
    std::string out = "return ";
    out += rewritten(0, tokens_.size(), from);
    out += text_.substr(std::min(from, text_.size()));
    program_.lua = std::move(out);
    return std::move(program_);
  }

private:
  [[nodiscard]] bool is(std::size_t i, std::string_view written) const {
    return i < tokens_.size() && tokens_[i].kind != Token::Kind::text && tokens_[i].written == written;
  }
  [[nodiscard]] bool isName(std::size_t i) const {
    return i < tokens_.size() && tokens_[i].kind == Token::Kind::name && !isOneOf(tokens_[i].written, kKeywords);
  }
  [[nodiscard]] bool isMember(std::size_t i) const { return i > 0 && (is(i - 1, ".") || is(i - 1, ":")); }
  /// The key of a table: { region = 1 }, but not a == 1.
  [[nodiscard]] bool isKey(std::size_t i) const {
    return is(i + 1, "=") && i > 0 && (is(i - 1, "{") || is(i - 1, ","));
  }

  void note(std::size_t i) {
    const Token& token = tokens_[i];
    if (token.kind != Token::Kind::name) return;
    if (token.written == "function") program_.mayAssign = true;
    if (token.written == "_ENV") program_.problem = "_ENV cannot be used";
    if (!isName(i) || isMember(i) || isKey(i)) return;
    std::vector<std::string> path{std::string(token.written)};
    for (std::size_t at = i + 1;;) {
      if (is(at, ".") && isName(at + 1)) {
        path.emplace_back(tokens_[at + 1].written);
        at += 2;
      } else if (is(at, "[") && at + 2 < tokens_.size() && tokens_[at + 1].kind == Token::Kind::text &&
                 is(at + 2, "]")) {
        const std::string_view quoted = tokens_[at + 1].written;
        path.emplace_back(quoted.substr(1, quoted.size() - 2));
        at += 3;
      } else {
        break;
      }
    }
    if (token.written == "var") {
      if (path.size() > 1) {
        program_.variables.insert(path[1]);
      } else {
        program_.reachesAnyVariable = true;
      }
    }
    if (token.written == "node") program_.namesNode = true;
    if (token.written == "nodes") program_.namesNodes = true;
    if (token.written == "secret") program_.namesSecrets = true;
    if (!is(i + 1, "(")) program_.paths.insert(std::move(path));
  }

  /// How a token changes the depth of brackets and blocks. `while` and `for` have a `do` of their own.
  [[nodiscard]] int step(std::size_t i) const {
    constexpr std::array<std::string_view, 7> kIn{"(", "[", "{", "function", "if", "do", "repeat"};
    constexpr std::array<std::string_view, 5> kOut{")", "]", "}", "end", "until"};
    if (tokens_[i].kind == Token::Kind::text || isMember(i)) return 0;
    if (isOneOf(tokens_[i].written, kIn)) return 1;
    return isOneOf(tokens_[i].written, kOut) ? -1 : 0;
  }

  /// The text of the tokens from `begin` to before `end`, with what lies between `from` and the first of them.
  std::string rewritten(std::size_t begin, std::size_t end, std::size_t& from) {
    std::string out;
    const auto copyTo = [&](std::size_t offset) {
      out += text_.substr(from, offset - from);
      from = offset;
    };
    for (std::size_t i = begin; i < end; ++i) {
      const bool isLazy = isName(i) && isOneOf(tokens_[i].written, kLazy) && !isMember(i) && is(i + 1, "(");
      const std::size_t close = isLazy ? closing(i + 1, end) : end;
      if (!isLazy || close == end || close == i + 2 || ++depth_ > kMaxLazyDepth) {
        copyTo(tokens_[i].offset + tokens_[i].written.size());
        continue;
      }
      copyTo(tokens_[i + 1].offset + 1);
      std::size_t first = i + 2;
      int nesting = 0;
      for (std::size_t at = first; at <= close; ++at) {
        if (at < close && (nesting > 0 || !is(at, ","))) {
          nesting += step(at);
          continue;
        }
        out += "function() return ";
        out += rewritten(first, at, from);
        copyTo(tokens_[at].offset);
        out += " end";
        copyTo(tokens_[at].offset + 1);
        first = at + 1;
      }
      --depth_;
      i = close;
    }
    return out;
  }

  /// The parenthesis that closes the one at `open`; `end` when there is none.
  [[nodiscard]] std::size_t closing(std::size_t open, std::size_t end) const {
    int depth = 0;
    for (std::size_t i = open; i < end; ++i) {
      depth += step(i);
      if (depth == 0) return i;
    }
    return end;
  }

  static constexpr int kMaxLazyDepth = 50;
  std::string_view text_;
  std::vector<Token> tokens_;
  Program program_;
  int depth_ = 0;
};

}  // namespace

Program programOf(std::string_view expression) { return Reading(expression).run(); }

}  // namespace berth::templates
