// SPDX-License-Identifier: Apache-2.0
//
// From a spec to what is to be placed: pools as groups, with their rules.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "planner/layout/place.h"
#include "planner/node/blueprint.h"
#include "planner/spec/model.h"

namespace berth::change {

/// Its volumes count as disk, like its root disk.
[[nodiscard]] layout::Amount needsOf(const node::Blueprint& blueprint);

/// Where nodes are now.
using Hosts = std::unordered_map<NodeName, HostName>;

/// In the order of the spec; a group has the name of its pool. A node whose pool has volumes is pinned to the host that
/// it is on, and one that the spec puts on a host to that.
[[nodiscard]] std::vector<layout::Group> groupsOf(const spec::Spec& spec, const Hosts& hosts);

/// The name that a pool's group has among those of all clusters: "prod/client".
[[nodiscard]] std::string fleetName(const ClusterName& cluster, const std::string& pool);
/// The same groups with those names, so that the groups of several clusters can be placed together.
[[nodiscard]] std::vector<layout::Group> fleetGroupsOf(const spec::Spec& spec, const Hosts& hosts);

}  // namespace berth::change
