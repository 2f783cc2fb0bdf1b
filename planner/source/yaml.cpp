// SPDX-License-Identifier: Apache-2.0
#include "planner/source/yaml.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include <yaml.h>

#include "planner/source/text.h"

namespace berth::source {
namespace {

constexpr std::size_t kMostDuplicatesTold = 1000;

std::string_view view(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

YamlNode::Style styleOf(yaml_scalar_style_t style) {
  switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: return YamlNode::Style::singleQuoted;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: return YamlNode::Style::doubleQuoted;
    case YAML_LITERAL_SCALAR_STYLE: return YamlNode::Style::literal;
    case YAML_FOLDED_SCALAR_STYLE: return YamlNode::Style::folded;
    default: return YamlNode::Style::plain;
  }
}

struct Parser {
  yaml_parser_t handle{};
  Parser() = default;
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  ~Parser() { yaml_parser_delete(&handle); }
};

struct Event {
  yaml_event_t handle{};
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&handle); }
};

/// Finds the bytes of a scalar again: libyaml counts characters, and only ever forwards.
class ByteCursor {
public:
  explicit ByteCursor(std::string_view text) : text_(text) {}
  std::string_view between(std::size_t from, std::size_t to) {
    advance(from);
    std::size_t start = byte_;
    advance(to);
    return text_.substr(start, byte_ - start);
  }

private:
  void advance(std::size_t character) {
    for (; character_ < character && byte_ < text_.size(); ++character_) {
      byte_ += std::max<std::size_t>(utf8Length(text_.substr(byte_, 4)), 1);
    }
  }
  std::string_view text_;
  std::size_t character_ = 0;
  std::size_t byte_ = 0;
};

}  // namespace

/// What stands in a text for characters that libyaml refuses where others do not; empty for none.
struct StandIns {
  /// For a colon at the end of a word.
  std::string colon;
  /// For the backslash before a single quote: it says nothing.
  std::string backslash;
};

/// Builds the tree event by event; the open collections are a stack of its own, so that depth costs no call stack.
class YamlComposer {
public:
  YamlComposer(std::string_view text, std::string file, const YamlOptions& options, StandIns standIns = {})
      : text_(text), options_(options), standIns_(std::move(standIns)), cursor_(text) {
    document_.file_ = std::make_unique<const std::string>(std::move(file));
  }

  YamlDocument compose() {
    Parser parser;
    if (yaml_parser_initialize(&parser.handle) == 0) return fail("out of memory", {}), std::move(document_);
    yaml_parser_set_encoding(&parser.handle, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser.handle, reinterpret_cast<const unsigned char*>(text_.data()), text_.size());
    bool more = true;
    while (more && !document_.failure_) {
      Event event;
      if (yaml_parser_parse(&parser.handle, &event.handle) == 0) {
        failLike(parser.handle);
      } else {
        more = accept(event.handle);
      }
    }
    if (document_.failure_) document_.root_ = nullptr;
    return std::move(document_);
  }

  /// Where something stands that libyaml refuses, but perhaps nobody else; counted in characters.
  [[nodiscard]] const std::optional<std::size_t>& refused() const { return refused_; }

  void fail(std::string message, const yaml_mark_t& at) {
    document_.failure_ =
        error({document_.file(), static_cast<std::uint32_t>(at.line + 1), static_cast<std::uint32_t>(at.column + 1), 0},
              std::move(message));
    document_.reportedLine_ = static_cast<std::uint32_t>(at.line + 1);
  }
  YamlDocument take() { return std::move(document_); }

private:
  struct Open {
    YamlNode* node;
    /// How many nodes it holds with every alias expanded, itself included.
    std::size_t expanded = 1;
  };

