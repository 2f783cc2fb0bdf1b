// SPDX-License-Identifier: Apache-2.0
//
// Nodes update their operating system by themselves, and ask before they reboot into the new release. Who may is
// decided here, by what bounds rollouts too: the fleet's budget, and how many nodes of a pool may be down. A node that
// may reboot counts as down from that moment until it is well again.
//
//   Locks locks(ledger, fleet);
//   LockVerdict verdict = locks.ask({node, group, closed}, surroundings, moment);   // "may I reboot?"
//   LockVerdict told = locks.steady(node, moment);                                  // "I am up"
//   locks.advance(moment);                                                          // at every turn
//
// A lock ends when its node is up again and has been for as long as a rollout would watch it; when the instance that
// asked is not in force any more; when its host is lost and the instance fenced; when it is known to be down for a
// lease, since it is then no more than any other node that is down; or when a person says so. A node that is up and
// never said so keeps it, unless it is known to have booted since: else it might reboot a moment later.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "controller/fleet/fleet.h"
#include "controller/fleet/ledger.h"

namespace berth::rollout {

struct LockVerdict {
  enum class Kind : std::uint8_t {
    granted,
    notConfigured,  ///< its cluster does not update by asking
    windowClosed,
    nodeChanging,   ///< a rollout is at it
    nodeNotReady,   ///< it is not well itself
    fleetNotHeard,  ///< so many hosts are lost that the controller may be the one that is cut off
    poolBusy,       ///< as many nodes of its pool are down as may be
    budgetFull,     ///< as many of the fleet
  } kind = Kind::granted;
  /// In a sentence.
  std::string text{};

  [[nodiscard]] bool isGranted() const { return kind == Kind::granted; }
};
/// The word for it in an answer of the FleetLock protocol: "pool_busy".
[[nodiscard]] std::string_view wordOf(LockVerdict::Kind kind);

struct LockQuestion {
  NodeName node;
  /// As the node says.
  std::string group;
  /// Why its cluster's windows do not allow it now; empty when they do.
  std::string closed{};
};

/// What rollouts know that bears on it.
struct LockSurroundings {
  /// Nodes that rollouts of the whole fleet have taken down.
  std::set<NodeName> takenDown{};
  /// Nodes of the asker's cluster that are being changed.
  std::set<NodeName> changing{};
  /// What the budget allows, and how much of it rollouts have that have waited longer; empty without a budget.
  std::optional<std::size_t> allowed{};
  std::size_t keptForOthers = 0;
};

/// A node that asks again and again, and may not yet.
struct LockWaiting {
  std::string group;
  std::int64_t sinceMs = 0;
  TimePoint askedAt{};
  LockVerdict refusal{};
  /// Its place among all that wait for room of the budget.
  std::optional<std::uint64_t> queued{};
};

/// Zincati asks every five minutes: who has missed three has given up.
inline constexpr std::chrono::minutes kLockPatience{16};
/// No reboot into a new release takes so long.
inline constexpr std::chrono::minutes kLockLease{30};
/// A reboot that no report has shown would have been seen in this time.
inline constexpr std::chrono::minutes kUnseenReboot{2};
/// Whoever asks more often gets the answer of before.
inline constexpr std::chrono::seconds kLeastPause{1};

class Locks {
public:
  /// Both outlive it.
  Locks(fleet::Ledger& ledger, const fleet::Fleet& fleet) : ledger_(ledger), fleet_(fleet) {}

  /// `node` is in force. Whoever has the lock gets it again.
  [[nodiscard]] LockVerdict ask(const LockQuestion& question, const LockSurroundings& around,
                                const fleet::Moment& moment);
  /// The node says that it is up. Granted when it is known to be well, or has no lock.
  [[nodiscard]] LockVerdict steady(const NodeName& node, const fleet::Moment& moment);
  /// A person ends it, or the rollout that takes the node down; false when there is none.
  bool release(const NodeName& node, const std::string& why, const fleet::Moment& moment);
  void advance(const fleet::Moment& moment);

  [[nodiscard]] const std::map<NodeName, LockWaiting>& waiting() const { return waiting_; }
  /// The asker was refused for want of room: it has this place in the queue from now on.
  void queue(const NodeName& node, std::uint64_t place);
  /// Who has waited longest for room.
  [[nodiscard]] std::optional<std::uint64_t> firstInQueue() const;
  /// What a lock that is held waits for: "booting".
  [[nodiscard]] std::string stateOf(const store::LockRecord& lock) const;

private:
  /// Not kept on disk: a controller that begins anew gives each its full time again.
  struct Watch {
    Uuid instance;
    TimePoint since;
    std::optional<TimePoint> readySince{};
  };

  [[nodiscard]] LockVerdict judge(const LockQuestion& question, const store::NodeRecord& node,
                                  const LockSurroundings& around) const;
  [[nodiscard]] std::optional<LockVerdict> judgePool(const store::NodeRecord& node, const store::RebootPolicy& policy,
                                                     const LockSurroundings& around) const;
  [[nodiscard]] std::optional<LockVerdict> judgeBudget(const LockSurroundings& around) const;
  void grant(const LockQuestion& question, const store::NodeRecord& node, const fleet::Moment& moment);
  Watch& watch(const store::LockRecord& lock, TimePoint now);
  /// Why the lock has ended; empty while it has not.
  [[nodiscard]] std::string endOf(const store::LockRecord& lock, const fleet::Moment& moment);

  fleet::Ledger& ledger_;
  const fleet::Fleet& fleet_;
  std::map<NodeName, Watch> watches_;
  std::map<NodeName, LockWaiting> waiting_;
};

}  // namespace berth::rollout
