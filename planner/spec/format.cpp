// SPDX-License-Identifier: Apache-2.0
//
// The lines of the text stay lines. The YAML tree says of each line on which level it stands, and where within it
// values begin; only the white space before and between them is set anew. Whatever spans lines without being a block (a
// text over several lines, a list in brackets) is moved as a whole. At the end both texts are read and compared.
#include "planner/spec/format.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "planner/source/text.h"
#include "planner/source/yaml.h"

namespace berth::spec {

using source::YamlNode;

namespace {

constexpr std::size_t kStep = 2;

std::string_view trimmedRight(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

std::size_t indentOf(std::string_view line) { return std::min(line.find_first_not_of(' '), line.size()); }

bool isBlank(std::string_view line) { return trimmedRight(line).empty(); }

bool isComment(std::string_view line) {
  const std::size_t indent = indentOf(line);
  return indent < line.size() && line[indent] == '#';
}

/// A list or mapping in brackets, on one line, with its white space set anew. `text` begins at its bracket; nothing
/// when it does not end on the line.
class Flow {
public:
  explicit Flow(std::string_view text) : text_(text) {}

  /// How much of the text it took.
  [[nodiscard]] std::size_t taken() const { return at_; }

  std::optional<std::string> write() {
    std::string out;
    return collection(out, 0) ? std::optional(out) : std::nullopt;
  }

private:
  static constexpr int kDeepest = 50;

  void skipSpace() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  bool collection(std::string& out, int depth) {
    if (depth > kDeepest) return false;
    const bool mapping = text_[at_++] == '{';
    const char close = mapping ? '}' : ']';
    std::string inner;
    while (true) {
      skipSpace();
      if (at_ >= text_.size()) return false;
      const char c = text_[at_];
      if (c == close) break;
      if (c == '#' || c == '?') return false;
      if (c == ',') {
        while (inner.ends_with(' ')) inner.pop_back();
        inner += ", ";
        ++at_;
      } else if (c == ':') {
        inner += ": ";
        ++at_;
      } else if (c == '{' || c == '[') {
        if (!collection(inner, depth + 1)) return false;
      } else if (!scalar(inner)) {
        return false;
      }
    }
    ++at_;
    while (inner.ends_with(' ') || inner.ends_with(',')) inner.pop_back();
    out += mapping ? (inner.empty() ? "{}" : "{ " + inner + " }") : "[" + inner + "]";
    return true;
  }

  bool scalar(std::string& out) {
    const char first = text_[at_];
    if (first == '"' || first == '\'') return quoted(out, first);
    if (first == '&' || first == '!') return false;
    const std::size_t start = at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ',' || c == '[' || c == ']' || c == '{' || c == '}') break;
      if (c == ':' && (at_ + 1 >= text_.size() || text_[at_ + 1] == ' ')) break;
      if (c == '#' && at_ > start && text_[at_ - 1] == ' ') return false;
      ++at_;
    }
    if (at_ == start) return false;
    out += trimmedRight(text_.substr(start, at_ - start));
    return true;
  }

  bool quoted(std::string& out, char quote) {
    const std::size_t start = at_++;
    while (at_ < text_.size() && text_[at_] != quote) at_ += quote == '"' && text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size()) return false;
    ++at_;
    out += text_.substr(start, at_ - start);
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

class Formatter {
public:
  Formatter(std::string_view text, const YamlNode* root) : endsOpen_(!text.ends_with('\n')) {
    while (!text.empty()) {
      const auto end = text.find('\n');
      std::string_view line = text.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      lines_.emplace_back(line);
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    places_.resize(lines_.size());
    if (root != nullptr) block(*root, 0);
  }

  std::string write() {
    settleRest();
    std::string out;
    bool blankBefore = true;
    // Empty lines at the end of a text may belong to it.
    std::size_t kept = 0;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      const Place& place = places_[i];
      if (place.kind == Kind::within) {
        out += shifted(lines_[i], place);
        if (i + 1 < lines_.size() || !endsOpen_) out += '\n';
        kept = out.size();
        blankBefore = false;
        continue;
      }
      if (isBlank(lines_[i])) {
        if (!blankBefore) out += '\n';
        blankBefore = true;
        continue;
      }
      out += std::string(place.indent, ' ') + std::string(trimmedRight(body(i))) + "\n";
      blankBefore = false;
    }
    while (out.size() > kept && out.ends_with("\n\n")) out.pop_back();
    return out;
  }

private:
  enum class Kind { unknown, starts, within };
  struct Place {
    Kind kind = Kind::unknown;
    /// Of what starts here, from now on.
    std::size_t indent = 0;
    /// Within a text over several lines: by how much it moves to the right.
    std::ptrdiff_t shift = 0;
    /// Where on the line a value begins, by bytes, with what comes before it.
    std::vector<std::size_t> gaps;
  };

