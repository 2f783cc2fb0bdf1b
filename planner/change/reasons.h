// SPDX-License-Identifier: Apache-2.0
//
// Why a node changes, in words that a person can follow back to a line and a variable:
// "/etc/motd changed ← base.bu:14:5 ← var.region "eu" → "us"".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "planner/change/details.h"
#include "planner/change/former.h"
#include "planner/node/blueprint.h"
#include "words/digest.h"

namespace berth::change {

/// How deep a difference goes: from what can be had while the machine runs to what takes a new one.
enum class Depth { same, live, nextBoot, machine };

struct Difference {
  Depth depth = Depth::same;
  std::vector<std::string> reasons;
  /// What is otherwise in the Ignition config: which of Comparison::takeDetails().
  std::optional<std::size_t> detail{};
};

/// A config without the words that only this node has, so that it reads like that of its neighbour. Secret, as the
/// config is.
[[nodiscard]] std::string withoutOwnWords(const node::Blueprint& blueprint);

/// Compares the nodes of a cluster, and remembers what it found: nodes of a pool mostly differ alike, and taking two
/// configs apart is dear.
class Comparison {
public:
  /// Both have to outlive it.
  Comparison(const Former& former, const ChangedVariables& changed) : former_(former), changed_(changed) {}

  /// What is new in `wanted` against `now`. Contents of files and the like are never shown: they may be secret.
  [[nodiscard]] Difference compare(const node::Blueprint& now, const node::Blueprint& wanted);
  /// Those that differences refer to by their place here. When a great many nodes differ each in its own way, only the
  /// first ones have one.
  [[nodiscard]] std::vector<Detail> takeDetails() { return std::move(details_); }

private:
  struct Known {
    std::vector<std::string> reasons;
    std::optional<std::size_t> detail;
  };
  [[nodiscard]] std::optional<std::size_t> addDetail(const node::Blueprint& now, const node::Blueprint& wanted);

  const Former& former_;
  const ChangedVariables& changed_;
  /// By the digest of both configs without what is the node's own.
  std::map<Digest, Known> known_;
  std::vector<Detail> details_;
};

}  // namespace berth::change
