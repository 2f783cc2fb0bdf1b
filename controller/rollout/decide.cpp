// SPDX-License-Identifier: Apache-2.0
#include "controller/rollout/decide.h"

#include <algorithm>
#include <concepts>
#include <set>
#include <utility>

#include "controller/rollout/transitions.h"
#include "protocol/message/words.h"

namespace berth::rollout {

namespace {

using message::Action;
using message::ChangeState;
using message::Phase;
using store::ChangeRecord;

std::string inWords(std::chrono::seconds time) {
  const auto count = time.count();
  if (count % 60 != 0 || count == 0) return std::to_string(count) + "s";
  return std::to_string(count / 60) + "m";
}

std::string inWords(HostStanding standing, const HostName& host) {
  switch (standing) {
    case HostStanding::driven: break;
    case HostStanding::notHeard: return "host " + host.str() + " has not been heard yet";
    case HostStanding::lost: return "host " + host.str() + " is lost";
    case HostStanding::notDriven:
      return "host " + host.str() + " is ahead of the controller's store: see its conditions";
  }
  return {};
}

/// One call of decide(): gathers as it goes. Linear in changes and nodes: a cluster may have ten thousand, and it is
/// asked after each message that says something new of one of them.
class Walk {
public:
  Walk(const store::RolloutRecord& rollout, const std::vector<ChangeRecord>& changes, const Facts& facts,
       Progress& progress, TimePoint now)
      : rollout_(rollout), changes_(changes), facts_(facts), progress_(progress), now_(now), room_(facts.room) {
    states_.reserve(changes.size());
    for (const ChangeRecord& change : changes) {
      states_.push_back(change.state);
      flying_ += isInFlight(change.state) ? 1u : 0u;
    }
  }

  Decision run() {
    for (const ChangeRecord& change : changes_) {
      if (change.state == ChangeState::failed) fail(change, change.reason);
    }
    for (const ChangeRecord& change : changes_) {
      if (isInFlight(change.state)) follow(change);
    }
    if (!failure_ && !isPaused()) begin();
    conclude();
    return std::move(decision_);
  }

private:
  // ---- what is known

  const NodeFacts& factsOf(const NodeName& node) const {
    static const NodeFacts nothing;
    const auto found = facts_.nodes.find(node);
    return found == facts_.nodes.end() ? nothing : found->second;
  }
  /// Its stack is not well, and nobody has said that this rollout goes on all the same.
  [[nodiscard]] bool hasTrouble(const NodeFacts& facts) const { return !facts.trouble.empty() && !rollout_.overridden; }
  [[nodiscard]] bool serves(const NodeFacts& facts) const { return facts.isUp() && !hasTrouble(facts); }
  HostStanding standingOf(const HostName& host) const {
    const auto found = facts_.hosts.find(host);
    return found == facts_.hosts.end() ? HostStanding::notHeard : found->second;
  }

  /// Where a change is after the steps decided so far.
  [[nodiscard]] ChangeState stateOf(const ChangeRecord& change) const { return states_[placeOf(change)]; }
  [[nodiscard]] std::size_t placeOf(const ChangeRecord& change) const {
    return static_cast<std::size_t>(&change - changes_.data());
  }

  void go(const ChangeRecord& change, ChangeState to, std::string reason = {}) {
    ChangeState& state = states_[placeOf(change)];
    flying_ += isInFlight(to) ? 1u : 0u;
    flying_ -= isInFlight(state) ? 1u : 0u;
    state = to;
    if (downKnown_ && isInFlight(to)) noteDown(change.target.name, factsOf(change.target.name));
    decision_.steps.push_back({change.ordinal, to, std::move(reason)});
    progress_.changes.erase(change.ordinal);
    progress_.stillSince.reset();
    if (to == ChangeState::done) progress_.doneAt = now_;
  }
  void fail(const ChangeRecord& change, const std::string& reason) {
    if (!failure_) failure_ = change.target.name.str() + ": " + reason;
  }
  /// `what` makes the words, for the few that are read.
  void await(const std::invocable auto& what) {
    if (waiting_++ < kWaitsSaid) waits_.push_back(what());
  }
  void await(std::string what) {
    if (waiting_++ < kWaitsSaid) waits_.push_back(std::move(what));
  }
  void askAt(TimePoint time) {
    if (!decision_.askAgain || time < *decision_.askAgain) decision_.askAgain = time;
  }
  void giveUpAt(TimePoint time) {
    askAt(time);
    if (!decision_.deadline || time < *decision_.deadline) decision_.deadline = time;
  }
  [[nodiscard]] bool isPaused() const { return rollout_.state == message::RolloutState::paused; }

