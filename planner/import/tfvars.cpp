// SPDX-License-Identifier: Apache-2.0
#include "planner/import/tfvars.h"

#include <optional>
#include <utility>

namespace berth::import {

using source::Diagnostic;
using templates::Value;

namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr int kMaxDepth = 32;

bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isWordPart(char c) { return isLetter(c) || isDigit(c) || c == '-'; }

/// One call of readTfvars(): stops at the first problem.
class Reader {
public:
  Reader(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  std::variant<Tfvars, Diagnostic> read() {
    Value::Map values;
    if (text_.size() > kMaxBytes) fail("the file is larger than 1 MiB");
    for (skipLines(); !problem_ && !atEnd(); skipLines()) {
      const std::size_t begin = at_;
      const std::string name = word();
      if (name.empty()) fail("expected the name of a variable");
      if (values.contains(name)) failAt(begin, "\"" + name + "\" is there twice");
      skipBlanks();
      if (!problem_ && !take("=")) fail("expected = after \"" + name + "\"");
      skipBlanks();
      Value value = readMember(name, 0);
      skipBlanks();
      if (!problem_ && !atEnd() && peek() != '\n' && peek() != '#' && !startsWith("//") && peek() != '\r') {
        fail("expected the end of the line");
      }
      values.emplace(name, std::move(value));
    }
    if (problem_) return *std::move(problem_);
    return Tfvars{std::move(values), std::move(places_)};
  }

private:
  // ---- values

  Value readMember(const std::string& name, int depth) {
    const std::size_t before = path_.size();
    path_ += (path_.empty() ? "" : ".") + name;
    if (!isInList_) places_.emplace(path_, at_);
    Value value = readValue(depth);
    path_.resize(before);
    return value;
  }

  Value readValue(int depth) {
    if (problem_) return {};
    if (depth > kMaxDepth) return fail("values are nested too deep"), Value();
    if (atEnd()) return fail("expected a value"), Value();
    const char c = peek();
    if (c == '"') return Value::of(readText());
    if (startsWith("<<")) return Value::of(readHeredoc());
    if (c == '[') return readList(depth);
    if (c == '{') return readMap(depth);
    if (c == '-' || isDigit(c)) return readNumber();
    const std::size_t begin = at_;
    const std::string name = word();
    if (name == "true" || name == "false") return Value::of(name == "true");
    if (name == "null") return {};
    failAt(begin, "expected a value", "text stands in quotes; expressions are not allowed in a file of values");
    return {};
  }

  Value readNumber() {
    const std::size_t begin = at_;
    while (!atEnd() && (isDigit(peek()) || std::string_view("+-.eE").find(peek()) != std::string_view::npos)) ++at_;
    const auto number = templates::parseNumber(text_.substr(begin, at_ - begin));
    if (!number) failAt(begin, "this is no number");
    return number.value_or(Value());
  }

  Value readList(int depth) {
    Value::List list;
    ++at_;
    const bool wasInList = std::exchange(isInList_, true);
    for (skipLines(); !problem_ && !take("]"); skipLines()) {
      list.push_back(readValue(depth + 1));
      skipLines();
      if (take(",") || problem_) continue;
      if (atEnd() || peek() != ']') fail("expected , or ]");
    }
    isInList_ = wasInList;
    return Value::of(std::move(list));
  }

  Value readMap(int depth) {
    Value::Map map;
    ++at_;
    for (skipLines(); !problem_ && !take("}"); skipLines()) {
      const std::size_t begin = at_;
      if (atEnd()) return fail("expected }"), Value();
      const std::string key = peek() == '"' ? readText() : word();
      if (!problem_ && key.empty()) failAt(begin, "expected a key");
      if (map.contains(key)) failAt(begin, "\"" + key + "\" is there twice");
      skipBlanks();
      if (!problem_ && !take("=") && !take(":")) fail("expected = after \"" + key + "\"");
      skipBlanks();
      map.emplace(key, readMember(key, depth + 1));
      skipBlanks();
      if (!problem_ && !take(",") && !atEnd() && peek() != '\n' && peek() != '\r' && peek() != '}' && peek() != '#' &&
          !startsWith("//") && !startsWith("/*")) {
        fail("expected , or }, or a new line");
      }
    }
    return Value::of(std::move(map));
  }

  // ---- texts

  std::string readText() {
    std::string text;
    const std::size_t begin = at_++;
    while (!problem_) {
      if (atEnd() || peek() == '\n') return failAt(begin, "this text has no end"), text;
      if (startsWith("${") || startsWith("%{")) {
        return failAt(at_, "an expression in a text", "write the value itself; $${ stands for ${"), text;
      }
      if (startsWith("$${") || startsWith("%%{")) ++at_;
      const char c = text_[at_++];
      if (c == '"') return text;
      if (c != '\\') {
        text += c;
        continue;
      }
      readEscape(text);
    }
    return text;
  }

  void readEscape(std::string& text) {
    const char c = atEnd() ? '\0' : text_[at_++];
    switch (c) {
      case 'n': text += '\n'; return;
      case 'r': text += '\r'; return;
      case 't': text += '\t'; return;
      case '"': text += '"'; return;
      case '\\': text += '\\'; return;
      default: failAt(at_ - 1, "this escape is not known"); return;
    }
  }

  std::string readHeredoc() {
    const std::size_t begin = at_;
    at_ += 2;
    const bool indented = take("-");
    const std::string end = word();
    take("\r");
    if (end.empty() || !take("\n")) return failAt(begin, "expected a word and a new line after <<"), "";
    std::vector<std::string> lines;
    while (!atEnd()) {
      std::string line = restOfLine();
      if (line.ends_with('\r')) line.pop_back();
      const std::size_t first = line.find_first_not_of(" \t");
      if (first != std::string::npos && line.substr(first) == end) return joined(std::move(lines), indented);
      lines.push_back(std::move(line));
      take("\n");
    }
    return failAt(begin, "this text has no end: there is no line " + end), "";
  }

  static std::string joined(std::vector<std::string> lines, bool indented) {
    std::size_t least = indented ? std::string::npos : 0;
    for (const std::string& each : lines) {
      const std::size_t first = each.find_first_not_of(' ');
      if (first != std::string::npos) least = std::min(least, first);
    }
    std::string text;
    for (const std::string& each : lines) text += (each.size() > least ? each.substr(least) : "") + "\n";
    return text;
  }

  std::string restOfLine() {
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    std::string line(text_.substr(at_, end - at_));
    at_ = end;
    return line;
  }

  // ---- what lies between

  std::string word() {
    const std::size_t begin = at_;
    if (!atEnd() && isLetter(peek())) {
      while (!atEnd() && isWordPart(peek())) ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  void skipBlanks() {
    while (!atEnd() && (peek() == ' ' || peek() == '\t' || peek() == '\r')) ++at_;
  }

  /// New lines and comments as well.
  void skipLines() {
    for (;;) {
      skipBlanks();
      if (take("\n")) continue;
      if (!atEnd() && (peek() == '#' || startsWith("//"))) {
        (void)restOfLine();
      } else if (startsWith("/*")) {
        const std::size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return fail("this comment has no end");
        at_ = end + 2;
      } else {
        return;
      }
    }
  }

  [[nodiscard]] bool atEnd() const { return problem_ || at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return text_[at_]; }
  [[nodiscard]] bool startsWith(std::string_view what) const { return !atEnd() && text_.substr(at_).starts_with(what); }
  bool take(std::string_view what) {
    if (!startsWith(what)) return false;
    at_ += what.size();
    return true;
  }

  void fail(std::string message, std::string hint = {}) { failAt(at_, std::move(message), std::move(hint)); }
  void failAt(std::size_t place, std::string message, std::string hint = {}) {
    if (problem_) return;
    problem_ = source::error(markAt(text_, place, file_), std::move(message), std::move(hint));
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0;
  std::optional<Diagnostic> problem_;
  /// Of the value that is being read.
  std::string path_;
  bool isInList_ = false;
  std::map<std::string, std::size_t, std::less<>> places_;
};

}  // namespace

std::variant<Tfvars, Diagnostic> readTfvars(std::string_view text, const std::string& file) {
  return Reader(text, file).read();
}

source::Mark markAt(std::string_view text, std::size_t place, const std::string& file) {
  source::Mark mark{file, 1, 1, 0};
  for (const char c : text.substr(0, place)) {
    mark.column = c == '\n' ? 1 : mark.column + 1;
    mark.line += c == '\n' ? 1 : 0;
  }
  return mark;
}

}  // namespace berth::import