  void failLike(const yaml_parser_t& parser) {
    std::string problem = parser.problem == nullptr ? "not readable" : parser.problem;
    if (problem == "found unexpected ':'" || problem == "found unknown escape character") {
      refused_ = parser.problem_mark.index;
    }
    yaml_mark_t at = parser.problem_mark;
    if (parser.error == YAML_READER_ERROR) {
      std::string_view before = text_.substr(0, parser.problem_offset);
      at.line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
      std::size_t newline = before.rfind('\n');
      at.column = countCharacters(newline == std::string_view::npos ? before : before.substr(newline + 1));
    }
    fail(problem, at);
    if (parser.context != nullptr && parser.context_mark.line != at.line) {
      document_.failure_->hint =
          std::string(parser.context) + " that begins on line " + std::to_string(parser.context_mark.line + 1);
    }
    // go-yaml names the line where the surrounding construct began, counted from 0 for what its parser finds and
    // from 1 for what its scanner finds, and none for what its reader finds.
    std::size_t line = parser.context_mark.line != 0 ? parser.context_mark.line : parser.problem_mark.line;
    if (parser.error == YAML_READER_ERROR) line = 0;
    if (parser.error == YAML_SCANNER_ERROR && line != 0) ++line;
    document_.reportedLine_ = static_cast<std::uint32_t>(line);
  }