  // ---- changes in flight

  void follow(const ChangeRecord& change) {
    if (change.state == ChangeState::stopping) return followStop(change);
    if (change.state == ChangeState::copying) return followCopy(change);
    followStart(change);
  }

  /// The deadline of a change; begins when its host is driven. True when it is over.
  bool isOverdue(Progress::OfChange& progress, std::chrono::seconds time) {
    if (!progress.deadline) progress.deadline = now_ + time;
    if (now_ >= *progress.deadline) return true;
    giveUpAt(*progress.deadline);
    return false;
  }

  /// True when the host cannot be told anything now; the clock stands still meanwhile.
  bool isHeldUpByHost(const ChangeRecord& change, const HostName& host) {
    const HostStanding standing = standingOf(host);
    if (standing == HostStanding::driven) return false;
    progress_.changes.erase(change.ordinal);
    await([&] { return change.target.name.str() + ": " + inWords(standing, host); });
    return true;
  }

  void followStop(const ChangeRecord& change) {
    const NodeFacts& facts = factsOf(change.target.name);
    // What somebody stopped by hand is off already; its host has read the order once it no longer says that.
    const bool isHeard = facts.phase == Phase::stopped && facts.left == message::Drift::heal;
    const bool isOff = change.action != Action::restart || isHeard;
    if (!facts.condemned && isOff) {
      const bool copies = change.action == Action::replace && facts.awaitsVolumes;
      if (change.action == Action::destroy) return go(change, ChangeState::done);
      return go(change, copies ? ChangeState::copying : ChangeState::starting);
    }
    // A replaced node may be on its way from another host.
    const HostName& host = facts.condemnedOn.empty() ? change.target.host : facts.condemnedOn;
    if (isHeldUpByHost(change, host)) return;
    const auto time = std::max(kStopDeadline, rollout_.pace.healthyDeadline);
    // Once a whole cluster is to go there is nothing to protect by giving up.
    const bool patient = rollout_.kind == store::RolloutKind::destroy;
    if (!patient && isOverdue(progress_.changes[change.ordinal], time)) {
      const std::string reason =
          (change.action == Action::restart ? "not off after " : "not gone from its host after ") + inWords(time);
      go(change, ChangeState::failed, reason);
      return fail(change, reason);
    }
    await([&] { return change.target.name.str() + " on " + host.str() + ": stopping"; });
  }

  void followCopy(const ChangeRecord& change) {
    const NodeFacts& facts = factsOf(change.target.name);
    if (!facts.awaitsVolumes) return go(change, ChangeState::starting);
    if (isHeldUpByHost(change, change.target.host)) return;
    if (facts.moving && isHeldUpByHost(change, facts.moving->from)) return;
    Progress::OfChange& progress = progress_.changes[change.ordinal];
    const std::uint64_t moved = facts.moving ? facts.moving->copied + facts.moving->compared : 0;
    if (moved > progress.fetched) {
      progress.fetched = moved;
      progress.deadline.reset();
      progress_.stillSince.reset();
    }
    const auto state = [&] {
      return facts.moving ? fleet::inWords(*facts.moving) : std::string("waits until its former volumes are deleted");
    };
    if (isOverdue(progress, rollout_.pace.healthyDeadline)) {
      const std::string reason =
          "its volumes did not get on for " + inWords(rollout_.pace.healthyDeadline) + ": " + state();
      go(change, ChangeState::failed, reason);
      return fail(change, reason);
    }
    await([&] { return change.target.name.str() + " on " + change.target.host.str() + ": " + state(); });
  }

