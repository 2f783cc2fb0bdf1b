// SPDX-License-Identifier: Apache-2.0
//
// Why a node is where it is, and why it is nowhere: the board as it was when the node was placed, looked at by a
// person.
//
//   auto explanation = explain(hosts, groups, present, node);     // nothing when no group has the node
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/layout/board.h"
#include "planner/layout/place.h"

namespace berth::layout {

/// About one host: why the node is there, or could be, or could not.
struct Verdict {
  enum class Kind : std::uint8_t { chosen, possible, impossible };
  HostName host;
  Kind kind = Kind::possible;
  /// What hosts have in common whose verdicts may be told as one: "memory", "spread", "better".
  std::string cause;
  std::string reason;
};

struct Explanation {
  /// Where place() has it; nothing when it finds no place.
  std::optional<HostName> host;
  /// "it is there already, and no rule forbids it", "best of 3 possible hosts", or why there is no place.
  std::string why;
  /// Why it leaves the host it is on; empty when it does not.
  std::string leaving;
  /// What would help where there is no place.
  std::string advice;
  /// One for each host, by name. Those of a node in place are judged as if it had to be placed anew.
  std::vector<Verdict> verdicts;
};

[[nodiscard]] std::optional<Explanation> explain(const std::vector<Host>& hosts, const std::vector<Group>& groups,
                                                 const std::vector<Present>& present, const NodeName& node);

}  // namespace berth::layout
