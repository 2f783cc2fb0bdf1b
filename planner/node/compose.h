// SPDX-License-Identifier: Apache-2.0
//
// From a spec to what each node is. A pool's Butane files are compiled once and merged; beneath them lies Berth's own
// layer (host name, network, readiness unit: see layer.h), of which only a few words differ from node to node.
//
//   auto composed = node::compose(spec, files, image, present);
//   if (!source::hasErrors(composed.findings)) …composed.blueprints…      // spec order, by index
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "planner/image/image.h"
#include "planner/node/addresses.h"
#include "planner/node/blueprint.h"
#include "planner/node/site.h"
#include "planner/secret/wanted.h"
#include "planner/source/diagnostic.h"
#include "planner/source/files.h"
#include "planner/spec/model.h"

namespace berth::node {

struct Composed {
  /// Pool by pool in the order of the spec, by index. Empty when a finding is an error.
  std::vector<Blueprint> blueprints;
  source::Findings findings;
  /// Warnings about what is allowed and yet hardly meant (lint.h): for whoever wrote it, and nobody else.
  source::Findings advice;
  /// Nodes that leave must be gone before these blueprints can be, since they still have an address of theirs.
  bool leaversFirst = false;
};

/// `held` are the addresses that nodes already have (addresses.h); none for an offline rendering, and no `secrets`
/// either: stand-ins are written in their place then.
[[nodiscard]] Composed compose(const spec::Spec& spec, const source::Files& files,
                               const std::optional<image::Image>& image, const std::vector<HeldAddress>& held = {},
                               const secret::Values& secrets = {}, const Site& site = {});

/// A node with an index that its pool, the one of that number, does not have: one that stands in (change/surge.h).
struct PlaceBeyond {
  std::size_t pool = 0;
  std::uint32_t index = 0;
  bool operator==(const PlaceBeyond&) const = default;
};
struct Beyond {
  PlaceBeyond place;
  std::optional<Blueprint> blueprint;
  /// Why there is none, in words: "there is no free address for prod-web-3".
  std::string problem;
};
/// Blueprints of nodes beyond the count of their pools, of a spec that was composed without an error. What expressions
/// see of the cluster by nodes() is without them, and so are all other nodes.
[[nodiscard]] std::vector<Beyond> composeBeyond(const spec::Spec& spec, const source::Files& files,
                                                const std::optional<image::Image>& image,
                                                const std::vector<HeldAddress>& held,
                                                const std::vector<PlaceBeyond>& places,
                                                const secret::Values& secrets = {});

/// What must be among `secrets` for each node of the spec to come out whole, those included that may stand in for
/// others. In no order; each name once.
[[nodiscard]] std::vector<secret::Wanted> wantedSecrets(const spec::Spec& spec, const std::vector<HeldAddress>& held);

}  // namespace berth::node