  void followStart(const ChangeRecord& change) {
    const NodeFacts& facts = factsOf(change.target.name);
    const std::string& name = change.target.name.str();
    if (isHeldUpByHost(change, change.target.host)) return;
    Progress::OfChange& progress = progress_.changes[change.ordinal];
    if (facts.condemned) {
      // Left over from a rollout that this one superseded; the new instance cannot begin before.
      progress = {};
      return await([&] { return name + ": an older instance of it is being removed"; });
    }
    const Phase phase = facts.phase.value_or(Phase::pending);
    if (phase == Phase::failed) {
      const std::string reason = facts.reason.empty() ? "failed" : facts.reason;
      go(change, ChangeState::failed, reason);
      return fail(change, reason);
    }
    if (phase == Phase::ready && !hasTrouble(facts)) return followReady(change, progress);
    progress.readySince.reset();
    if (phase == Phase::fetching && facts.fetched > progress.fetched) {
      // A large image over a slow line is progress, not failure.
      progress.fetched = facts.fetched;
      progress.deadline.reset();
      progress_.stillSince.reset();
    }
    const auto state = [&] {
      if (phase == Phase::ready) return "up, but " + facts.trouble;
      return std::string(message::toString(phase)) + (facts.reason.empty() ? "" : ": " + facts.reason);
    };
    if (isOverdue(progress, rollout_.pace.healthyDeadline)) {
      const std::string reason = "not ready after " + inWords(rollout_.pace.healthyDeadline) + ", is " + state();
      go(change, ChangeState::failed, reason);
      return fail(change, reason);
    }
    await([&] { return name + " on " + change.target.host.str() + ": " + state(); });
  }

  void followReady(const ChangeRecord& change, Progress::OfChange& progress) {
    if (!progress.readySince) progress.readySince = now_;
    const TimePoint healthy = *progress.readySince + rollout_.pace.minHealthyTime;
    if (now_ >= healthy) return go(change, ChangeState::done);
    askAt(healthy);
    await(
        [&] { return change.target.name.str() + ": ready, and watched for " + inWords(rollout_.pace.minHealthyTime); });
  }

  // ---- changes to begin

  struct PoolFacts {
    std::size_t members = 0;
    /// Nodes that do not serve: down by themselves, unknown, or being changed.
    std::set<NodeName> down;
    /// Nodes that serve, and say that the stack of others does not.
    std::set<NodeName> uneasy;
  };

  void noteDown(const NodeName& node, const NodeFacts& facts) {
    if (facts.inForce || facts.condemned) pools_[facts.pool].down.insert(node);
  }

  /// Of a pool as it is after the steps decided so far. All are counted when the first one is asked for.
  const PoolFacts& factsOf(const PoolName& pool) {
    if (!std::exchange(downKnown_, true)) {
      for (const auto& [name, facts] : facts_.nodes) {
        if (facts.inForce || facts.condemned) ++pools_[facts.pool].members;
        if (!serves(facts)) {
          noteDown(name, facts);
        } else if (!facts.unease.empty() && !rollout_.overridden) {
          pools_[facts.pool].uneasy.insert(name);
        }
      }
      for (const ChangeRecord& change : changes_) {
        if (isInFlight(stateOf(change))) noteDown(change.target.name, factsOf(change.target.name));
      }
    }
    return pools_[pool];
  }

  std::size_t mayBeDown(const PoolName& pool, std::size_t members) const {
    return rollout::mayBeDown(rollout_.pace.maxParallel, rollout_.pace.quorum.contains(pool), members);
  }

  std::optional<std::uint32_t> currentWave() const {
    std::optional<std::uint32_t> wave;
    for (const ChangeRecord& change : changes_) {
      if (stateOf(change) != ChangeState::done && (!wave || change.wave < *wave)) wave = change.wave;
    }
    return wave;
  }

  /// It may not be begun before somebody has promoted the canaries.
  [[nodiscard]] bool isBehindCanaries(std::uint32_t wave) const {
    return wave >= rollout_.pace.canaryWaves && rollout_.pace.canaryWaves != 0 && !rollout_.promoted &&
           !decision_.promotes;
  }

