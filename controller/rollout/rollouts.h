// SPDX-License-Identifier: Apache-2.0
//
// The rollouts that are under way: at most one for each cluster. Asks decide() what is next and carries it out in the
// ledger, where it becomes part of the present transaction; so a controller that is killed at any instruction finds
// each rollout exactly where the store has it, and goes on.
//
//   rollouts.begin(rollout, changes, moment);     // what apply accepted; supersedes the cluster's running one
//   rollouts.advance(moment);                     // after every message and at every tick
//   rollouts.steer(cluster, verb, who, moment);   // pause, resume, promote, abort
//
// A rollout that fails and has auto_revert is `reverting` until the rollout back has ended. Planning that one takes
// more than is known here: toRevert() says what is wanted, and whoever plans answers with begin() or endRevert().
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "controller/fleet/fleet.h"
#include "controller/fleet/ledger.h"
#include "controller/rollout/budget.h"
#include "controller/rollout/decide.h"
#include "controller/rollout/locks.h"

namespace berth::rollout {

class Rollouts {
public:
  /// `ledger` and `fleet` outlive it. The records are those of the store's snapshot.
  Rollouts(fleet::Ledger& ledger, const fleet::Fleet& fleet, const std::vector<store::RolloutRecord>& rollouts,
           const std::vector<store::ChangeRecord>& changes, RolloutId last, std::optional<Budget> budget = {});

  /// Takes over the cluster: what the former rollout has begun stays in force, what it has not begun is dropped.
  /// `rollout` needs no id, state or times; `changes` no rollout and no state, and they are numbered in their order.
  RolloutId begin(store::RolloutRecord rollout, std::vector<store::ChangeRecord> changes, const fleet::Moment& moment);
  void advance(const fleet::Moment& moment);
  /// Does as a person says with the rollout of `cluster` that is under way; or says why not. `by`: "operator alice".
  [[nodiscard]] std::optional<std::string> steer(const ClusterName& cluster, message::request::SteerRollout::Verb verb,
                                                 const std::string& by, const fleet::Moment& moment);

  // ---- nodes that ask before they reboot by themselves (locks.h)
  [[nodiscard]] LockVerdict mayReboot(const LockQuestion& question, const fleet::Moment& moment);
  [[nodiscard]] Locks& locks() { return locks_; }
  [[nodiscard]] const Locks& locks() const { return locks_; }

  /// Rollouts that failed, and whose way back has not been begun.
  [[nodiscard]] std::vector<store::RolloutRecord> toRevert() const;
  /// There is no way back from this one, or none is needed: it is at its end.
  void endRevert(const ClusterName& cluster, const End& how, const fleet::Moment& moment);

  /// The cluster's rollout that is running or paused; null when there is none.
  [[nodiscard]] const store::RolloutRecord* running(const ClusterName& cluster) const;
  [[nodiscard]] const std::vector<store::ChangeRecord>* changesOf(RolloutId id) const;
  /// A change of this node is under way.
  [[nodiscard]] bool isChanging(const store::NodeRecord& node) const;
  /// What a rollout that is under way waits for; empty for others.
  [[nodiscard]] std::string waitingFor(RolloutId id) const;
  /// When it gives that up, unless something moves.
  [[nodiscard]] std::optional<TimePoint> deadlineOf(RolloutId id) const;
  /// When advance() wants to be called though nothing happened.
  [[nodiscard]] std::optional<TimePoint> due() const { return due_; }
  /// What `host` is promised to: nodes in force, instances that are being removed, and nodes that a running rollout has
  /// yet to put there; of each node the largest (I10).
  [[nodiscard]] message::Capacity reserved(const HostName& host) const;
  /// The same without what belongs to `cluster`, whose nodes are about to be planned anew; its instances that wait for
  /// removal and have no successor in force are counted.
  [[nodiscard]] message::Capacity reservedByOthers(const HostName& host, const ClusterName& cluster) const;

private:
  struct Running {
    store::RolloutRecord record;
    std::vector<store::ChangeRecord> changes;
    /// The changes of each host, by their ordinals.
    std::unordered_map<HostName, std::vector<std::uint32_t>> changesOn{};
    Progress progress{};
    /// Empty before it is looked at for the first time.
    std::optional<Facts> facts{};
    /// Something that decides has changed since decide() was asked.
    bool stirred = true;
    /// How many of the changes hold room of the budget.
    std::size_t disrupts = 0;
    /// Its place among those that want more: the lowest has waited longest.
    std::optional<std::uint64_t> queued{};
    std::string waitingFor{};
    std::optional<TimePoint> deadline{};
    std::optional<TimePoint> askAgain{};

    void index();
    /// It has waited longer for room of the budget.
    [[nodiscard]] bool isBefore(const Running& other) const {
      return queued && (!other.queued || *queued < *other.queued);
    }
  };

  void advance(Running& rollout, const fleet::Moment& moment);
  /// What nodes left behind on other hosts is deleted once they are well where they are, and nothing is done with them.
  void sweepMoved(const fleet::Moment& moment);
  void queueForRoom(Running& rollout, const Decision& decision);
  /// Nodes that changes under way have taken down, or keep down.
  [[nodiscard]] std::set<NodeName> takenDown() const;
  /// Those that wait for room first, the longest first.
  [[nodiscard]] std::vector<Running*> inTurn();
  /// What the budget has left for `rollout`: one each is kept for those that have waited longer, and one for the nodes
  /// that want to reboot, if one of them has.
  [[nodiscard]] std::optional<std::size_t> roomFor(const Running& rollout) const;
  /// Tells the running ones what has stirred.
  void lookAround();
  void carryOut(Running& rollout, const Step& step, const fleet::Moment& moment);
  void startChange(store::ChangeRecord& change, const store::Pace& pace);
  /// What the host is to keep of `before`, or goes on keeping, while `next` takes its place.
  [[nodiscard]] std::optional<store::NodeRecord::Retired> keptOf(const store::NodeRecord& before,
                                                                 const store::NodeRecord& next,
                                                                 const store::Pace& pace) const;
  /// The cluster has got where it was to get: nothing of it needs a way back.
  void dropRetiredOf(const ClusterName& cluster);
  void setPower(const NodeName& node, message::Power power);
  void end(Running& rollout, const End& end, const fleet::Moment& moment);
  /// The host that `record` was to empty is left as it is until a person says so.
  void haltDrain(const store::RolloutRecord& record);
  void promote(Running& rollout, const std::string& by, const fleet::Moment& moment);
  [[nodiscard]] const Running* find(RolloutId id) const;
  [[nodiscard]] message::Capacity reservedOn(const HostName& host, const ClusterName* without) const;

  fleet::Ledger& ledger_;
  const fleet::Fleet& fleet_;
  Locks locks_;
  std::map<ClusterName, Running> running_;
  /// Failed, and to be followed by a rollout back.
  std::map<ClusterName, store::RolloutRecord> reverting_;
  RolloutId last_;
  std::optional<Budget> budget_;
  std::uint64_t lastQueued_ = 0;
  std::optional<TimePoint> due_;
};

}  // namespace berth::rollout