  /// False when the document has ended.
  bool accept(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT: checkVersion(event); return true;
      case YAML_ALIAS_EVENT: addAlias(event); return true;
      case YAML_SCALAR_EVENT: addScalar(event); return true;
      case YAML_SEQUENCE_START_EVENT:
        open(event, YamlNode::Kind::sequence, event.data.sequence_start.anchor, event.data.sequence_start.tag);
        if (event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE) openFlows_ += ']';
        return true;
      case YAML_MAPPING_START_EVENT:
        open(event, YamlNode::Kind::mapping, event.data.mapping_start.anchor, event.data.mapping_start.tag);
        if (event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE) openFlows_ += '}';
        return true;
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT: close(event); return true;
      case YAML_DOCUMENT_END_EVENT:
      case YAML_STREAM_END_EVENT: return false;
      default: return true;
    }
  }

  void checkVersion(const yaml_event_t& event) {
    const yaml_version_directive_t* version = event.data.document_start.version_directive;
    if (options_.dialect == YamlDialect::butane && version != nullptr && (version->major != 1 || version->minor != 1)) {
      fail("found incompatible YAML document", event.start_mark);
      document_.reportedLine_ = 0;
    }
  }

  YamlNode* add(const yaml_event_t& event, YamlNode::Kind kind) {
    if (document_.nodes_.size() >= options_.limits.nodes) {
      fail("more than " + std::to_string(options_.limits.nodes) + " values", event.start_mark);
      return nullptr;
    }
    YamlNode& node = document_.nodes_.emplace_back();
    node.kind_ = kind;
    node.file_ = document_.file_.get();
    node.line_ = static_cast<std::uint32_t>(event.start_mark.line + 1);
    node.column_ = static_cast<std::uint32_t>(event.start_mark.column + 1);
    if (event.end_mark.line == event.start_mark.line) {
      node.length_ = static_cast<std::uint32_t>(event.end_mark.column - event.start_mark.column);
    }
    if (open_.empty()) {
      document_.root_ = &node;
    } else {
      open_.back().node->children_.push_back(&node);
    }
    return &node;
  }

  void describe(YamlNode& node, const yaml_char_t* anchor, const yaml_char_t* tag) {
    if (anchor == nullptr && tag == nullptr) return;
    node.properties_ = std::make_unique<YamlNode::Properties>();
    node.properties_->tag = view(tag);
    node.properties_->anchor = view(anchor);
    // The latest of several anchors with one name counts for the aliases after it.
    if (anchor != nullptr) anchors_[std::string(view(anchor))] = {&node, kNotClosed};
  }

  /// Counts what an alias would cost if it were a copy.
  void grow(std::size_t by, const yaml_mark_t& at) {
    if (open_.empty()) return;
    open_.back().expanded += by;
    if (open_.back().expanded > options_.limits.expanded) {
      fail("the aliases stand for more than " + std::to_string(options_.limits.expanded) + " values", at);
    }
  }

  void addScalar(const yaml_event_t& event) {
    YamlNode* node = add(event, YamlNode::Kind::scalar);
    if (node == nullptr) return;
    const auto& scalar = event.data.scalar;
    node->style_ = styleOf(scalar.style);
    node->text_.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
    if (node->style_ == YamlNode::Style::plain) replaceAll(node->text_, standIns_.colon, ":");
    if (node->style_ == YamlNode::Style::doubleQuoted) replaceAll(node->text_, standIns_.backslash, "");
    describe(*node, scalar.anchor, scalar.tag);
    if (scalar.anchor != nullptr) anchors_[std::string(view(scalar.anchor))].expanded = 1;
    if (options_.dialect == YamlDialect::butane) {
      if (node->style_ == YamlNode::Style::doubleQuoted) refuseSlashEscape(event);
      if (node->style_ == YamlNode::Style::plain) refuseQuestionMark(event);
    }
    grow(1, event.start_mark);
  }

  static void replaceAll(std::string& text, const std::string& from, std::string_view to) {
    if (from.empty()) return;
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
  }

  /// In brackets go-yaml takes a question mark for the beginning of a key, wherever it stands.
  void refuseQuestionMark(const yaml_event_t& event) {
    const auto& scalar = event.data.scalar;
    if (openFlows_.empty() || std::memchr(scalar.value, '?', scalar.length) == nullptr) return;
    fail(std::string("did not find expected ',' or '") + openFlows_.back() + "'", event.start_mark);
  }

  void refuseSlashEscape(const yaml_event_t& event) {
    std::string_view written = cursor_.between(event.start_mark.index, event.end_mark.index);
    for (std::size_t i = 0; i + 1 < written.size(); ++i) {
      if (written[i] != '\\') continue;
      if (written[++i] == '/') return fail("found unknown escape character", event.start_mark);
    }
  }

  void addAlias(const yaml_event_t& event) {
    std::string name(view(event.data.alias.anchor));
    auto found = anchors_.find(name);
    if (found == anchors_.end()) {
      fail("unknown anchor '" + name + "' referenced", event.start_mark);
      document_.reportedLine_ = 0;
      return;
    }
    bool circular = found->second.expanded == kNotClosed;
    if (circular && options_.circles == YamlCircles::refuse) {
      return fail("anchor '" + name + "' contains itself", event.start_mark);
    }
    YamlNode* node = add(event, YamlNode::Kind::alias);
    if (node == nullptr) return;
    node->target_ = found->second.node;
    node->circular_ = circular;
    node->text_ = std::move(name);
    grow(circular ? 1 : found->second.expanded, event.start_mark);
  }

  void open(const yaml_event_t& event, YamlNode::Kind kind, const yaml_char_t* anchor, const yaml_char_t* tag) {
    if (open_.size() >= options_.limits.depth) {
      return fail("values are nested deeper than " + std::to_string(options_.limits.depth) + " levels",
                  event.start_mark);
    }
    YamlNode* node = add(event, kind);
    if (node == nullptr) return;
    describe(*node, anchor, tag);
    open_.push_back({node});
  }

  void close(const yaml_event_t& event) {
    Open closed = open_.back();
    open_.pop_back();
    // Within brackets there are only brackets.
    if (!openFlows_.empty()) openFlows_.pop_back();
    if (closed.node->properties_ != nullptr) {
      auto found = anchors_.find(closed.node->properties_->anchor);
      if (found != anchors_.end() && found->second.node == closed.node) found->second.expanded = closed.expanded;
    }
    grow(closed.expanded, event.end_mark);
  }

  static constexpr std::size_t kNotClosed = 0;
  struct Anchor {
    const YamlNode* node = nullptr;
    std::size_t expanded = kNotClosed;
  };

  std::string_view text_;
  YamlOptions options_;
  StandIns standIns_;
  ByteCursor cursor_;
  YamlDocument document_;
  std::optional<std::size_t> refused_;
  std::vector<Open> open_;
  /// The brackets that will end the collections written in brackets.
  std::string openFlows_;
  std::unordered_map<std::string, Anchor> anchors_;
};

bool YamlNode::isNull() const {
  if (kind_ != Kind::scalar) return false;
  if (tag() == "tag:yaml.org,2002:null") return true;
  bool plain = style_ == Style::plain && tag().empty();
  return plain && (text_.empty() || text_ == "~" || text_ == "null" || text_ == "Null" || text_ == "NULL");
}

std::string_view YamlNode::tag() const {
  return properties_ == nullptr ? std::string_view() : std::string_view(properties_->tag);
}