  [[nodiscard]] std::size_t bytesAt(const YamlNode& node) const {
    const std::string& line = lines_[node.line() - 1];
    return source::characters(line, 0, node.column() - 1).size();
  }

  [[nodiscard]] char firstOf(const YamlNode& node) const {
    if (node.line() == 0 || node.line() > lines_.size()) return '\0';
    std::string_view rest = lines_[node.line() - 1];
    rest.remove_prefix(std::min(bytesAt(node), rest.size()));
    // Tags and anchors come before the value.
    while (rest.starts_with('&') || rest.starts_with('!')) {
      const auto space = rest.find(' ');
      if (space == std::string_view::npos) return '\0';
      rest.remove_prefix(std::min(rest.find_first_not_of(' ', space), rest.size()));
    }
    return rest.empty() ? '\0' : rest.front();
  }

  [[nodiscard]] bool isBlock(const YamlNode& node) const {
    if (!node.isMapping() && !node.isSequence()) return false;
    const char first = firstOf(node);
    return first != '{' && first != '[';
  }

  void start(std::uint32_t line, std::size_t indent) {
    if (line == 0 || line > places_.size()) return;
    Place& place = places_[line - 1];
    if (place.kind != Kind::unknown) return;
    place.kind = Kind::starts;
    place.indent = indent;
  }

  /// Lines after the first of what is no block move with it.
  void follow(const YamlNode& node, std::uint32_t owner) {
    const std::uint32_t last = lastLineOf(node);
    if (last <= node.line()) return;
    const Place& first = places_[owner - 1];
    const auto shift =
        static_cast<std::ptrdiff_t>(first.indent) - static_cast<std::ptrdiff_t>(indentOf(lines_[owner - 1]));
    for (std::uint32_t line = node.line() + 1; line <= last && line <= places_.size(); ++line) {
      places_[line - 1].kind = Kind::within;
      places_[line - 1].shift = shift;
    }
  }

  /// A block scalar ends before the next line that is no deeper than its owner; other scalars and collections in
  /// brackets end where the next node begins: whatever is between is theirs.
  [[nodiscard]] std::uint32_t lastLineOf(const YamlNode& node) const {
    const char first = firstOf(node);
    const auto count = static_cast<std::uint32_t>(lines_.size());
    if (node.isScalar() && (node.style() == YamlNode::Style::literal || node.style() == YamlNode::Style::folded)) {
      const std::size_t own = blockOwnerIndent_;
      std::uint32_t last = node.line();
      for (std::uint32_t line = node.line() + 1; line <= count; ++line) {
        if (isBlank(lines_[line - 1])) continue;
        if (indentOf(lines_[line - 1]) <= own) break;
        last = line;
      }
      // With + the empty lines at the end belong to the text.
      const bool keepsEnd = lines_[node.line() - 1].find_first_of("|>", bytesAt(node)) != std::string::npos &&
                            lines_[node.line() - 1].find('+', bytesAt(node)) != std::string::npos;
      while (keepsEnd && last < count && isBlank(lines_[last])) ++last;
      return last;
    }
    if (first == '{' || first == '[') return closingLine(node);
    if (node.isScalar() && node.length() == 0 && !node.text().empty()) return scalarEnd(node);
    return node.line();
  }

