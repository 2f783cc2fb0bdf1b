// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/json_text.h"

#include "planner/source/text.h"

namespace berth::ignition {
namespace {

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool isDigit(char c) { return c >= '0' && c <= '9'; }

int hexValue(char c) {
  if (isDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// A byte as the messages show it: a byte above 127 is taken for the character of that number.
std::string quoted(char c) {
  auto code = static_cast<unsigned char>(c);
  if (c == '\'') return R"('\'')";
  if (c == '"') return "'\"'";
  std::string character;
  source::appendUtf8(character, code);
  std::string out = source::quoted(character);
  out.front() = out.back() = '\'';
  return out;
}

}  // namespace

/// Recursive descent; the first thing that is wrong ends it.
class JsonParser {
public:
  JsonParser(std::string_view text, const JsonLimits& limits) : text_(text), limits_(limits) {}

  JsonDocument parse() {
    if (text_.size() > limits_.bytes) {
      document_.failure_ = {"longer than " + std::to_string(limits_.bytes) + " bytes", 0};
      return std::move(document_);
    }
    const JsonNode* root = value(0);
    skipSpace();
    if (root != nullptr && at_ < text_.size()) root = unexpected("after top-level value");
    document_.root_ = root;
    return std::move(document_);
  }

private:
  const JsonNode* unexpected(std::string_view where) {
    if (document_.failure_) return nullptr;
    if (at_ >= text_.size()) {
      document_.failure_ = {"unexpected end of JSON input", std::nullopt};
    } else {
      document_.failure_ = {"invalid character " + quoted(text_[at_]) + " " + std::string(where), at_ + 1};
    }
    return nullptr;
  }

  /// The text ends where a word, a number or an escape is not over yet; a blank could not follow there either.
  const JsonNode* cutShort(std::string_view where) {
    if (at_ < text_.size()) return unexpected(where);
    document_.failure_ = {"invalid character ' ' " + std::string(where), std::nullopt};
    return nullptr;
  }

  void skipSpace() {
    while (at_ < text_.size() && isSpace(text_[at_])) ++at_;
  }

  bool next(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  JsonNode* add(JsonNode::Kind kind) {
    if (document_.nodes_.size() >= limits_.nodes) {
      document_.failure_ = {"more than " + std::to_string(limits_.nodes) + " values", at_};
      return nullptr;
    }
    JsonNode& node = document_.nodes_.emplace_back();
    node.kind_ = kind;
    node.begin_ = at_;
    return &node;
  }

  const JsonNode* value(std::size_t depth) {
    skipSpace();
    if (depth > limits_.depth) {
      document_.failure_ = {"exceeded max depth", at_};
      return nullptr;
    }
    if (at_ >= text_.size()) return unexpected("");
    switch (text_[at_]) {
      case '{': return object(depth);
      case '[': return list(depth);
      case '"': return string();
      case 't': return literal("true", JsonNode::Kind::boolean);
      case 'f': return literal("false", JsonNode::Kind::boolean);
      case 'n': return literal("null", JsonNode::Kind::null);
      default: break;
    }
    if (text_[at_] == '-' || isDigit(text_[at_])) return number();
    return unexpected("looking for beginning of value");
  }

  const JsonNode* object(std::size_t depth) {
    JsonNode* node = add(JsonNode::Kind::object);
    if (node == nullptr) return nullptr;
    ++at_;
    skipSpace();
    if (next('}')) return finish(node);
    while (true) {
      skipSpace();
      if (at_ >= text_.size() || text_[at_] != '"') return unexpected("looking for beginning of object key string");
      const JsonNode* key = string();
      if (key == nullptr) return nullptr;
      skipSpace();
      if (!next(':')) return unexpected("after object key");
      const JsonNode* member = value(depth + 1);
      if (member == nullptr) return nullptr;
      node->children_.push_back(key);
      node->children_.push_back(member);
      skipSpace();
      if (next('}')) return finish(node);
      if (!next(',')) return unexpected("after object key:value pair");
    }
  }

  const JsonNode* list(std::size_t depth) {
    JsonNode* node = add(JsonNode::Kind::list);
    if (node == nullptr) return nullptr;
    ++at_;
    skipSpace();
    if (next(']')) return finish(node);
    while (true) {
      const JsonNode* element = value(depth + 1);
      if (element == nullptr) return nullptr;
      node->children_.push_back(element);
      skipSpace();
      if (next(']')) return finish(node);
      if (!next(',')) return unexpected("after array element");
    }
  }

  const JsonNode* finish(JsonNode* node) {
    node->end_ = at_;
    return node;
  }

  const JsonNode* literal(std::string_view word, JsonNode::Kind kind) {
    JsonNode* node = add(kind);
    if (node == nullptr) return nullptr;
    for (char expected : word) {
      if (!next(expected)) {
        return cutShort("in literal " + std::string(word) + " (expecting " + quoted(expected) + ")");
      }
    }
    node->text_ = word;
    return finish(node);
  }

  bool digits(std::string_view where) {
    if (at_ >= text_.size() || !isDigit(text_[at_])) return cutShort(where) != nullptr;
    while (at_ < text_.size() && isDigit(text_[at_])) ++at_;
    return true;
  }

  const JsonNode* number() {
    JsonNode* node = add(JsonNode::Kind::number);
    if (node == nullptr) return nullptr;
    (void)next('-');
    if (!next('0') && !digits("in numeric literal")) return nullptr;
    if (next('.') && !digits("after decimal point in numeric literal")) return nullptr;
    if (next('e') || next('E')) {
      if (!next('+')) (void)next('-');
      if (!digits("in exponent of numeric literal")) return nullptr;
    }
    node->text_ = text_.substr(node->begin_, at_ - node->begin_);
    return finish(node);
  }

  const JsonNode* string() {
    JsonNode* node = add(JsonNode::Kind::string);
    if (node == nullptr) return nullptr;
    ++at_;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (static_cast<unsigned char>(text_[at_]) < 0x20) return unexpected("in string literal");
      if (text_[at_] == '\\') {
        ++at_;
        if (!escape(node->text_)) return nullptr;
        continue;
      }
      std::size_t length = source::utf8Length(text_.substr(at_, 4));
      if (length == 0) {
        source::appendUtf8(node->text_, U'\ufffd');
        ++at_;
      } else {
        node->text_ += text_.substr(at_, length);
        at_ += length;
      }
    }
    if (!next('"')) return unexpected("");
    return finish(node);
  }

  bool escape(std::string& out) {
    constexpr std::string_view kEscapes = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (at_ < text_.size() && text_[at_] == 'u') {
      ++at_;
      return codePoint(out);
    }
    std::size_t which = at_ < text_.size() ? kEscapes.find(text_[at_]) : std::string_view::npos;
    if (which == std::string_view::npos) return cutShort("in string escape code") != nullptr;
    out += kMeanings[which];
    ++at_;
    return true;
  }

  std::optional<char32_t> hex4() {
    char32_t code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      int digit = at_ < text_.size() ? hexValue(text_[at_]) : -1;
      if (digit < 0) return cutShort("in \\u hexadecimal character escape"), std::nullopt;
      code = code << 4 | static_cast<char32_t>(digit);
    }
    return code;
  }

  bool codePoint(std::string& out) {
    auto code = hex4();
    if (!code) return false;
    bool high = *code >= 0xd800 && *code < 0xdc00;
    bool low = *code >= 0xdc00 && *code < 0xe000;
    if (high && text_.substr(at_).starts_with("\\u")) {
      std::size_t before = at_;
      at_ += 2;
      auto second = hex4();
      if (!second) return false;
      if (*second >= 0xdc00 && *second < 0xe000) {
        source::appendUtf8(out, 0x10000 + ((*code - 0xd800) << 10) + (*second - 0xdc00));
        return true;
      }
      at_ = before;
    }
    source::appendUtf8(out, high || low ? U'\ufffd' : *code);
    return true;
  }

  std::string_view text_;
  JsonLimits limits_;
  std::size_t at_ = 0;
  JsonDocument document_;
};

JsonDocument readJson(std::string_view text, const JsonLimits& limits) { return JsonParser(text, limits).parse(); }

}  // namespace berth::ignition
