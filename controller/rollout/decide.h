// SPDX-License-Identifier: Apache-2.0
//
// The next steps of a rollout. A pure function of what it is to do, how far it is, what is known of the nodes, and the
// time; it is asked again whenever any of these may have changed, and when `askAgain` has come. Asked without any of
// that, it has nothing new to say.
//
//   Decision decision = decide(rollout, changes, facts, progress, now);
//   for (const Step& step : decision.steps) …            // waiting → stopping, starting → done, …
//   if (decision.end) …                                  // done or failed, and why
//   show(decision.waitingFor);                           // "prod-server-1 on vh2: booting"
//
// Paused, it begins nothing and follows what is under way. Waves behind the canaries are begun only once it is
// promoted. Whatever it waits for but a person, it gives up after pace.progressDeadline without any movement (I8); only
// the removal of a whole cluster waits as long as it takes, since nothing is gained by giving that up.
//
// What it never does (I4): take a node of a pool down while as many as max_parallel are down already, whoever is to
// blame; take one down while the fleet has no room for that; go on to a wave before all of the one before are ready;
// touch another node after one has failed; take a node down while the stack of another one of its pool is not well,
// unless a person has overridden that. One whose own stack is not well may be changed while others complain about it. A
// node that is down already may be replaced or destroyed before its turn, since that takes nothing further down and may
// be what mends its pool; but one that stands in for others (max_surge) is never destroyed before its turn.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "controller/fleet/fleet.h"
#include "controller/store/records.h"
#include "words/clock.h"

namespace berth::rollout {

/// How a host stands with the controller. Nothing is begun on one that is not driven.
enum class HostStanding : std::uint8_t {
  driven,
  notHeard,  ///< this controller has not heard it yet
  lost,
  notDriven,  ///< heard, but its agent is ahead of the controller's store
};

/// What is known of one node of the cluster.
struct NodeFacts {
  /// Has an instance in force.
  bool inForce = false;
  /// An instance of it still waits for its removal.
  bool condemned = false;
  /// Its host is lost, and its machine is known not to run there any more.
  bool fenced = false;
  /// It is not made before volumes of it have come, or before others are deleted in whose place they come.
  bool awaitsVolumes = false;
  /// It may reboot by itself at any moment (locks.h), and has its room of the budget.
  bool locked = false;
  /// Not heal: somebody on its host stopped or removed it by hand, and it is left so.
  message::Drift left = message::Drift::heal;
  /// Of the instance in force; empty while its host has not reported.
  std::optional<message::Phase> phase;
  /// Where the condemned one is.
  HostName condemnedOn;
  /// The host of the instance in force.
  HostName host;
  PoolName pool;
  /// Why it is in that phase, as its agent says it.
  std::string reason;
  /// While its image is being fetched: how much has come. Only growth counts.
  std::uint64_t fetched = 0;
  /// Volumes of it are on their way to its host.
  std::optional<fleet::Moving> moving{};
  /// What is wrong with its part of the stack while its machine is well: "consul knows no leader".
  std::string trouble{};
  /// What it says of the stack of others: "not all servers of its consul are well".
  std::string unease{};

  [[nodiscard]] bool isUp() const { return inForce && !condemned && !locked && phase == message::Phase::ready; }
  [[nodiscard]] bool isServing() const { return isUp() && trouble.empty(); }
  /// Touching it takes nothing away. A node whose host has not reported may well be up.
  [[nodiscard]] bool isKnownDown() const {
    return !inForce || condemned || fenced || (phase && phase != message::Phase::ready);
  }
  bool operator==(const NodeFacts&) const = default;
};

struct Facts {
  std::unordered_map<NodeName, NodeFacts> nodes;
  /// Of every host that a change names, and that such a node is on.
  std::unordered_map<HostName, HostStanding> hosts;
  /// How many more nodes of the fleet may be taken down now (budget.h); empty when only the cluster's own bounds count.
  std::optional<std::size_t> room;
};

/// What decide() remembers of the changes in flight. Not kept on disk: a controller that begins anew gives each change
/// its full time again.
struct Progress {
  struct OfChange {
    std::optional<TimePoint> readySince;
    /// Runs only while the change's host is driven.
    std::optional<TimePoint> deadline;
    std::uint64_t fetched = 0;
  };
  std::map<std::uint32_t, OfChange> changes;
  /// Since when nothing has moved that should.
  std::optional<TimePoint> stillSince;
  /// When the last change was done.
  std::optional<TimePoint> doneAt;
};

struct Step {
  /// Of the change.
  std::uint32_t ordinal = 0;
  message::ChangeState to = message::ChangeState::waiting;
  /// Why it failed.
  std::string reason;
  bool operator==(const Step&) const = default;
};

struct End {
  message::RolloutState state = message::RolloutState::done;
  std::string reason;
  bool operator==(const End&) const = default;
};

struct Decision {
  /// Each legal by transitions.h; at most one for each change.
  std::vector<Step> steps;
  std::optional<End> end;
  /// The canaries have proved themselves: the waves behind them may go.
  bool promotes = false;
  /// It would have taken another node down, had there been room for that.
  bool wantsRoom = false;
  /// In a few words; empty when it has ended.
  std::string waitingFor;
  /// When what it waits for is given up, unless something moves.
  std::optional<TimePoint> deadline;
  /// When to ask again even if nothing happens.
  std::optional<TimePoint> askAgain;
};

/// How many nodes of a pool with so many members may be down at once. A pool of which a majority must be up and that
/// has none to spare is changed one by one: then the majority is lost for the shortest time.
[[nodiscard]] std::size_t mayBeDown(std::uint32_t maxParallel, bool needsMajority, std::size_t members);

/// A guest that does not shut down has its power cut by its agent after a minute or two; well after that something is
/// wrong with the host.
inline constexpr std::chrono::seconds kStopDeadline = std::chrono::minutes(5);

[[nodiscard]] Decision decide(const store::RolloutRecord& rollout, const std::vector<store::ChangeRecord>& changes,
                              const Facts& facts, Progress& progress, TimePoint now);

}  // namespace berth::rollout