  /// The line of the bracket that closes a collection.
  [[nodiscard]] std::uint32_t closingLine(const YamlNode& node) const {
    int depth = 0;
    char quote = '\0';
    std::size_t at = bytesAt(node);
    for (std::uint32_t line = node.line(); line <= lines_.size(); ++line, at = 0) {
      const std::string& text = lines_[line - 1];
      for (; at < text.size(); ++at) {
        const char c = text[at];
        if (quote != '\0') {
          if (c == '\\' && quote == '"') ++at;
          if (c == quote) quote = '\0';
          continue;
        }
        if (c == '#' && (at == 0 || text[at - 1] == ' ')) break;
        if (c == '"' || c == '\'') {
          const char before = at == 0 ? ' ' : text[at - 1];
          if (before == ' ' || before == '[' || before == '{' || before == ',' || before == ':') quote = c;
        }
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
        if (depth == 0) return line;
      }
    }
    return node.line();
  }

  /// A plain or quoted scalar goes on over lines that are deeper than its owner.
  [[nodiscard]] std::uint32_t scalarEnd(const YamlNode& node) const {
    std::uint32_t last = node.line();
    for (std::uint32_t line = node.line() + 1; line <= lines_.size(); ++line) {
      if (isBlank(lines_[line - 1])) continue;
      if (indentOf(lines_[line - 1]) <= blockOwnerIndent_ || isComment(lines_[line - 1])) break;
      last = line;
    }
    return last;
  }

  /// A value of a key or an item: `owner` is the line of its key or dash, `indent` that line's new indent.
  void value(const YamlNode& node, std::uint32_t owner, std::size_t ownerColumn, std::size_t inner) {
    const std::size_t before = blockOwnerIndent_;
    blockOwnerIndent_ = ownerColumn;
    if (isBlock(node)) {
      block(node, inner);
    } else if (node.line() == owner || node.isAlias()) {
      follow(node, owner);
    } else {
      start(node.line(), inner);
      follow(node, node.line());
    }
    blockOwnerIndent_ = before;
  }

  void gap(const YamlNode& node, std::uint32_t line) {
    if (node.line() == line) places_[line - 1].gaps.push_back(bytesAt(node));
  }

  void block(const YamlNode& node, std::size_t indent) {
    if (node.isMapping() && isBlock(node)) {
      for (std::size_t i = 0; i < node.size(); ++i) {
        const YamlNode& key = node.key(i);
        start(key.line(), indent);
        gap(node.value(i), key.line());
        value(node.value(i), key.line(), key.column() - 1, indent + kStep);
      }
      return;
    }
    if (node.isSequence() && isBlock(node)) {
      for (const YamlNode* item : node.items()) {
        const std::uint32_t line = dashLine(*item);
        start(line, indent);
        gap(*item, line);
        value(*item, line, indentOf(lines_[line - 1]), indent + kStep);
      }
      return;
    }
    start(node.line(), indent);
    follow(node, node.line());
  }

  /// The dash of an item stands on its line, or alone above it.
  [[nodiscard]] std::uint32_t dashLine(const YamlNode& item) const {
    for (std::uint32_t line = item.line(); line >= 1; --line) {
      const std::string_view text = lines_[line - 1];
      const std::size_t indent = indentOf(text);
      if (indent < text.size() && text[indent] == '-' && (indent + 1 == text.size() || text[indent + 1] == ' '))
        return line;
    }
    return item.line();
  }

  /// Comments stand with what follows them at their depth, or else with what comes before.
  void settleRest() {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      Place& place = places_[i];
      if (place.kind != Kind::unknown || isBlank(lines_[i])) continue;
      const std::size_t indent = indentOf(lines_[i]);
      place.kind = Kind::starts;
      place.indent = indent;
      if (!isComment(lines_[i])) continue;
      if (const auto found = like(i, indent)) place.indent = *found;
    }
  }

  [[nodiscard]] std::optional<std::size_t> like(std::size_t line, std::size_t indent) const {
    std::optional<std::size_t> next;
    for (std::size_t i = line + 1; i < lines_.size(); ++i) {
      if (isBlank(lines_[i]) || isComment(lines_[i]) || places_[i].kind != Kind::starts) continue;
      if (indentOf(lines_[i]) == indent) return places_[i].indent;
      next = places_[i].indent;
      break;
    }
    for (std::size_t i = line; i-- > 0;) {
      if (isBlank(lines_[i]) || isComment(lines_[i]) || places_[i].kind != Kind::starts) continue;
      if (indentOf(lines_[i]) == indent) return places_[i].indent;
      if (indentOf(lines_[i]) < indent) return places_[i].indent + kStep;
    }
    return next;
  }

