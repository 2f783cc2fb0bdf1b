// SPDX-License-Identifier: Apache-2.0
//
// max_surge: nodes beyond the count of a pool that stand in for its own while these are changed. Before the first ready
// node of a pool is taken down, they are made and have to be ready; when the last one is back, they are destroyed. So a
// pool has no fewer than `count` serving nodes, as long as no more than max_surge are changed at the same time.
//
//   wave 1: create c-web-3 on h2 ← max_surge: stands in while 3 nodes are replaced
//   wave 2: replace c-web-0 on h1 …
//   wave 5: destroy c-web-3 on h2
//
// A plan that failed leaves them where they are, and the next one begins with what there is: those that are ready and
// just what they would be now stand in, the others are made anew. What leaves anyway stands in as well until it does.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "planner/change/plan.h"
#include "planner/image/image.h"
#include "planner/layout/place.h"
#include "planner/node/addresses.h"
#include "planner/node/blueprint.h"
#include "planner/secret/wanted.h"
#include "planner/source/diagnostic.h"
#include "planner/source/files.h"
#include "planner/spec/model.h"

namespace berth::change {

/// What a plan was made from.
struct PlannedFrom {
  const spec::Spec& spec;
  const source::Files& files;
  const image::Image& image;
  const std::vector<node::HeldAddress>& held;
  const std::vector<InForce>& present;
  const std::vector<NodeName>& foreign;
  const std::vector<layout::Host>& hosts;
  const std::vector<layout::Group>& groups;
  const layout::Layout& layout;
  /// What `layout` was made with.
  std::vector<layout::Present> reserved;
  Leavers leavers = Leavers::last;
  const secret::Values& secrets;
};

struct Surge {
  /// Of the nodes that are made.
  std::vector<node::Blueprint> blueprints;
  /// Warnings: where there is no room or address for so many, the plan goes on with fewer.
  source::Findings findings;
};

/// Weaves into the plan all that its spec wants and that there is room for. No other node's place or address depends on
/// it.
[[nodiscard]] Surge addStandIns(const PlannedFrom& from, Plan& plan);

/// A node that is to stand in, and where.
struct StandIn {
  NodeName node;
  PoolName pool;
  std::uint32_t index = 0;
  HostName host;
  /// Where it is, when it is there already: it stood in for an earlier plan, and this one destroys it in any case.
  std::optional<HostName> now{};
  /// It is to be made, or made anew.
  bool isToBeMade = true;
};

/// Puts them in before the first wave that takes a node of their pool down and brings it back, and takes them out
/// behind the last.
void weave(Plan& plan, const std::vector<StandIn>& standIns, const std::vector<InForce>& present,
           std::uint32_t maxParallel);

}  // namespace berth::change
