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
  /// What stood there and what stands there now: the bytes of a file or unit, or a list's words, one a line. Present
  /// when both are known and may be shown.
  struct Contents {
    std::string before;
    std::string after;
  };
  std::optional<Contents> contents;
  /// There is more to it that is not shown; see secrecy.h.
  bool isSecret = false;
};

/// What a file's mode marks as secret may be shown to the person who has both configs anyway, when they ask for it.
/// Password hashes and key files are not shown to anybody.
enum class Secrets { masked, shown };

/// In the order of the schema; within a list first what was there before. Empty when both make the same node. What is
/// added or removed as a whole is one difference, and one more for each entry in it (dropins, partitions).
[[nodiscard]] std::vector<Difference> diff(const Config& before, const Config& after,
                                           Secrets secrets = Secrets::masked);

}  // namespace berth::ignition
