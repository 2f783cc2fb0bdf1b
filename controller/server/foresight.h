// SPDX-License-Identifier: Apache-2.0
//
// Questions about the layout that change nothing: why here, what if, what would be better. As for a plan, the loop
// takes a copy of what the answer depends on, and a worker finds it.
//
//   auto fleet = lookAtFleet(core);                       // on the loop: a value
//   message::Reply reply = foresee(question, fleet);      // on a worker: pure
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "controller/server/core.h"
#include "controller/server/planning.h"
#include "planner/layout/place.h"
#include "protocol/message/operator.h"

namespace berth::server {

/// The layout of all clusters, and what it was made from.
struct FleetWorld {
  /// `reserved` is what is promised beyond the nodes in force: to instances that go, to nodes that a rollout will put.
  std::vector<layout::Host> hosts;
  struct Cluster {
    ClusterName name;
    message::Submission submission;
  };
  std::vector<Cluster> clusters;
  /// Nodes in force.
  std::vector<layout::Present> present;
};

[[nodiscard]] std::variant<FleetWorld, store::Failure> lookAtFleet(Core& core);

using Foresight = std::variant<message::request::Simulate, message::request::Rebalance>;

/// The answer, or what is wrong with the question.
[[nodiscard]] message::Reply foresee(const Foresight& question, const FleetWorld& fleet);

/// Why the plan of this submission has the node where it has it.
[[nodiscard]] message::Reply explain(const message::Submission& submission, const NodeName& node, const World& world);

}  // namespace berth::server
