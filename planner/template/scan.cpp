// SPDX-License-Identifier: Apache-2.0
//
// The tokens are Lua's, as far as it takes to know where a text or a table ends. What is no Lua beyond that is found by
// Lua's own compiler.
#include "planner/template/scan.h"

#include <algorithm>

namespace berth::templates {
namespace {

bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }

class Tokeniser {
public:
  explicit Tokeniser(std::string_view text) : text_(text) {}

  Tokens run() {
    while (at_ < text_.size() && !out_.problem) {
      const char c = text_[at_];
      if (isSpace(c)) {
        ++at_;
      } else if (depth_ == 0 && rest().starts_with(kClose)) {
        out_.end = at_;
        return std::move(out_);
      } else if (isLetter(c)) {
        take(Token::Kind::name, [](char each) { return isLetter(each) || isDigit(each); });
      } else if (isDigit(c) || (c == '.' && isDigit(peek(1)))) {
        takeNumber();
      } else if (c == '"' || c == '\'') {
        takeText(c);
      } else if (c == '[' && (peek(1) == '[' || peek(1) == '=')) {
        takeLongText();
      } else if (c == '-' && peek(1) == '-') {
        out_.problem = "a comment cannot stand in an expression";
      } else {
        takeSign(c);
      }
    }
    return std::move(out_);
  }

private:
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
  [[nodiscard]] char peek(std::size_t by) const { return at_ + by < text_.size() ? text_[at_ + by] : '\0'; }

  void push(Token::Kind kind, std::size_t length) {
    out_.tokens.push_back({kind, text_.substr(at_, length), at_});
    at_ += length;
  }

  template <class Belongs>
  void take(Token::Kind kind, Belongs belongs) {
    std::size_t length = 1;
    while (belongs(peek(length))) ++length;
    push(kind, length);
  }

  /// 3, 2.5, 0x1f, 1e-3
  void takeNumber() {
    const bool isHex = rest().starts_with("0x") || rest().starts_with("0X");
    std::size_t length = 1;
    while (true) {
      const char c = peek(length);
      const char before = text_[at_ + length - 1];
      const bool isExponent = isHex ? before == 'p' || before == 'P' : before == 'e' || before == 'E';
      if (isLetter(c) || isDigit(c) || (c == '.' && peek(length + 1) != '.') ||
          (isExponent && (c == '-' || c == '+'))) {
        ++length;
      } else {
        break;
      }
    }
    push(Token::Kind::number, length);
  }

  void takeText(char quote) {
    std::size_t length = 1;
    while (at_ + length < text_.size() && peek(length) != quote) length += peek(length) == '\\' ? 2 : 1;
    if (at_ + length >= text_.size()) {
      out_.problem = "a text is not closed by " + std::string(1, quote);
      return;
    }
    push(Token::Kind::text, length + 1);
  }

  /// [[ … ]] and [=[ … ]=]
  void takeLongText() {
    std::size_t level = 0;
    while (peek(1 + level) == '=') ++level;
    if (peek(1 + level) != '[') return takeSign('[');
    const std::string close = "]" + std::string(level, '=') + "]";
    const auto end = text_.find(close, at_ + level + 2);
    if (end == std::string_view::npos) {
      out_.problem = "a text is not closed by " + close;
      return;
    }
    push(Token::Kind::text, end + close.size() - at_);
  }

  void takeSign(char c) {
    if (c == '{') ++depth_;
    if (c == '}' && depth_ > 0) --depth_;
    // What Lua reads as one sign must not be torn apart where two of them are told from one.
    constexpr std::string_view kTwice = "=.:/<>~";
    const bool isDouble = kTwice.find(c) != std::string_view::npos &&
                          (peek(1) == c || (peek(1) == '=' && (c == '~' || c == '<' || c == '>')));
    push(Token::Kind::sign, isDouble ? 2 : 1);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  Tokens out_;
};

}  // namespace

Tokens tokensOf(std::string_view text) { return Tokeniser(text).run(); }

Scanned scan(std::string_view text) {
  Scanned out;
  std::string literal;
  std::size_t ordinal = 0;
  const auto flush = [&] {
    if (!literal.empty()) out.pieces.push_back({Piece::Kind::literal, std::move(literal)});
    literal.clear();
  };
  while (!text.empty()) {
    const auto open = text.find(kOpen);
    if (open == std::string_view::npos) break;
    if (open > 0 && text[open - 1] == '$') {
      literal += text.substr(0, open - 1);
      literal += kOpen;
      text.remove_prefix(open + kOpen.size());
      continue;
    }
    literal += text.substr(0, open);
    flush();
    const std::string_view within = text.substr(open + kOpen.size());
    const std::string_view bounded = within.substr(0, kMaxExpressionBytes + kClose.size());
    Tokens tokens = tokensOf(bounded);
    if (tokens.problem || tokens.end == std::string_view::npos) {
      const bool isLong = within.size() > bounded.size();
      out.problem = ScanProblem{ordinal, tokens.problem.value_or("${{ is not closed by }}"),
                                "write $${{ where a literal ${{ is meant"};
      if (isLong) {
        out.problem->message = "${{ is not closed within " + std::to_string(kMaxExpressionBytes) + " bytes";
      }
      if (tokens.tokens.empty() && !isLong) {
        out.problem->hint = "in YAML \" #\" begins a comment and { } a mapping: put the whole value in quotes";
      }
      return out;
    }
    out.pieces.push_back({Piece::Kind::expression, std::string(within.substr(0, tokens.end))});
    ++ordinal;
    text = within.substr(tokens.end + kClose.size());
  }
  literal += text;
  flush();
  if (out.pieces.empty()) out.pieces.push_back({Piece::Kind::literal, ""});
  return out;
}

}  // namespace berth::templates
