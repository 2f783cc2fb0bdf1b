// SPDX-License-Identifier: Apache-2.0
//
// What `berth describe` prints: everything about one thing, a field a line, then what belongs to it.
#pragma once

#include <string>
#include <vector>

#include "controller/cli/show/progress.h"
#include "controller/cli/show/style.h"
#include "protocol/message/operator.h"
#include "words/clock.h"

namespace berth::show {

struct View {
  Style style;
  WallTime now;
  /// Nothing is cut without it.
  std::optional<std::size_t> width;
};

[[nodiscard]] std::string describe(const message::HostRow& host, const std::vector<message::NodeRow>& nodes,
                                   const View& view);
[[nodiscard]] std::string describe(const message::reply::Node& node, const View& view);
[[nodiscard]] std::string describe(const message::ClusterRow& cluster, const std::vector<message::NodeRow>& nodes,
                                   const std::vector<message::RolloutRow>& rollouts, const View& view);
[[nodiscard]] std::string describe(const message::reply::Rollout& rollout, const View& view);

}  // namespace berth::show
