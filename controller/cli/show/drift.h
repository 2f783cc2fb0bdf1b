// SPDX-License-Identifier: Apache-2.0
//
// What is there against what should be: `berth plan --refresh-only`. Nothing is asked of the agents for it; it is what
// they reported last.
//
//   2 of 5 nodes of cluster prod are not as they should be:
//
//     prod-server-1  on vh2  is degraded: unit consul.service failed
//     prod-client-0  on vh3  is unknown: host vh3 is lost
#pragma once

#include <string>
#include <vector>

#include "controller/cli/show/json.h"
#include "controller/cli/show/style.h"
#include "protocol/message/operator.h"

namespace berth::show {

struct Drift {
  NodeName node;
  HostName host;
  /// "ready", "the address 10.0.0.5".
  std::string should;
  /// "degraded: unit consul.service failed".
  std::string is;
  bool operator==(const Drift&) const = default;
};

/// `nodes` are those of one cluster, `hosts` all.
[[nodiscard]] std::vector<Drift> driftOf(const std::vector<message::NodeRow>& nodes,
                                         const std::vector<message::HostRow>& hosts);
[[nodiscard]] std::string driftText(const ClusterName& cluster, std::size_t nodes, const std::vector<Drift>& drift,
                                    const Style& style);
[[nodiscard]] Json driftJson(const ClusterName& cluster, std::size_t nodes, const std::vector<Drift>& drift);

}  // namespace berth::show
