// SPDX-License-Identifier: Apache-2.0
//
// What has to happen for a cluster to become what its spec says: wanted blueprints against nodes in force. The plan a
// person reads is this value, and so is what the rollout walks.
//
//   wave 1: replace prod-server-0 on h1 ← /etc/motd changed ← base.bu:14:5
//   wave 2: replace prod-server-1 on h2 ← …
//
// Every difference in domain, image or Ignition takes a new machine. Tags and probes change live. Nothing is ever
// destroyed because something is missing here: only what the caller names as in force can be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "planner/layout/place.h"
#include "planner/node/blueprint.h"
#include "words/name.h"

namespace berth::change {

enum class Health : std::uint8_t { ready, notReady, unknown };

/// A node as it is promised to be now, whether its machine is up or not.
struct InForce {
  /// As it was put in force: values only, origins are not needed.
  node::Blueprint blueprint;
  HostName host;
  Health health = Health::unknown;
};

enum class Action : std::uint8_t { create, replace, destroy, live };

struct Change {
  Action action = Action::create;
  NodeName node;
  PoolName pool;
  /// Where the node will be; of a destroyed one, where it is.
  HostName host;
  /// Of a replaced node that goes to another host: where it is now, and must be gone before it begins anew.
  std::optional<HostName> from;
  /// From the change to its cause, each a short line: "/etc/motd changed", "base.bu:14:5". One chain after another.
  std::vector<std::string> reasons;
  bool operator==(const Change&) const = default;
};

using Wave = std::vector<Change>;

struct Plan {
  /// One after another: each node of a wave is ready, or gone, before the next wave begins.
  std::vector<Wave> waves;
  /// Only tags or probes change: no machine is touched, and no wave is needed.
  std::vector<Change> live;
  std::uint32_t unchanged = 0;

  [[nodiscard]] bool empty() const { return waves.empty() && live.empty(); }
};

/// Where leaving nodes go in the order of waves: last, unless new ones need their room or addresses.
enum class Leavers : std::uint8_t { last, first };

struct Limits {
  /// At most this many nodes of one wave; at least 1.
  std::uint32_t maxParallel = 1;
};

/// `wanted` in the order of the spec; `layout` has a host for each of them. Within a pool, nodes that are not ready
/// come first, so that no healthy one is touched while another is down.
[[nodiscard]] Plan plan(const std::vector<node::Blueprint>& wanted, const std::vector<InForce>& present,
                        const layout::Layout& layout, Limits limits, Leavers leavers);

/// Removes all of a cluster; one wave.
[[nodiscard]] Plan planDestroy(const std::vector<InForce>& present);

}  // namespace berth::change
