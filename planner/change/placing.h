// SPDX-License-Identifier: Apache-2.0
//
// From a spec to what is to be placed: pools as groups, with their rules.
#pragma once

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "planner/layout/place.h"
#include "planner/node/blueprint.h"
#include "planner/source/diagnostic.h"
#include "planner/spec/model.h"

namespace berth::change {

/// Its machine and its volumes.
[[nodiscard]] layout::Amount needsOf(const node::Blueprint& blueprint);

/// Where nodes are now.
using Hosts = std::unordered_map<NodeName, HostName>;

/// In the order of the spec; a group has the name of its pool. A node that the spec puts on a host is pinned to that;
/// where volumes are is not known here (volumes.h).
[[nodiscard]] std::vector<layout::Group> groupsOf(const spec::Spec& spec);

/// The name that a pool's group has among those of all clusters: "prod/client".
[[nodiscard]] std::string fleetName(const ClusterName& cluster, const std::string& pool);
/// The same groups with those names, so that the groups of several clusters can be placed together. A node whose pool
/// has volumes is pinned to the host that it is on.
[[nodiscard]] std::vector<layout::Group> fleetGroupsOf(const spec::Spec& spec, const Hosts& hosts);

/// Why a host gets no node: "no node is moved to " (its name) ": its agent is an older one".
struct HeldBack {
  std::string what;
  std::string why;
  std::string hint;
};
/// Keeps nodes away from ready hosts that are not among `able`; a warning at `where` for each says so.
void holdBackOthers(const std::set<HostName>& able, const HeldBack& told, const source::Mark& where,
                    std::vector<layout::Host>& hosts, source::Findings& findings);

}  // namespace berth::change
