// SPDX-License-Identifier: Apache-2.0
//
// What has to happen for a cluster to become what its spec says: wanted blueprints against nodes in force. The plan a
// person reads is this value, and so is what the rollout walks.
//
//   wave 1: replace prod-server-0 on h1 ← /etc/motd changed ← base.bu:14:5
//   wave 2: replace prod-server-1 on h2 ← …
//
// Six classes of change, from the gentlest to the hardest:
//
//   update, now          tags, probes: in force with the apply, no machine is touched
//   update, next boot    vcpus, memory: the machine goes on as it is, and has them when it is booted next
//   restart              the machine as it is, off and on again, because somebody asked for it
//   replace              image, Ignition config, root disk, network: a new machine, its name, address and volumes stay
//   move                 a replacement on another host
//   create, destroy
//
// Nodes that stand in for those of their pool while these are changed are woven in afterwards (surge.h).
//
// Nothing is ever destroyed because something is missing here: only what the caller names as in force can be.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "planner/change/details.h"
#include "planner/change/former.h"
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
  /// What is promised to it there, where that is not what its blueprint says: a node that shrank in place has its old
  /// size until it is made anew.
  std::optional<layout::Amount> reserved{};
  /// Its host is lost, and it is known not to run there any more: it is to be made elsewhere.
  bool abandoned = false;
  /// It was made to stand in for others, by a plan that has not come to its end.
  bool standsIn = false;
  /// Somebody stopped or removed it by hand, and its pool says drift: freeze.
  bool frozen = false;
  /// The servers of its stack follow it: it goes after the others of its pool, so that they choose another one but
  /// once.
  bool leads = false;
};

enum class Action : std::uint8_t { create, replace, destroy, update, restart };

/// When an update in place shows in the guest.
enum class Effect : std::uint8_t { now, nextBoot };

/// What a node is to its pool while a plan is carried out.
enum class Role : std::uint8_t {
  member,
  standIn,  ///< beyond the pool's count, it takes the place of others until it is destroyed, and not before that
  former,   ///< it did so for an earlier plan, and nothing waits for it now
};

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
  /// Of an update.
  Effect effect = Effect::now;
  /// Which of Plan::details says what is otherwise in its Ignition config.
  std::optional<std::size_t> detail{};
  Role role = Role::member;
  /// It is meant also where the node is frozen: a person asked for it by name, or its pool says freeze no longer.
  bool thaws = false;
  /// Of a replaced node that goes to another host: its volumes that are copied there while it is off.
  std::vector<node::Volume> carried{};
  bool operator==(const Change&) const = default;
};

/// Why a node that stands in goes again.
inline constexpr const char* kOnlyStoodIn = "max_surge: it only stood in for others";

/// While it is carried out, its node does not serve.
[[nodiscard]] constexpr bool takesDown(const Change& change) {
  return change.action == Action::replace || change.action == Action::destroy || change.action == Action::restart;
}

using Wave = std::vector<Change>;

struct Plan {
  /// One after another: each node of a wave is ready, or gone, before the next wave begins.
  std::vector<Wave> waves;
  /// What is had in place: it takes no node down, so it needs no wave, and is in force with the apply.
  std::vector<Change> updates;
  /// Nodes that change alike share one.
  std::vector<Detail> details;
  std::uint32_t unchanged = 0;
  /// Nodes that would change too, had the person not asked for some alone.
  std::uint32_t leftOut = 0;
  /// Nodes that are frozen, and would change.
  std::set<NodeName> frozen{};
  /// So many of the first waves hold the canaries (and what must go before them); the waves behind them wait until the
  /// canaries are promoted. 0 when there are none, or nothing would wait.
  std::size_t canaryWaves = 0;

  [[nodiscard]] bool empty() const { return waves.empty() && updates.empty(); }
};

/// Where leaving nodes go in the order of waves: last, unless new ones need their room or addresses.
enum class Leavers : std::uint8_t { last, first };

struct Limits {
  /// At most this many nodes of one wave; at least 1.
  std::uint32_t maxParallel = 1;
  /// Pools of which a majority must be up: never more than (n-1)/2 of them in one wave, and one by one where that is
  /// none.
  std::set<PoolName> quorum{};
  /// How many of the nodes of each pool that are replaced go before all others.
  std::uint32_t canary = 0;
  /// Pools that go before all others, which cannot do without them.
  std::set<PoolName> first{};
};

/// What a person asks for besides the spec.
struct Wishes {
  /// Only these change; all, where there is nothing.
  std::optional<std::set<NodeName>> only{};
  /// To be made anew though nothing about them changed.
  std::set<NodeName> replace{};
  /// To be switched off and on again as they are.
  std::set<NodeName> restart{};
  /// `only` is what a person named, and not the controller by itself: it goes for frozen nodes too.
  bool byPerson = true;

  [[nodiscard]] bool mean(const NodeName& node) const { return !only || only->contains(node); }
  /// A person asked for this very one.
  [[nodiscard]] bool name(const NodeName& node) const {
    return replace.contains(node) || restart.contains(node) || (byPerson && only && mean(node));
  }
};

/// How many nodes of a quorum pool that has `nodes` of them may be down at once; 0 when it has no majority to spare.
[[nodiscard]] constexpr std::uint32_t spareOf(std::uint32_t nodes) { return nodes == 0 ? 0 : (nodes - 1) / 2; }

/// `wanted` in the order of the spec; `layout` has a host for each of them. Within a pool, nodes that are not ready
/// come first, so that no healthy one is touched while another is down.
[[nodiscard]] Plan plan(const std::vector<node::Blueprint>& wanted, const std::vector<InForce>& present,
                        const layout::Layout& layout, const Limits& limits, Leavers leavers, const Wishes& wishes = {},
                        const Former& former = {}, const ChangedVariables& changed = {});

/// Removes all of a cluster; one wave.
[[nodiscard]] Plan planDestroy(const std::vector<InForce>& present);

}  // namespace berth::change
