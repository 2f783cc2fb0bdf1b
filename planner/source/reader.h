// SPDX-License-Identifier: Apache-2.0
//
// Reading a strict schema without writing the same checks for every key: a Reader hands out the values of one mapping
// by key and type, and at the end tells which keys nobody asked for. Everything wrong lands in the findings, at its
// place, and reading goes on.
//
//   Reader pool(node, findings);
//   auto count = pool.requireInteger("count");          // std::optional<Located<std::int64_t>>
//   auto image = pool.text("image");                    // empty when absent or null
//   for (const YamlNode* each : pool.items("health")) readProbe(*each, findings);
//   for (auto& [name, volume] : pool.entries("volumes")) …
//   pool.finish();                                      // unknown key "cuont" — did you mean "count"?
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "planner/source/located.h"
#include "planner/source/yaml.h"

namespace berth::source {

/// What a node is, as a message says it: "a list", "a mapping", "a number", "text", "nothing".
[[nodiscard]] std::string describe(const YamlNode& node);

// One value of a known type; empty, and a finding made, when it is something else. Aliases are followed.
/// Any scalar but null, as it was written: 1.22.0, "yes" and 0123 are texts.
[[nodiscard]] std::optional<Located<std::string>> readText(const YamlNode& node, Findings& findings);
/// Decimal, 0x… or 0o…; a leading 0 is refused, since half the world reads it as octal.
[[nodiscard]] std::optional<Located<std::int64_t>> readInteger(const YamlNode& node, Findings& findings);
/// true or false.
[[nodiscard]] std::optional<Located<bool>> readBoolean(const YamlNode& node, Findings& findings);
/// A list; one finding when it is none. Null elements are findings.
[[nodiscard]] std::vector<const YamlNode*> readItems(const YamlNode& node, Findings& findings);

class Reader {
public:
  /// `node` should be a mapping: when it is not, that is a finding, and every key is absent. Keys that stand there
  /// twice are findings as well; the first counts.
  Reader(const YamlNode& node, Findings& findings);

  [[nodiscard]] const Mark& mark() const { return mark_; }
  [[nodiscard]] bool isMapping() const { return mapping_ != nullptr; }

  /// The value of `key`, aliases followed; null when it is absent or null. From now on the key is known.
  [[nodiscard]] const YamlNode* take(std::string_view key);
  /// The same, and its absence is a finding.
  [[nodiscard]] const YamlNode* require(std::string_view key);
  /// Where `key` itself stands, for findings about it; the mapping's place when it is absent.
  [[nodiscard]] Mark keyMark(std::string_view key) const;

  [[nodiscard]] std::optional<Located<std::string>> text(std::string_view key);
  [[nodiscard]] std::optional<Located<std::string>> requireText(std::string_view key);
  [[nodiscard]] std::optional<Located<std::int64_t>> integer(std::string_view key);
  [[nodiscard]] std::optional<Located<std::int64_t>> requireInteger(std::string_view key);
  [[nodiscard]] std::optional<Located<bool>> boolean(std::string_view key);
  /// The elements of a list; none when it is absent.
  [[nodiscard]] std::vector<const YamlNode*> items(std::string_view key);
  /// The elements of a list of texts.
  [[nodiscard]] std::vector<Located<std::string>> texts(std::string_view key);
  /// The entries of a mapping whose keys are names that the user chose, in the order of the text.
  using Entry = std::pair<Located<std::string>, const YamlNode*>;
  [[nodiscard]] std::vector<Entry> entries(std::string_view key);
  /// The entries of this mapping itself; all of its keys are then known.
  [[nodiscard]] std::vector<Entry> entries();

  /// Makes a finding of each key that was never asked for, with the near one among those that were.
  void finish();

private:
  Findings& findings_;
  Mark mark_;
  const YamlNode* mapping_ = nullptr;
  std::vector<std::string> known_;
};

}  // namespace berth::source
