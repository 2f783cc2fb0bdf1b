// SPDX-License-Identifier: Apache-2.0
//
// A rollout while it runs. On a terminal a block of lines is painted again in place:
//
//   Rollout 3 of first, revision 1 → 2: wave 2 of 3, 1 of 3 done, 1m12s
//     ✓ first-server-0  vh1  ready    32s
//     > first-server-1  vh2  booting  12s  waits for the guest
//     · first-server-2  vh3  waiting
//
// Elsewhere each step of each node is a line of its own. Both are computed here from what the controller answered;
// painting is the shell's.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/cli/show/style.h"
#include "protocol/message/operator.h"
#include "words/clock.h"

namespace berth::show {

struct Screen {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

/// The block's lines, without line ends, each at most `screen.columns` wide and never more of them than fit: nodes
/// that are under way come first in what is kept, then failed ones, then those that wait, then those that are done.
[[nodiscard]] std::vector<std::string> progressLines(const message::reply::Rollout& rollout, WallTime now,
                                                     const Style& style, Screen screen);

/// True when nothing will happen any more without a person.
[[nodiscard]] bool isOver(message::RolloutState state);

/// Remembers what was said, to say only what is new.
class Steps {
public:
  /// Lines for what changed since the last call, without line ends: "  12s  first-server-0  vh1  booting".
  [[nodiscard]] std::vector<std::string> news(const message::reply::Rollout& rollout, WallTime now);

private:
  std::map<NodeName, std::string> said_;
  std::string waited_;
};

/// How it ended, with what to do next when it did not end well; several lines.
[[nodiscard]] std::string outcomeText(const message::reply::Rollout& rollout, WallTime now, const Style& style);

/// Moves the cursor back over `previous` as the terminal shows it now, and paints `lines` there. A terminal that has
/// become narrower since has wrapped what was painted before: those lines are counted as often as they wrap.
[[nodiscard]] std::string repaint(const std::vector<std::string>& previous, const std::vector<std::string>& lines,
                                  Screen screen);

}  // namespace berth::show