  /// Changes of this wave may be begun.
  bool isOpen(std::uint32_t wave) {
    if (isBehindCanaries(wave)) judgeCanaries();
    if (isBehindCanaries(wave)) return false;
    if (rollout_.pace.stagger.count() == 0 || !progress_.doneAt) return true;
    const bool isUnderWay = std::ranges::any_of(changes_, [&](const ChangeRecord& change) {
      return change.wave == wave && stateOf(change) != ChangeState::waiting;
    });
    const TimePoint opens = *progress_.doneAt + rollout_.pace.stagger;
    if (isUnderWay || now_ >= opens) return true;
    askAt(opens);
    await("the next wave begins " + inWords(rollout_.pace.stagger) + " after the last one");
    return false;
  }

  void judgeCanaries() {
    if (!rollout_.pace.autoPromote) {
      asksAPerson_ = true;
      return await("the canaries are ready; to go on with the others: berth rollout promote " +
                   std::to_string(rollout_.id.value()));
    }
    for (const ChangeRecord& change : changes_) {
      const bool isCanary = change.wave < rollout_.pace.canaryWaves && change.action != Action::destroy;
      if (!isCanary || serves(factsOf(change.target.name))) continue;
      return await("canary " + change.target.name.str() + " is not ready any more");
    }
    decision_.promotes = true;
  }

  void begin() {
    if (rollout_.kind == store::RolloutKind::destroy) {
      // Everything goes: there is no health to guard, and hosts that are away learn of it when they come back.
      for (const ChangeRecord& change : changes_) {
        if (change.state == ChangeState::waiting) go(change, ChangeState::stopping);
      }
      return;
    }
    const auto wave = currentWave();
    if (!wave || !isOpen(*wave)) return;
    std::vector<const ChangeRecord*> others;
    for (const ChangeRecord& change : changes_) {
      if (stateOf(change) != ChangeState::waiting || isBehindCanaries(change.wave)) continue;
      // One that is down and is to go must not hold up those that wait for it to come up. Who stands in for others goes
      // after them and not before, even where it is down or not there yet.
      const bool holdsOut = change.action == Action::destroy && change.target.standsIn;
      const bool mends = change.action != Action::create && !holdsOut && factsOf(change.target.name).isKnownDown();
      if (mends) {
        tryToBegin(change, change.wave == *wave);
      } else if (change.wave == *wave) {
        others.push_back(&change);
      }
    }
    for (const ChangeRecord* change : others) tryToBegin(*change, true);
  }

  void tryToBegin(const ChangeRecord& change, bool itsTurn) {
    const NodeName& name = change.target.name;
    const NodeFacts& facts = factsOf(name);
    const bool stays = !facts.inForce || facts.fenced;
    for (const HostName& host : {change.target.host, stays ? change.target.host : facts.host}) {
      const HostStanding standing = standingOf(host);
      if (standing == HostStanding::driven) continue;
      if (itsTurn) await([&] { return name.str() + ": " + inWords(standing, host); });
      return;
    }
    if (change.action == Action::create) return go(change, ChangeState::starting);
    if (facts.left == message::Drift::freeze && !facts.fenced && !change.thaws) {
      if (itsTurn) await([&] { return name.str() + " is frozen: " + facts.reason; });
      return;
    }
    // Nothing in force: nothing is taken away.
    if (!facts.inForce) return go(change, ChangeState::stopping);
    if (flying_ >= rollout_.pace.maxParallel) {
      if (itsTurn) await([&] { return name.str() + ": waits for its turn"; });
      return;
    }
    if (!facts.isKnownDown()) {
      const PoolFacts& pool = factsOf(facts.pool);
      const std::size_t others = pool.down.size() - pool.down.count(name);
      if (others + 1 > mayBeDown(facts.pool, pool.members)) {
        const auto first = pool.down.begin();
        return block(change, *first == name ? *std::next(first) : *first);
      }
      // What they complain about may be this very node.
      if (facts.trouble.empty() && !pool.uneasy.empty()) return block(change, *pool.uneasy.begin());
      if (room_ && *room_ == 0 && !facts.locked) {
        decision_.wantsRoom = true;
        return await([&] { return name.str() + ": waits until the fleet's disruption budget has room for it"; });
      }
    }
    if (room_ && !facts.locked) *room_ -= std::min<std::size_t>(*room_, 1);
    go(change, ChangeState::stopping);
  }

