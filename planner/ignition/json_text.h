// SPDX-License-Identifier: Apache-2.0
//
// JSON as a tree in which every value knows where it stands. Ignition's configs are JSON of the strict kind (RFC 8259,
// nothing before or after it), equal keys may stand in one object, and the messages are those that users of Ignition
// know. A node answers to the same names as a source::YamlNode, so that one piece of code can walk both.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::ignition {

/// What one text may cost.
struct JsonLimits {
  std::size_t bytes = std::size_t{64} << 20;
  std::size_t depth = 1000;
  std::size_t nodes = 4'000'000;
};

class JsonNode {
public:
  enum class Kind : std::uint8_t { null, boolean, number, string, list, object };

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool isNull() const { return kind_ == Kind::null; }
  [[nodiscard]] bool isSequence() const { return kind_ == Kind::list; }
  [[nodiscard]] bool isMapping() const { return kind_ == Kind::object; }
  [[nodiscard]] static constexpr bool isAlias() { return false; }
  [[nodiscard]] const JsonNode& resolved() const { return *this; }
  /// A string's value as UTF-8; of everything else but lists and objects the text as it stands there.
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::vector<const JsonNode*>& items() const { return children_; }
  /// An object's entries, in the order of the text.
  [[nodiscard]] std::size_t size() const { return children_.size() / 2; }
  [[nodiscard]] const JsonNode& key(std::size_t index) const { return *children_[2 * index]; }
  [[nodiscard]] const JsonNode& value(std::size_t index) const { return *children_[2 * index + 1]; }
  /// The first byte and the one after the last.
  [[nodiscard]] std::size_t begin() const { return begin_; }
  [[nodiscard]] std::size_t end() const { return end_; }

private:
  friend class JsonParser;
  Kind kind_ = Kind::null;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string text_;
  std::vector<const JsonNode*> children_;
};

struct JsonFailure {
  std::string message;
  /// How many bytes had been read, the offending one included; nothing when the text ended too early.
  std::optional<std::size_t> offset;
};

/// The tree of one text; it owns its nodes.
class JsonDocument {
public:
  /// Null when reading failed.
  [[nodiscard]] const JsonNode* root() const { return root_; }
  [[nodiscard]] const std::optional<JsonFailure>& failure() const { return failure_; }

private:
  friend class JsonParser;
  std::deque<JsonNode> nodes_;
  const JsonNode* root_ = nullptr;
  std::optional<JsonFailure> failure_;
};

[[nodiscard]] JsonDocument readJson(std::string_view text, const JsonLimits& limits = {});

}  // namespace berth::ignition
