// SPDX-License-Identifier: Apache-2.0
//
// The Butane files of a spec, read once. Where a file holds expressions, what is the same for all nodes is put in place
// at once; what differs is asked for node by node, and comes in two kinds:
//
//   a word       stands within the contents of a file or a unit: the file is translated once, with a token in its place
//   a decision   anything else, such as whether a unit is enabled: the file is translated once for each answer
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "planner/ignition/config.h"
#include "planner/node/evaluation.h"
#include "planner/source/diagnostic.h"
#include "planner/source/files.h"
#include "planner/source/yaml.h"
#include "planner/source/yaml_tree.h"
#include "planner/spec/model.h"
#include "planner/template/interpreter.h"
#include "planner/template/places.h"

namespace berth::node {

/// Where a value stands, which says how it has to be written.
enum class Context : std::uint8_t { dataUrl, unitText, elsewhere };

/// A scalar of a Butane file that differs from node to node.
struct Varying {
  const source::YamlNode* scalar = nullptr;
  Context context = Context::elsewhere;
  bool mayBeSensitive = false;
  /// The whole, which keeps its type.
  templates::Compiled whole;
  /// Of contents: texts, and what stands between them.
  struct Piece {
    std::string literal;
    std::optional<templates::Compiled> expression;
  };
  std::vector<Piece> pieces;
};

/// What a varying scalar is for one node: one word for each of its expressions, or a decision.
struct Answer {
  std::vector<std::string> words;
  std::optional<templates::Value> decision;
};

class ButaneFile {
public:
  /// `path` is where the spec names it, and where it lies; `piece` whose variables it sees.
  ButaneFile(const spec::Located<std::string>& path, std::uint32_t piece, const std::string& filesDir,
             const source::Files& files, Evaluation& evaluation, source::Findings& findings);

  /// False when something is wrong with it, which has been told.
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] const std::vector<Varying>& varying() const { return varying_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  /// Which variables stand behind its values.
  [[nodiscard]] const spec::VariableUses& uses() const { return uses_; }
  /// Where its values turned out to be sensitive, for the nodes so far.
  [[nodiscard]] const std::set<source::Mark, spec::MarkOrder>& secret() const { return secret_; }

  /// One for each of varying(); nothing, and a finding, when one fails.
  [[nodiscard]] std::optional<std::vector<Answer>> answersFor(const templates::Node& node, source::Findings& findings);
  /// The file with these answers; each word is replaced by a token, the first by `tokens` + "0z" and so on. Null, and
  /// findings, when it cannot be translated.
  [[nodiscard]] std::optional<ignition::Config> translated(const std::vector<Answer>& answers,
                                                           const std::string& tokens, source::Findings& findings);

private:
  const source::YamlNode* settle(const source::YamlNode& scalar, const std::vector<std::string_view>& path,
                                 source::Findings& findings);
  [[nodiscard]] std::optional<Varying> prepare(const source::YamlNode& scalar,
                                               const std::vector<std::string_view>& path, templates::Compiled whole,
                                               source::Findings& findings);

  std::string path_;
  std::uint32_t piece_;
  std::string filesDir_;
  const source::Files& files_;
  Evaluation& evaluation_;
  std::string text_;
  std::optional<source::YamlDocument> document_;
  /// The document with all that is the same for all nodes in place.
  std::unique_ptr<source::YamlTree> tree_;
  const source::YamlNode* root_ = nullptr;
  std::unique_ptr<templates::Places> places_;
  std::vector<Varying> varying_;
  spec::VariableUses uses_;
  std::set<source::Mark, spec::MarkOrder> secret_;
  bool good_ = false;
  /// Of a file that is the same for all nodes, what it was translated to; nothing within when it could not be.
  std::optional<std::optional<ignition::Config>> done_;
};

}  // namespace berth::node
