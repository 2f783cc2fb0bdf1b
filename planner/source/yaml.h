// SPDX-License-Identifier: Apache-2.0
//
// The YAML of a text as a tree in which every value knows where it stands and how it was written. libyaml finds the
// tokens; what is built of them, and how much of it, is decided here: a hostile text ends with an error at a line and
// a column, not with a full memory.
//
//   YamlDocument document = readYaml(text, "prod.yaml");
//   if (document.failure()) …                       // a Diagnostic
//   const YamlNode* root = document.root();         // null for an empty text
//   if (const YamlNode* name = root->find("cluster")) use(name->text(), name->mark());
//
// Only the first document of a text counts; what follows it is not read.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/source/diagnostic.h"

namespace berth::source {

/// What one text may cost. Beyond the limit it is refused, at the place that goes beyond.
struct YamlLimits {
  std::size_t bytes = std::size_t{32} << 20;
  /// Values within values.
  std::size_t depth = 1000;
  std::size_t nodes = 2'000'000;
  /// Values there would be if every alias were replaced by a copy: nine lines of aliases can stand for a billion.
  std::size_t expanded = 2'000'000;
};

class YamlNode {
public:
  enum class Kind : std::uint8_t { scalar, sequence, mapping, alias };
  enum class Style : std::uint8_t { plain, singleQuoted, doubleQuoted, literal, folded };
  /// What became of the expressions in a scalar: there are none, or they were evaluated; they wait until there is a
  /// node to evaluate them for; or they failed, and nothing more is to be said of them.
  enum class State : std::uint8_t { settled, perNode, unknown };

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool isScalar() const { return kind_ == Kind::scalar; }
  [[nodiscard]] bool isSequence() const { return kind_ == Kind::sequence; }
  [[nodiscard]] bool isMapping() const { return kind_ == Kind::mapping; }
  [[nodiscard]] bool isAlias() const { return kind_ == Kind::alias; }
  /// Of a scalar.
  [[nodiscard]] Style style() const { return style_; }
  /// The words ~, null, Null, NULL or nothing at all, unquoted; also !!null.
  [[nodiscard]] bool isNull() const;

  /// A scalar's value, unescaped; the name that an alias bears.
  [[nodiscard]] const std::string& text() const { return text_; }
  /// The full tag ("tag:yaml.org,2002:int", "!mine"); empty when none was written.
  [[nodiscard]] std::string_view tag() const;
  [[nodiscard]] std::string_view anchor() const;
  /// A sequence's values.
  [[nodiscard]] const std::vector<const YamlNode*>& items() const { return children_; }

  /// A mapping's entries, in the order of the text.
  [[nodiscard]] std::size_t size() const { return children_.size() / 2; }
  [[nodiscard]] const YamlNode& key(std::size_t index) const { return *children_[2 * index]; }
  [[nodiscard]] const YamlNode& value(std::size_t index) const { return *children_[2 * index + 1]; }
  /// The value of the first entry with this scalar key, or null.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;

  /// What an alias stands for; a node that is no alias stands for itself. Never an alias.
  [[nodiscard]] const YamlNode& resolved() const { return kind_ == Kind::alias ? *target_ : *this; }
  /// Of an alias: it stands for something that contains it. Only under YamlCircles::keep.
  [[nodiscard]] bool isCircular() const { return circular_; }

  [[nodiscard]] State state() const { return state_; }
  /// Of a perNode scalar: the piece of the spec whose variables its expressions name; 0 is the spec itself.
  [[nodiscard]] std::uint32_t piece() const { return piece_; }

  /// Its first character: quote, block indicator, tag or anchor count as such; a missing value stands right after the
  /// colon or dash. The length is known for what ends on the line where it began.
  [[nodiscard]] Mark mark() const { return {*file_, line_, column_, length_}; }
  [[nodiscard]] std::uint32_t line() const { return line_; }
  [[nodiscard]] std::uint32_t column() const { return column_; }
  [[nodiscard]] std::uint32_t length() const { return length_; }

private:
  friend class YamlComposer;
  friend class YamlTree;
  struct Properties {
    std::string tag;
    std::string anchor;
  };
  Kind kind_ = Kind::scalar;
  Style style_ = Style::plain;
  bool circular_ = false;
  State state_ = State::settled;
  std::uint32_t piece_ = 0;
  std::uint32_t line_ = 0;
  std::uint32_t column_ = 0;
  std::uint32_t length_ = 0;
  std::string text_;
  std::unique_ptr<Properties> properties_;
  std::vector<const YamlNode*> children_;
  const YamlNode* target_ = nullptr;
  const std::string* file_ = nullptr;
};

/// Whether an alias may stand inside of what it stands for.
enum class YamlCircles { refuse, keep };
/// Which YAML: our own files follow libyaml; Butane's reader knows only 1.1 and no escaped slash.
enum class YamlDialect { ours, butane };

struct YamlOptions {
  YamlLimits limits = {};
  YamlCircles circles = YamlCircles::refuse;
  YamlDialect dialect = YamlDialect::ours;
};

/// The tree of one text. It owns its nodes; moving it leaves them where they are.
class YamlDocument {
public:
  /// Null when the text holds nothing, or when it failed.
  [[nodiscard]] const YamlNode* root() const { return root_; }
  [[nodiscard]] const std::optional<Diagnostic>& failure() const { return failure_; }
  /// The line that go-yaml names for the failure, which is not always where it is; 0 for none.
  [[nodiscard]] std::uint32_t reportedLine() const { return reportedLine_; }
  [[nodiscard]] const std::string& file() const { return *file_; }

private:
  friend class YamlComposer;
  std::unique_ptr<const std::string> file_;
  std::deque<YamlNode> nodes_;
  const YamlNode* root_ = nullptr;
  std::optional<Diagnostic> failure_;
  std::uint32_t reportedLine_ = 0;
};

/// Reads `text`; `file` is the name that marks bear.
[[nodiscard]] YamlDocument readYaml(std::string_view text, std::string file, const YamlOptions& options = {});

/// The entries of a mapping whose key stood there before: index of the earlier and of the later one, in the order of
/// the earlier. A key that is there n times makes n(n-1)/2 pairs, of which at most a thousand are told.
struct DuplicateKey {
  std::size_t first;
  std::size_t second;
};
[[nodiscard]] std::vector<DuplicateKey> duplicateKeys(const YamlNode& mapping);

}  // namespace berth::source
