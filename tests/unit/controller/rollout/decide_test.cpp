// SPDX-License-Identifier: Apache-2.0
#include "controller/rollout/decide.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/rollout/transitions.h"

namespace berth::rollout {
namespace {

using message::Action;
using message::ChangeState;
using message::Phase;
using message::RolloutState;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A cluster with one pool of three ready nodes on three hosts, and a rollout that replaces them one by one.
class Scene : public testing::Test {
protected:
  Scene() {
    rollout_.id = RolloutId(1);
    rollout_.pace = {1, seconds(0), seconds(300), {}};
    for (std::uint32_t i = 0; i < 3; ++i) {
      facts_.hosts[host(i)] = HostStanding::driven;
      facts_.nodes[node(i)] = ready(i);
      add(Action::replace, i, i);
    }
  }

  static NodeName node(std::uint32_t i) { return *NodeName::parse("prod-server-" + std::to_string(i)); }
  static HostName host(std::uint32_t i) { return *HostName::parse("vh" + std::to_string(i)); }
  static NodeFacts ready(std::uint32_t i) {
    NodeFacts facts;
    facts.inForce = true;
    facts.phase = Phase::ready;
    facts.host = host(i);
    facts.pool = *PoolName::parse("server");
    return facts;
  }
  store::ChangeRecord& add(Action action, std::uint32_t of, std::uint32_t wave) {
    store::ChangeRecord& change = changes_.emplace_back();
    change.ordinal = static_cast<std::uint32_t>(changes_.size() - 1);
    change.wave = wave;
    change.action = action;
    change.target.name = node(of);
    change.target.host = host(of);
    change.target.pool = *PoolName::parse("server");
    return change;
  }
  NodeFacts& facts(std::uint32_t i) { return facts_.nodes[node(i)]; }

  Decision decide() { return rollout::decide(rollout_, changes_, facts_, progress_, now_); }
  /// Decides, and lets the decided states be the present ones.
  Decision proceed() {
    Decision decision = decide();
    for (const Step& step : decision.steps) {
      auto& change = changes_.at(step.ordinal);
      EXPECT_TRUE(isLegal(change.action, change.state, step.to));
      change.state = step.to;
      change.reason = step.reason;
    }
    return decision;
  }
  void pass(seconds time) { now_ += time; }
  /// The old instance of a node in `stopping` is gone, the new one not heard of yet.
  void gone(std::uint32_t i) {
    facts(i).condemned = false;
    facts(i).phase = Phase::pending;
  }
  void startReplacing(std::uint32_t i) {
    ASSERT_THAT(proceed().steps, ElementsAre(Step{i, ChangeState::stopping, ""}));
    facts(i).condemned = true;
    facts(i).condemnedOn = host(i);
    facts(i).phase.reset();
  }