std::string_view YamlNode::anchor() const {
  return properties_ == nullptr ? std::string_view() : std::string_view(properties_->anchor);
}

const YamlNode* YamlNode::find(std::string_view wanted) const {
  if (kind_ != Kind::mapping) return nullptr;
  for (std::size_t i = 0; i < size(); ++i) {
    const YamlNode& each = key(i).resolved();
    if (each.isScalar() && each.text() == wanted) return &value(i);
  }
  return nullptr;
}

namespace {

/// Texts are read again and again only while that costs no more than this many bytes.
constexpr std::size_t kMostReadAgain = std::size_t{32} << 20;

/// A character that the text has neither as such nor as an escape.
std::string standInFor(std::string_view text) {
  for (int last = 0; last < 100; ++last) {
    std::string digits = std::to_string(1000 + last).substr(1);
    char32_t code = 0xe000 + static_cast<char32_t>(std::stoi(digits, nullptr, 16));
    std::string character;
    appendUtf8(character, code);
    bool isThere = text.find(character) != std::string_view::npos ||
                   text.find("e" + digits) != std::string_view::npos ||
                   text.find("E" + digits) != std::string_view::npos;
    if (!isThere) return character;
  }
  return {};
}

/// The byte where a character begins.
std::size_t byteOf(std::string_view text, std::size_t character) {
  return static_cast<std::size_t>(characters(text, character, 0).data() - text.data());
}

}  // namespace

/// In `[fe80::]` and `{a: b:}` go-yaml takes the last colon for a part of the word, and in double quotes it knows `\'`;
/// libyaml gives up. Such a colon or backslash is replaced by a character that is one for libyaml too, and put back in
/// what was read.
static YamlDocument readLikeGoYaml(std::string text, const std::string& file, const YamlOptions& options) {
  StandIns standIns;
  std::size_t read = 0;
  while (true) {
    YamlComposer composer(text, file, options, standIns);
    YamlDocument document = composer.compose();
    read += text.size();
    if (!composer.refused() || read > kMostReadAgain) return document;
    std::size_t at = byteOf(text, *composer.refused());
    bool isColon = text.compare(at, 1, ":") == 0;
    if (!isColon && text.compare(at, 2, "\\'") != 0) return document;
    std::string& standIn = isColon ? standIns.colon : standIns.backslash;
    if (standIn.empty()) standIn = standInFor(text + standIns.colon + standIns.backslash);
    if (standIn.empty()) return document;
    text.replace(at, 1, standIn);
  }
}

YamlDocument readYaml(std::string_view text, std::string file, const YamlOptions& options) {
  if (text.size() > options.limits.bytes) {
    YamlComposer composer({}, std::move(file), options);
    composer.fail("longer than " + std::to_string(options.limits.bytes) + " bytes", {});
    return composer.take();
  }
  std::optional<std::string> utf8 = toUtf8(text);
  if (!utf8) {
    YamlComposer composer({}, std::move(file), options);
    composer.fail("broken UTF-16", {});
    return composer.take();
  }
  if (options.dialect == YamlDialect::butane) return readLikeGoYaml(std::move(*utf8), file, options);
  return YamlComposer(*utf8, std::move(file), options).compose();
}

std::vector<DuplicateKey> duplicateKeys(const YamlNode& mapping) {
  std::unordered_map<std::string, std::vector<std::size_t>> places;
  bool repeated = false;
  for (std::size_t i = 0; i < mapping.size(); ++i) {
    const YamlNode& key = mapping.key(i);
    auto& at = places[static_cast<char>('0' + static_cast<int>(key.kind())) + key.text()];
    at.push_back(i);
    repeated = repeated || at.size() > 1;
  }
  std::vector<DuplicateKey> found;
  if (!repeated) return found;
  for (std::size_t i = 0; i < mapping.size() && found.size() < kMostDuplicatesTold; ++i) {
    const YamlNode& key = mapping.key(i);
    const auto& at = places[static_cast<char>('0' + static_cast<int>(key.kind())) + key.text()];
    for (auto later = std::upper_bound(at.begin(), at.end(), i);
         later != at.end() && found.size() < kMostDuplicatesTold; ++later) {
      found.push_back({i, *later});
    }
  }
  return found;
}

}  // namespace berth::source