  void block(const ChangeRecord& change, const NodeName& down) {
    await([&] {
      const NodeFacts& facts = factsOf(down);
      const std::string& why = facts.trouble.empty() ? facts.unease : facts.trouble;
      if (facts.isUp() && !why.empty()) {
        return change.target.name.str() + " is not touched while " + down.str() + " says: " + why +
               " (to go on all the same: berth rollout override " + std::to_string(rollout_.id.value()) + ")";
      }
      return change.target.name.str() + " is not touched while " + down.str() + " is down (" + whyDown(facts) + ")";
    });
  }

  static std::string whyDown(const NodeFacts& facts) {
    std::string why = facts.phase ? std::string(message::toString(*facts.phase)) : "unknown";
    if (facts.locked) why += ", reboots for an update of its system";
    if (!facts.reason.empty()) why += ": " + facts.reason;
    return why;
  }

  // ---- the end

  void conclude() {
    const bool flying = flying_ != 0;
    const bool left =
        std::ranges::any_of(changes_, [&](const auto& each) { return stateOf(each) == ChangeState::waiting; });
    if (failure_ && !flying) {
      decision_.end = End{message::RolloutState::failed, *failure_};
      return;
    }
    if (!flying && !left) {
      decision_.end = End{message::RolloutState::done, {}};
      return;
    }
    giveUpInTime();
    if (decision_.end) return;
    if (failure_) decision_.waitingFor = "failed (" + *failure_ + "); waits for what is under way: ";
    if (isPaused()) {
      decision_.waitingFor = rollout_.reason + "; to go on: berth rollout resume " +
                             std::to_string(rollout_.id.value()) + (waits_.empty() ? "" : "; under way: ");
    }
    sayWaits();
  }

  void giveUpInTime() {
    // Who has the room now gives it up in time.
    const bool waitsForOthers = decision_.wantsRoom && flying_ == 0;
    const bool waitsForAPerson = isPaused() || asksAPerson_;
    if (waitsForAPerson || waitsForOthers || waits_.empty() || rollout_.kind == store::RolloutKind::destroy) {
      progress_.stillSince.reset();
      return;
    }
    if (!progress_.stillSince) progress_.stillSince = now_;
    const TimePoint end = *progress_.stillSince + rollout_.pace.progressDeadline;
    if (now_ < end) return giveUpAt(end);
    const std::string still = "no progress for " + inWords(rollout_.pace.progressDeadline) + ": " + waits_.front();
    decision_.end = End{message::RolloutState::failed, failure_ ? *failure_ + "; and " + still : still};
  }

  void sayWaits() {
    for (std::size_t i = 0; i < waits_.size(); ++i) {
      if (i != 0) decision_.waitingFor += "; ";
      decision_.waitingFor += waits_[i];
    }
    if (waiting_ > waits_.size()) {
      decision_.waitingFor += "; and " + std::to_string(waiting_ - waits_.size()) + " more";
    }
  }

  const store::RolloutRecord& rollout_;
  const std::vector<ChangeRecord>& changes_;
  const Facts& facts_;
  Progress& progress_;
  const TimePoint now_;
  /// After the steps decided so far.
  std::optional<std::size_t> room_;
  /// Of each change, after the steps decided so far.
  std::vector<ChangeState> states_;
  std::uint32_t flying_ = 0;
  bool downKnown_ = false;
  std::unordered_map<PoolName, PoolFacts> pools_;
  Decision decision_;
  std::optional<std::string> failure_;
  /// More would not be read.
  static constexpr std::size_t kWaitsSaid = 3;
  std::vector<std::string> waits_;
  std::size_t waiting_ = 0;
  /// It is for a person to go on, however long that takes.
  bool asksAPerson_ = false;
};

}  // namespace

std::size_t mayBeDown(std::uint32_t maxParallel, bool needsMajority, std::size_t members) {
  if (!needsMajority) return maxParallel;
  const auto spare = (std::max<std::size_t>(members, 1) - 1) / 2;
  return std::min<std::size_t>(maxParallel, std::max<std::size_t>(spare, 1));
}

Decision decide(const store::RolloutRecord& rollout, const std::vector<ChangeRecord>& changes, const Facts& facts,
                Progress& progress, TimePoint now) {
  return Walk(rollout, changes, facts, progress, now).run();
}

}  // namespace berth::rollout
