// SPDX-License-Identifier: Apache-2.0
//
// What will be otherwise on a node, in words: not which bytes of JSON, but which file, unit or user, and what about it.
// Contents are compared decoded; the way they were embedded does not count.
//
//   for (const Difference& each : diff(before, after)) out << each.line << "  ← " << placeOf(each.mark);
//
//   file /etc/nomad.d/client.hcl: contents changed, 812 → 815 bytes  ← client.bu:14
//   unit nomad.service: enabled
//   user deploy added
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/ignition/config.h"

namespace berth::ignition {

struct Difference {
  enum class Kind { added, removed, changed };

  Kind kind = Kind::changed;
  /// What it is about: "file /etc/hosts", "unit a.service dropin 10.conf", "user core".
  std::string subject;
  /// Ignition's name of the field that changed; empty for what was added or removed as a whole.
  std::string field;
  /// The whole of it as a sentence. Secrets never stand here, nor do contents.
  std::string line;
  /// What brought it about: in the new config, or in the old one for what is gone.
  Origin origin;
  /// The bytes before and after, when both are embedded and may be shown.
  struct Contents {
    std::string before;
    std::string after;
  };
  std::optional<Contents> contents;
};

/// In the order of the schema; within a list first what was there before. Empty when both make the same node.
[[nodiscard]] std::vector<Difference> diff(const Config& before, const Config& after);

}  // namespace berth::ignition