  store::RolloutRecord rollout_;
  std::vector<store::ChangeRecord> changes_;
  Facts facts_;
  Progress progress_;
  TimePoint now_{};
};

TEST(TheTable, HasNoWayOutOfDoneOrFailedAndNoWayBack) {
  for (const auto& each : transitions()) {
    EXPECT_NE(each.from, ChangeState::done);
    EXPECT_NE(each.from, ChangeState::failed);
    // A copy comes before the start, though its state was thought of later.
    const auto rank = [](ChangeState state) {
      return state == ChangeState::copying ? 1.5 : static_cast<double>(state);
    };
    EXPECT_LT(rank(each.from), rank(each.to));
  }
}

TEST(TheTable, NeverStartsAReplacementThatWasNotStopped) {
  EXPECT_FALSE(isLegal(Action::replace, ChangeState::waiting, ChangeState::starting));
  EXPECT_FALSE(isLegal(Action::create, ChangeState::waiting, ChangeState::stopping));
  EXPECT_FALSE(isLegal(Action::destroy, ChangeState::stopping, ChangeState::starting));
}

TEST_F(Scene, ReplacesOneNodeAfterTheOtherEachReadyBeforeTheNext) {
  for (std::uint32_t i = 0; i < 3; ++i) {
    startReplacing(i);
    EXPECT_THAT(proceed().steps, IsEmpty());
    gone(i);
    EXPECT_THAT(proceed().steps, ElementsAre(Step{i, ChangeState::starting, ""}));
    for (const Phase phase : {Phase::pending, Phase::fetching, Phase::creating, Phase::booting, Phase::degraded}) {
      facts(i).phase = phase;
      EXPECT_THAT(proceed().steps, IsEmpty()) << static_cast<int>(phase);
    }
    facts(i).phase = Phase::ready;
    // Done, and the next may begin in the round after.
    const Decision done = decide();
    ASSERT_FALSE(done.steps.empty());
    EXPECT_EQ(done.steps[0], (Step{i, ChangeState::done, ""}));
    changes_[i].state = ChangeState::done;
    facts(i).phase = Phase::ready;
  }
  EXPECT_EQ(decide().end, (End{RolloutState::done, ""}));
}

TEST_F(Scene, SaysWhatItWaitsFor) {
  startReplacing(0);
  EXPECT_THAT(decide().waitingFor, HasSubstr("prod-server-0 on vh0: stopping"));
  gone(0);
  proceed();
  facts(0).phase = Phase::booting;
  facts(0).reason = "the guest has not said that it is up";
  EXPECT_THAT(decide().waitingFor, HasSubstr("prod-server-0 on vh0: booting: the guest has not said that it is up"));
}

TEST_F(Scene, WatchesANodeForItsHealthyTimeAndBeginsAnewWhenItFlaps) {
  rollout_.pace.minHealthyTime = seconds(10);
  changes_[0].state = ChangeState::starting;
  EXPECT_THAT(decide().steps, IsEmpty());
  pass(seconds(9));
  EXPECT_THAT(decide().steps, IsEmpty());
  facts(0).phase = Phase::degraded;
  EXPECT_THAT(decide().steps, IsEmpty());
  facts(0).phase = Phase::ready;
  pass(seconds(5));
  EXPECT_EQ(decide().askAgain, now_ + seconds(10));
  pass(seconds(9));
  EXPECT_THAT(decide().steps, IsEmpty()) << "the time before the flap does not count";
  pass(seconds(1));
  const Decision decision = decide();
  ASSERT_FALSE(decision.steps.empty());
  EXPECT_EQ(decision.steps[0], (Step{0, ChangeState::done, ""}));
}

// ---- what stops a rollout ---------------------------------------------------------------------------------------

TEST_F(Scene, StopsAtANodeThatFailsWithItsReasonAndLeavesTheOthersUntouched) {
  changes_[0].state = ChangeState::starting;
  facts(0).phase = Phase::failed;
  facts(0).reason = "Ignition failed: unknown key";
  const Decision decision = proceed();
  EXPECT_THAT(decision.steps, ElementsAre(Step{0, ChangeState::failed, "Ignition failed: unknown key"}));
  ASSERT_TRUE(decision.end.has_value());
  EXPECT_EQ(decision.end->state, RolloutState::failed);
  EXPECT_EQ(decision.end->reason, "prod-server-0: Ignition failed: unknown key");
}

TEST_F(Scene, StopsAtANodeThatIsNotReadyInTime) {
  changes_[0].state = ChangeState::starting;
  facts(0).phase = Phase::booting;
  EXPECT_EQ(decide().askAgain, now_ + seconds(300));
  pass(seconds(299));
  EXPECT_FALSE(decide().end.has_value());
  pass(seconds(1));
  const Decision decision = decide();
  ASSERT_TRUE(decision.end.has_value());
  EXPECT_THAT(decision.end->reason, HasSubstr("not ready after 5m, is booting"));
}

TEST_F(Scene, GivesAnImageTimeAsLongAsItComes) {
  changes_[0].state = ChangeState::starting;
  facts(0).phase = Phase::fetching;
  for (std::uint64_t i = 1; i <= 10; ++i) {
    facts(0).fetched = i << 20;
    EXPECT_FALSE(decide().end.has_value());
    pass(seconds(200));
  }
  pass(seconds(200));
  EXPECT_TRUE(decide().end.has_value()) << "it does not come any more";
}

TEST_F(Scene, WaitsForAHostThatIsLostAndDoesNotHoldTheTimeAgainstTheNode) {
  rollout_.pace.progressDeadline = std::chrono::hours(24);
  changes_[0].state = ChangeState::starting;
  facts(0).phase.reset();
  facts_.hosts[host(0)] = HostStanding::lost;
  for (int i = 0; i < 100; ++i) {
    const Decision decision = decide();
    EXPECT_THAT(decision.steps, IsEmpty());
    EXPECT_FALSE(decision.end.has_value());
    EXPECT_THAT(decision.waitingFor, HasSubstr("host vh0 is lost"));
    pass(seconds(100));
  }
  facts_.hosts[host(0)] = HostStanding::driven;
  facts(0).phase = Phase::booting;
  EXPECT_FALSE(decide().end.has_value());
  pass(seconds(299));
  EXPECT_FALSE(decide().end.has_value());
}

TEST_F(Scene, BeginsNothingOnAHostThatIsNotDriven) {
  for (const auto standing : {HostStanding::lost, HostStanding::notHeard, HostStanding::notDriven}) {
    facts_.hosts[host(0)] = standing;
    const Decision decision = decide();
    EXPECT_THAT(decision.steps, IsEmpty());
    EXPECT_THAT(decision.waitingFor, HasSubstr("vh0"));
  }
}

TEST_F(Scene, GivesUpOnAnInstanceThatIsNotGoneInTime) {
  startReplacing(0);
  EXPECT_FALSE(proceed().end.has_value());
  pass(kStopDeadline);
  const Decision decision = decide();
  ASSERT_TRUE(decision.end.has_value());
  EXPECT_THAT(decision.end->reason, HasSubstr("not gone from its host"));
}

TEST_F(Scene, EndsAsFailedOnlyOnceWhatIsUnderWayHasEnded) {
  rollout_.pace.maxParallel = 2;
  changes_[0].state = changes_[1].state = ChangeState::starting;
  facts(0).phase = Phase::failed;
  facts(1).phase = Phase::booting;
  EXPECT_FALSE(proceed().end.has_value());
  EXPECT_THAT(decide().waitingFor, HasSubstr("prod-server-1"));
  facts(1).phase = Phase::ready;
  const Decision decision = proceed();
  EXPECT_THAT(decision.steps, ElementsAre(Step{1, ChangeState::done, ""}));
  ASSERT_TRUE(decision.end.has_value());
  EXPECT_EQ(changes_[2].state, ChangeState::waiting);
}

// ---- I4: never more down than the budget --------------------------------------------------------------------------

TEST_F(Scene, TakesNoNodeDownWhileAnotherIsDownByItself) {
  changes_.pop_back();
  for (const auto phase : {std::optional<Phase>(Phase::booting), std::optional<Phase>(Phase::degraded),
                           std::optional<Phase>(Phase::stopped), std::optional<Phase>()}) {
    facts(2).phase = phase;
    facts(2).reason = "the disk is full";
    const Decision decision = decide();
    EXPECT_THAT(decision.steps, IsEmpty());
    EXPECT_THAT(decision.waitingFor, HasSubstr("prod-server-0 is not touched while prod-server-2 is down"));
    EXPECT_THAT(decision.waitingFor, HasSubstr("the disk is full"));
  }
  facts(2).phase = Phase::ready;
  EXPECT_THAT(decide().steps, ElementsAre(Step{0, ChangeState::stopping, ""}));
}

TEST_F(Scene, TakesNoNodeDownWhileTheStackOfAnotherIsNotWell) {
  facts(2).trouble = "consul knows no leader";
  Decision decision = decide();
  EXPECT_THAT(decision.steps, IsEmpty());
  EXPECT_THAT(decision.waitingFor, HasSubstr("prod-server-0 is not touched while prod-server-2 says: consul knows no "
                                             "leader (to go on all the same: berth rollout override 1)"));
  rollout_.overridden = true;
  EXPECT_THAT(decide().steps, ElementsAre(Step{0, ChangeState::stopping, ""}));
}

TEST_F(Scene, TakesNoNodeDownWhileAnotherOneIsUneasyUnlessItsOwnStackIsWhatTheyComplainAbout) {
  facts(1).unease = facts(2).unease = "not all servers of its consul are well";
  EXPECT_THAT(decide().steps, IsEmpty()) << "somebody's is not well, and nobody knows yet whose";
  EXPECT_THAT(decide().waitingFor, HasSubstr("while prod-server-1 says: not all servers of its consul are well"));
  facts(0).trouble = "consul does not answer";
  EXPECT_THAT(decide().steps, ElementsAre(Step{0, ChangeState::stopping, ""}));
  facts(0).trouble.clear();
  rollout_.overridden = true;
  EXPECT_THAT(decide().steps, ElementsAre(Step{0, ChangeState::stopping, ""}));
}

TEST_F(Scene, ANewNodeIsNotWellBeforeItsStackIs) {
  changes_.resize(1);
  changes_[0].state = ChangeState::starting;
  facts(0).trouble = "vault is sealed";
  EXPECT_THAT(decide().waitingFor, HasSubstr("prod-server-0 on vh0: up, but vault is sealed"));
  pass(rollout_.pace.healthyDeadline);
  EXPECT_THAT(decide().steps,
              ElementsAre(Step{0, ChangeState::failed, "not ready after 5m, is up, but vault is sealed"}));
  facts(0).trouble.clear();
  EXPECT_THAT(decide().steps, ElementsAre(Step{0, ChangeState::done, ""}));
}

TEST_F(Scene, CountsNodesThatAreDownAgainstALargerBudgetToo) {
  rollout_.pace.maxParallel = 2;
  for (auto& change : changes_) change.wave = 0;
  facts(2).phase = Phase::stopped;
  changes_.pop_back();  // the node that is down has no change of its own
  EXPECT_THAT(decide().steps, ElementsAre(Step{0, ChangeState::stopping, ""})) << "one down and one taken are two";
}

TEST_F(Scene, MendsANodeThatIsDownBeforeItsTurnSinceThatTakesNothingDown) {
  facts(2).phase = Phase::failed;
  EXPECT_THAT(decide().steps, ElementsAre(Step{2, ChangeState::stopping, ""}));
}

TEST_F(Scene, DestroysANodeThatIsDownBeforeItsTurnSinceTheOthersWouldWaitForItForEver) {
  changes_.back().action = Action::destroy;
  facts(2).phase = Phase::booting;
  EXPECT_THAT(proceed().steps, ElementsAre(Step{2, ChangeState::stopping, ""}));
}

TEST_F(Scene, DestroysWhoStandsInAfterTheOthersEvenWhileItIsDownOrNotThereYet) {
  add(Action::create, 3, 0).target.standsIn = true;
  add(Action::destroy, 3, 3).target.standsIn = true;
  facts_.hosts[host(3)] = HostStanding::driven;
  for (std::uint32_t i = 0; i < 3; ++i) ++changes_[i].wave;
  changes_.back().wave = 4;
  EXPECT_THAT(proceed().steps, ElementsAre(Step{3, ChangeState::starting, ""}));
  facts_.nodes[node(3)] = ready(3);
  facts(3).phase = Phase::booting;
  EXPECT_THAT(proceed().steps, IsEmpty());
  facts(3).phase = Phase::ready;
  EXPECT_THAT(proceed().steps, ElementsAre(Step{3, ChangeState::done, ""}, Step{0, ChangeState::stopping, ""}));
  facts(0).condemned = true;
  facts(3).phase = Phase::stopped;
  EXPECT_THAT(proceed().steps, IsEmpty()) << "nothing is gained by taking it away";
  gone(0);
  proceed();
  facts(0).phase = Phase::ready;
  EXPECT_THAT(proceed().steps, ElementsAre(Step{0, ChangeState::done, ""}));
  EXPECT_THAT(decide().waitingFor, HasSubstr("prod-server-1 is not touched while prod-server-3 is down"));
  facts(3).phase = Phase::ready;
  for (std::uint32_t i = 0; i < 3; ++i) changes_[i].state = ChangeState::done;
  EXPECT_THAT(proceed().steps, ElementsAre(Step{4, ChangeState::stopping, ""}));
}

TEST_F(Scene, RestartsANodeThatWasStoppedByHandOnlyOnceItsHostHasReadTheOrder) {
  changes_.resize(1);
  changes_[0].action = Action::restart;
  facts(0).phase = Phase::stopped;
  facts(0).left = message::Drift::alert;
  EXPECT_THAT(proceed().steps, ElementsAre(Step{0, ChangeState::stopping, ""}));
  EXPECT_THAT(proceed().steps, IsEmpty()) << "else it would be on again before anybody saw it off";
  facts(0).left = message::Drift::heal;
  EXPECT_THAT(proceed().steps, ElementsAre(Step{0, ChangeState::starting, ""}));
}

TEST_F(Scene, TouchesNoFrozenNodeThatNobodyNamed) {
  facts(0).phase = Phase::stopped;
  facts(0).left = message::Drift::freeze;
  facts(0).reason = "somebody on the host cut its power";
  EXPECT_THAT(decide().steps, IsEmpty());
  EXPECT_THAT(decide().waitingFor, HasSubstr("prod-server-0 is frozen: somebody on the host cut its power"));
  changes_[0].thaws = true;
  EXPECT_THAT(decide().steps, ElementsAre(Step{0, ChangeState::stopping, ""}));
  changes_[0].thaws = false;
  facts(0).fenced = true;
  EXPECT_THAT(decide().steps, ElementsAre(Step{0, ChangeState::stopping, ""})) << "with its host it is lost anyway";
}

TEST_F(Scene, DoesNotMendOutOfTurnWhatItCannotReach) {
  facts(2).phase.reset();
  facts_.hosts[host(2)] = HostStanding::lost;
  const Decision decision = decide();
  EXPECT_THAT(decision.steps, IsEmpty()) << "nor does it touch others while that one is unknown";
  EXPECT_THAT(decision.waitingFor, HasSubstr("prod-server-2 is down (unknown"));
}

TEST_F(Scene, TakesNoNodeThatMayBeUpForOneThatIsDown_I4) {
  facts(1).phase.reset();  // Its host has said Hello and not yet reported.
  facts(2).phase = Phase::booting;
  const Decision decision = decide();
  EXPECT_THAT(decision.steps, ElementsAre(Step{2, ChangeState::stopping, ""})) << "that one alone is known to be down";
  changes_.erase(changes_.begin() + 2);
  EXPECT_THAT(decide().steps, IsEmpty());
  EXPECT_THAT(decide().waitingFor, HasSubstr("is not touched while prod-server-"));
}

TEST_F(Scene, LeavesOtherPoolsOutOfTheCount) {
  facts(2).pool = *PoolName::parse("client");
  facts(2).phase = Phase::stopped;
  changes_.pop_back();
  EXPECT_THAT(decide().steps, ElementsAre(Step{0, ChangeState::stopping, ""}));
}

TEST_F(Scene, GivesUpAfterALongTimeWithoutProgressBecauseOfANodeThatIsNotItsOwn) {
  changes_.pop_back();
  facts(2).phase = Phase::stopped;
  EXPECT_FALSE(decide().end.has_value());
  EXPECT_EQ(decide().deadline, now_ + rollout_.pace.progressDeadline);
  pass(rollout_.pace.progressDeadline - seconds(1));
  EXPECT_FALSE(decide().end.has_value());
  pass(seconds(1));
  const Decision decision = decide();
  ASSERT_TRUE(decision.end.has_value());
  EXPECT_THAT(decision.end->reason, HasSubstr("no progress for 30m: prod-server-0 is not touched"));
}

TEST_F(Scene, GivesUpOnAHostThatDoesNotComeBack) {
  startReplacing(0);
  facts_.hosts[host(0)] = HostStanding::lost;
  EXPECT_THAT(decide().waitingFor, HasSubstr("host vh0 is lost"));
  pass(rollout_.pace.progressDeadline);
  const Decision decision = decide();
  ASSERT_TRUE(decision.end.has_value());
  EXPECT_EQ(decision.end->reason, "no progress for 30m: prod-server-0: host vh0 is lost");
}

TEST_F(Scene, KeepsTheFirstFailureInMindWhenWhatIsUnderWayDoesNotEnd) {
  rollout_.pace.maxParallel = 2;
  changes_[0].state = ChangeState::failed;
  changes_[0].reason = "Ignition failed";
  changes_[1].state = ChangeState::stopping;
  facts(1).condemned = true;
  facts(1).condemnedOn = host(1);
  facts_.hosts[host(1)] = HostStanding::lost;
  EXPECT_FALSE(decide().end.has_value());
  pass(rollout_.pace.progressDeadline);
  EXPECT_THAT(decide().end->reason, HasSubstr("prod-server-0: Ignition failed; and no progress for 30m"));
}

// ---- pauses, canaries, pauses between waves ------------------------------------------------------------------------

TEST_F(Scene, BeginsNothingWhilePausedAndFollowsWhatIsUnderWay) {
  startReplacing(0);
  rollout_.state = RolloutState::paused;
  rollout_.reason = "paused by operator alice";
  gone(0);
  EXPECT_THAT(proceed().steps, ElementsAre(Step{0, ChangeState::starting, ""}));
  facts(0).phase = Phase::ready;
  EXPECT_THAT(proceed().steps, ElementsAre(Step{0, ChangeState::done, ""}));
  const Decision decision = decide();
  EXPECT_THAT(decision.steps, IsEmpty());
  EXPECT_THAT(decision.waitingFor, "paused by operator alice; to go on: berth rollout resume 1");
  pass(2 * rollout_.pace.progressDeadline);
  EXPECT_FALSE(decide().end.has_value()) << "a pause lasts as long as a person wants";
  rollout_.state = RolloutState::running;
  EXPECT_THAT(proceed().steps, ElementsAre(Step{1, ChangeState::stopping, ""}));
}

TEST_F(Scene, WaitsForAPersonBehindItsCanaries) {
  rollout_.pace.canaryWaves = 1;
  changes_[0].state = ChangeState::done;
  const Decision decision = decide();
  EXPECT_THAT(decision.steps, IsEmpty());
  EXPECT_FALSE(decision.promotes);
  EXPECT_THAT(decision.waitingFor, HasSubstr("berth rollout promote 1"));
  pass(2 * rollout_.pace.progressDeadline);
  EXPECT_FALSE(decide().end.has_value()) << "it is for a person to judge, however long that takes";
  rollout_.promoted = true;
  EXPECT_THAT(decide().steps, ElementsAre(Step{1, ChangeState::stopping, ""}));
}

TEST_F(Scene, MendsNoNodeBehindTheCanariesWithWhatIsNotProvedYet) {
  rollout_.pace.canaryWaves = 1;
  facts(2).phase = Phase::failed;
  EXPECT_THAT(decide().steps, IsEmpty()) << "the canary would be the second that is down";
  facts(2).phase = Phase::ready;
  EXPECT_THAT(decide().steps, ElementsAre(Step{0, ChangeState::stopping, ""}));
}

TEST_F(Scene, PromotesByItselfOnceAllCanariesAreReady) {
  rollout_.pace.canaryWaves = 1;
  rollout_.pace.autoPromote = true;
  EXPECT_FALSE(decide().promotes) << "the canary has not begun";
  changes_[0].state = ChangeState::done;
  facts(0).phase = Phase::degraded;
  EXPECT_FALSE(decide().promotes);
  EXPECT_THAT(decide().waitingFor, "canary prod-server-0 is not ready any more");
  facts(0).phase = Phase::ready;
  facts(0).trouble = "vault is sealed";
  EXPECT_FALSE(decide().promotes);
  rollout_.overridden = true;
  const Decision decision = decide();
  EXPECT_TRUE(decision.promotes);
  EXPECT_THAT(decision.steps, ElementsAre(Step{1, ChangeState::stopping, ""}));
}

TEST_F(Scene, PausesBetweenWavesAsLongAsItIsTold) {
  rollout_.pace.stagger = seconds(60);
  startReplacing(0);
  gone(0);
  proceed();
  facts(0).phase = Phase::ready;
  EXPECT_THAT(proceed().steps, ElementsAre(Step{0, ChangeState::done, ""}));
  EXPECT_THAT(decide().steps, IsEmpty());
  EXPECT_EQ(decide().askAgain, now_ + seconds(60));
  EXPECT_THAT(decide().waitingFor, "the next wave begins 1m after the last one");
  pass(seconds(60));
  EXPECT_THAT(decide().steps, ElementsAre(Step{1, ChangeState::stopping, ""}));
}

// ---- creates and destroys ------------------------------------------------------------------------------------------

TEST_F(Scene, CreatesTheNodesOfAWaveTogetherAndTheNextWaveAfterThem) {
  changes_.clear();
  facts_.nodes.clear();
  add(Action::create, 0, 0);
  add(Action::create, 1, 0);
  add(Action::create, 2, 1);
  EXPECT_THAT(proceed().steps, ElementsAre(Step{0, ChangeState::starting, ""}, Step{1, ChangeState::starting, ""}));
  facts_.nodes[node(0)] = ready(0);
  facts_.nodes[node(1)] = ready(1);
  facts(1).phase = Phase::booting;
  EXPECT_THAT(proceed().steps, ElementsAre(Step{0, ChangeState::done, ""}));
  facts(1).phase = Phase::ready;
  EXPECT_THAT(proceed().steps, ElementsAre(Step{1, ChangeState::done, ""}, Step{2, ChangeState::starting, ""}));
}

TEST_F(Scene, DestroysAWholeClusterAtOnceWhateverItsHealthAndHosts) {
  rollout_.kind = store::RolloutKind::destroy;
  for (auto& change : changes_) change.action = Action::destroy;
  facts(1).phase = Phase::failed;
  facts_.hosts[host(2)] = HostStanding::lost;
  EXPECT_EQ(proceed().steps.size(), 3u);
  for (std::uint32_t i = 0; i < 3; ++i) {
    NodeFacts& gone = facts_.nodes[node(i)] = {};
    gone.condemned = true;
    gone.condemnedOn = host(i);
  }
  pass(seconds(100000));
  const Decision waiting = proceed();
  EXPECT_FALSE(waiting.end.has_value()) << "there is nothing to protect by giving up";
  EXPECT_THAT(waiting.waitingFor, HasSubstr("host vh2 is lost"));
  facts_.nodes.clear();
  EXPECT_EQ(proceed().end, (End{RolloutState::done, ""}));
}

TEST_F(Scene, ShrinksAPoolOnlyWhileTheOthersAreUp) {
  changes_.clear();
  add(Action::destroy, 2, 0);
  facts(0).phase = Phase::booting;
  EXPECT_THAT(decide().steps, IsEmpty());
  facts(0).phase = Phase::ready;
  EXPECT_THAT(decide().steps, ElementsAre(Step{0, ChangeState::stopping, ""}));
}

TEST_F(Scene, WithNothingToDoIsDone) {
  changes_.clear();
  EXPECT_EQ(decide().end, (End{RolloutState::done, ""}));
}

TEST_F(Scene, WaitsForAnInstanceLeftOverFromASupersededRollout) {
  changes_.clear();
  add(Action::create, 0, 0).state = ChangeState::starting;
  facts(0).condemned = true;
  facts(0).phase.reset();
  pass(seconds(1000));
  const Decision decision = decide();
  EXPECT_FALSE(decision.end.has_value());
  EXPECT_THAT(decision.waitingFor, HasSubstr("an older instance of it is being removed"));
}

TEST_F(Scene, TakesNoNodeDownForWhichTheFleetHasNoRoom_I4) {
  rollout_.pace.maxParallel = 3;
  for (auto& change : changes_) change.wave = 0;
  facts_.room = 0;
  const Decision none = decide();
  EXPECT_THAT(none.steps, IsEmpty());
  EXPECT_TRUE(none.wantsRoom);
  EXPECT_THAT(none.waitingFor, HasSubstr("prod-server-0: waits until the fleet's disruption budget has room"));
  EXPECT_EQ(none.deadline, std::nullopt) << "whoever has the room gives it up in time";

  facts_.room = 2;
  const Decision two = decide();
  EXPECT_EQ(two.steps.size(), 2u);
  EXPECT_TRUE(two.wantsRoom);
  facts_.room = 3;
  EXPECT_FALSE(decide().wantsRoom);
}

TEST_F(Scene, MendsANodeThatIsDownWithoutAnyRoom) {
  facts_.room = 0;
  facts(2).phase = Phase::stopped;
  EXPECT_THAT(decide().steps, ElementsAre(Step{2, ChangeState::stopping, ""}));
}

TEST_F(Scene, keepsTheMajorityOfAQuorumPoolWhateverMaxParallelSays_I4) {
  rollout_.pace.maxParallel = 3;
  rollout_.pace.quorum = {*PoolName::parse("server")};
  for (auto& change : changes_) change.wave = 0;
  startReplacing(0);
  EXPECT_THAT(proceed().steps, IsEmpty()) << "two of three must be up";
}

TEST_F(Scene, changesAPairOneByOneThoughItHasNoMajorityToSpare) {
  rollout_.pace.maxParallel = 3;
  rollout_.pace.quorum = {*PoolName::parse("server")};
  facts_.nodes.erase(node(2));
  changes_.pop_back();
  for (auto& change : changes_) change.wave = 0;
  EXPECT_THAT(proceed().steps, ElementsAre(Step{0, ChangeState::stopping, ""}));
}

// ---- volumes that follow their node
// ----------------------------------------------------------------------------------

class ACopy : public Scene {
protected:
  ACopy() {
    startReplacing(0);
    gone(0);
    facts(0).awaitsVolumes = true;
    facts(0).host = host(1);
    facts(0).moving = fleet::Moving{host(0), 0, 0, 100u << 20, {}};
    changes_[0].target.host = host(1);
    EXPECT_THAT(proceed().steps, ElementsAre(Step{0, ChangeState::copying, ""}));
  }
};

TEST_F(ACopy, ComesBetweenStopAndStart) {
  EXPECT_TRUE(isLegal(Action::replace, ChangeState::stopping, ChangeState::copying));
  EXPECT_FALSE(isLegal(Action::create, ChangeState::waiting, ChangeState::copying));
  EXPECT_THAT(proceed().steps, IsEmpty());
  EXPECT_EQ(proceed().waitingFor, "prod-server-0 on vh1: copying 0.0 of 0.1 GiB from vh0");
  facts(0).awaitsVolumes = false;
  facts(0).moving.reset();
  EXPECT_THAT(proceed().steps, ElementsAre(Step{0, ChangeState::starting, ""}));
}

TEST_F(ACopy, MayTakeAsLongAsItGetsOn) {
  for (std::uint64_t i = 1; i < 50; ++i) {
    pass(seconds(200));
    facts(0).moving->copied = i << 20;
    EXPECT_THAT(proceed().steps, IsEmpty());
  }
  for (std::uint64_t i = 1; i < 50; ++i) {
    pass(seconds(200));
    facts(0).moving->compared = i << 20;
    EXPECT_THAT(proceed().steps, IsEmpty()) << "comparing is progress as well";
  }
}

TEST_F(ACopy, ThatDoesNotGetOnFailsAndSaysWhy) {
  facts(0).moving->failure = "host vh0 does not answer";
  EXPECT_THAT(proceed().steps, IsEmpty());
  pass(seconds(301));
  const Decision decision = proceed();
  ASSERT_EQ(decision.steps.size(), 1u);
  EXPECT_EQ(decision.steps[0].to, ChangeState::failed);
  EXPECT_THAT(decision.steps[0].reason, HasSubstr("did not get on for 5m: copying 0.0 of 0.1 GiB from vh0; host vh0 "
                                                  "does not answer"));
  ASSERT_TRUE(decision.end);
  EXPECT_EQ(decision.end->state, RolloutState::failed);
}

TEST_F(ACopy, WaitsForEitherHostWithoutAnyHurry) {
  facts_.hosts[host(0)] = HostStanding::lost;
  EXPECT_EQ(proceed().waitingFor, "prod-server-0: host vh0 is lost");
  pass(seconds(400));
  EXPECT_THAT(proceed().steps, IsEmpty()) << "its clock stands still";
}

}  // namespace
}  // namespace berth::rollout