  static std::string shifted(std::string_view line, const Place& place) {
    const auto indent = static_cast<std::ptrdiff_t>(indentOf(line)) + place.shift;
    return std::string(static_cast<std::size_t>(std::max<std::ptrdiff_t>(indent, 0)), ' ') +
           std::string(line.substr(indentOf(line)));
  }

  /// The line from its first character, with one space before each value, and before a comment at its end.
  [[nodiscard]] std::string body(std::size_t number) const {
    const std::string& line = lines_[number];
    std::string out;
    std::size_t from = indentOf(line);
    std::vector<std::size_t> gaps = places_[number].gaps;
    std::ranges::sort(gaps);
    for (const std::size_t at : gaps) {
      if (at <= from || at > line.size()) continue;
      std::string before(trimmedRight(std::string_view(line).substr(from, at - from)));
      if (before.empty()) continue;
      out += before + " ";
      from = at;
    }
    std::string_view rest = std::string_view(line).substr(from);
    if (!gaps.empty() && (rest.starts_with('{') || rest.starts_with('['))) {
      Flow flow(rest);
      if (auto written = flow.write()) {
        out += *written;
        rest.remove_prefix(flow.taken());
        const auto comment = rest.find_first_not_of(' ');
        if (comment == std::string_view::npos) return out;
        out += " ";
        rest.remove_prefix(comment);
      }
    }
    return out + std::string(rest);
  }

  std::vector<std::string> lines_;
  std::vector<Place> places_;
  /// The last line has no line break, which a text over several lines would show.
  bool endsOpen_ = false;
  /// The old column of the key or dash that what is looked at belongs to.
  std::size_t blockOwnerIndent_ = 0;
};

bool isSame(const YamlNode& left, const YamlNode& right) {
  if (left.kind() != right.kind() || left.text() != right.text() || left.tag() != right.tag() ||
      left.anchor() != right.anchor()) {
    return false;
  }
  if (left.isScalar()) return left.isNull() == right.isNull();
  if (left.isSequence()) {
    return std::ranges::equal(left.items(), right.items(),
                              [](const YamlNode* a, const YamlNode* b) { return isSame(*a, *b); });
  }
  if (!left.isMapping()) return true;
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (!isSame(left.key(i), right.key(i)) || !isSame(left.value(i), right.value(i))) return false;
  }
  return true;
}

/// Everything but white space, in its order: what a comment says cannot get lost without a difference here.
std::string withoutSpace(std::string_view text) {
  std::string out;
  std::ranges::copy_if(text, std::back_inserter(out),
                       [](char c) { return c != ' ' && c != '\n' && c != '\r' && c != '\t'; });
  // A comma before a closing bracket says nothing.
  for (const std::string_view last : {",]", ",}"}) {
    for (auto at = out.find(last); at != std::string::npos; at = out.find(last)) out.erase(at, 1);
  }
  return out;
}

}  // namespace

std::variant<std::string, source::Diagnostic> format(std::string_view text, const std::string& file) {
  const auto before = source::readYaml(text, file);
  if (before.failure()) return *before.failure();
  const std::string utf8 = source::toUtf8(text).value_or(std::string(text));
  std::string formatted = Formatter(utf8, before.root()).write();
  const auto after = source::readYaml(formatted, file);
  const bool bothEmpty = before.root() == nullptr && after.root() == nullptr;
  const bool same = bothEmpty || (!after.failure() && before.root() != nullptr && after.root() != nullptr &&
                                  isSame(*before.root(), *after.root()));
  if (!same || withoutSpace(utf8) != withoutSpace(formatted)) {
    return source::error({file, 1, 1, 0}, "cannot be brought into the usual form without changing what it says",
                         "it was left as it is; please report this");
  }
  return formatted;
}

}  // namespace berth::spec
