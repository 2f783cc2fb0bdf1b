// SPDX-License-Identifier: Apache-2.0
//
// A spec and the files that it includes, as one tree: each file is read with variables of its own, its expressions are
// put in place, and its pools are laid beside those of the spec, under names that begin with what it is included as.
// Whatever looks at the tree afterwards need not know of more than one file: every value tells where it was written.
//
//   YamlTree tree;
//   Assembly assembly(files, tree, findings);
//   const YamlNode* root = assembly.assemble(path, givens);   // null, and a finding, when there is no spec in it
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "planner/source/diagnostic.h"
#include "planner/source/files.h"
#include "planner/source/yaml.h"
#include "planner/source/yaml_tree.h"
#include "planner/spec/expand.h"
#include "planner/spec/given.h"
#include "planner/spec/model.h"

namespace berth::spec {

// Limits; beyond them it is a mistake. Each file is read anew wherever it is included, so they bound what one spec
// costs.
inline constexpr std::size_t kMaxPieces = 1 + kMaxIncludes;
inline constexpr std::size_t kMaxIncludeDepth = 8;

class Assembly {
public:
  Assembly(const source::Files& files, source::YamlTree& tree, source::Findings& findings)
      : files_(files), tree_(tree), findings_(findings) {}

  /// Null, and a finding, when there is no YAML at `path`. The tree still has to be looked at (check.h).
  [[nodiscard]] const source::YamlNode* assemble(std::string_view path, const Givens& givens);

  /// The spec itself first.
  std::vector<Piece> pieces;
  /// Of each pool by its whole name, an index into `pieces`; those of the spec itself are not in it.
  std::map<std::string, std::uint32_t> pieceOfPool;
  Waiting waiting;
  VariableUses uses;

private:
  /// A file that is to be read, and where it is named.
  struct Source {
    std::string path;
    source::Mark where;
    std::string prefix;
  };
  /// One that is being read.
  struct Reading {
    std::uint32_t piece;
    templates::Interpreter& interpreter;
    const templates::Places& places;
  };
  /// Its text as YAML; null, and a finding, when it has none.
  [[nodiscard]] const source::YamlNode* open(const Source& from, std::string& text);
  [[nodiscard]] const source::YamlNode* read(const Source& from, const Givens& givens);
  void include(const source::YamlNode& entry, const Reading& by);
  [[nodiscard]] std::optional<Source> sourceOf(const source::YamlNode& entry, std::uint32_t by);
  [[nodiscard]] Givens givensOf(const source::YamlNode& with, const Reading& by);
  [[nodiscard]] Given given(const source::YamlNode& key, const source::YamlNode& value, const Reading& by);
  void addPools(const source::YamlNode& pools, std::uint32_t piece);
  [[nodiscard]] const source::YamlNode& joined(const source::YamlNode& spec);

  const source::Files& files_;
  source::YamlTree& tree_;
  source::Findings& findings_;
  /// Kept, since the tree knows what it has copied by where that is in memory.
  std::deque<source::YamlDocument> documents_;
  /// From the spec down to the file that is being read.
  std::vector<std::string> path_;
  std::string cluster_;
  /// Of included files, in their order: names and bodies.
  std::vector<std::pair<const source::YamlNode*, const source::YamlNode*>> pools_;
};

}  // namespace berth::spec
