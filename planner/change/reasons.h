// SPDX-License-Identifier: Apache-2.0
//
// Why a node changes, in words that a person can follow back to a line: "/etc/motd changed ← base.bu:14:5".
#pragma once

#include <map>
#include <string>
#include <vector>

#include "planner/node/blueprint.h"
#include "words/digest.h"

namespace berth::change {

/// Whether a difference takes a new machine, or can be had while it runs.
enum class Depth { same, live, machine };

struct Difference {
  Depth depth = Depth::same;
  std::vector<std::string> reasons;
};

/// Compares the nodes of a cluster, and remembers what it found: nodes of a pool mostly differ alike, and taking two
/// configs apart is dear.
class Comparison {
public:
  /// What is new in `wanted` against `now`. Contents of files and the like are never shown: they may be secret.
  [[nodiscard]] Difference compare(const node::Blueprint& now, const node::Blueprint& wanted);

private:
  /// By the digest of both configs without what is the node's own.
  std::map<Digest, std::vector<std::string>> configReasons_;
};

}  // namespace berth::change
