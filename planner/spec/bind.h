// SPDX-License-Identifier: Apache-2.0
//
// From a checked YAML tree to a Spec. What the checker found wrong is left out: a value whose mark is not known was
// not there or not readable, so that the rules (rules.h) can still look at all the rest.
#pragma once

#include <cstddef>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "planner/source/diagnostic.h"
#include "planner/source/yaml.h"
#include "planner/spec/expand.h"
#include "planner/spec/model.h"

namespace berth::spec {

struct Bound {
  Spec spec;
  /// Each of the spec's networks as it was written; null where there was none.
  std::vector<const source::YamlNode*> networkNodes;
  /// Pools, with the number of the network, of which not every address could be read: nothing can be said of how many
  /// they have.
  std::set<std::pair<PoolName, std::size_t>> addressesUnclear;
  /// Something about the image should have come of an expression that failed.
  bool imageUnclear = false;
};

/// `root` is what check() has seen; `file` the path of the spec, and `waiting` what of it waits for a node. Paths are
/// relative to the file that they are written in. Makes findings only of what the shape cannot say, such as a path that
/// leads out of the files.
[[nodiscard]] Bound bind(const source::YamlNode& root, std::string_view file, const Waiting& waiting,
                         source::Findings& findings);

}  // namespace berth::spec
