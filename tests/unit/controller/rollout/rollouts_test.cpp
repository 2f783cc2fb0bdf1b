// SPDX-License-Identifier: Apache-2.0
//
// Rollouts of several clusters beside each other, over a real ledger and fleet: what they share.
#include "controller/rollout/rollouts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/controller/store/records_for_tests.h"

namespace berth::rollout {
namespace {

using namespace std::chrono_literals;
using message::ChangeState;
using testing::HasSubstr;

/// Two clusters of four ready nodes each, all on one host.
class TwoClusters : public testing::Test {
protected:
  explicit TwoClusters(std::optional<Budget> budget = Budget{Budget::Of::count, 1})
      : ledger_(snapshot()), fleet_(ledger_, {2s, 10s}, now_), rollouts_(ledger_, fleet_, {}, {}, {}, budget) {
    message::Hello hello;
    hello.bootId = "1";
    say(hello);
    for (const char* cluster : {"a", "b"}) {
      for (const char* index : {"0", "1", "2", "3"}) add(cluster, index);
    }
    report();
  }

  static HostName host() { return *HostName::parse("vh1"); }
  static store::Snapshot snapshot() {
    store::Snapshot all;
    all.fleet = store::test::kFleet;
    all.epoch = Epoch(5);
    auto& record = all.hosts.emplace_back();
    record.name = host();
    record.key = store::test::keyOf(1);
    return all;
  }

  void add(const std::string& cluster, const std::string& index) {
    store::NodeRecord record = store::test::node(cluster + "-server-" + index, "spec", 1);
    record.cluster = *ClusterName::parse(cluster);
    record.pool = *PoolName::parse("server");
    record.host = host();
    record.retired.reset();
    record.instance = ledger_.instanceOf(record);
    ledger_.put(std::move(record));
  }
  fleet::Moment moment() { return {now_, 1000}; }
  void say(const message::FromAgent& body) {
    fleet::Outbox outbox;
    fleet_.hear(host(), {1, Epoch(5), Sequence(), 0}, body, moment(), outbox);
  }
  /// Everything is as it should be on the host: old instances are gone, new ones are ready.
  void report() {
    message::Status status;
    status.sequence = Sequence(++sequence_);
    status.extent = message::Status::Extent::full;
    const auto add = [&](message::InstanceId instance, message::Phase phase) {
      auto& each = status.instances.emplace_back();
      each.instance = std::move(instance);
      each.phase = phase;
    };
    for (const auto& [name, record] : ledger_.nodes()) add(record.id(), message::Phase::ready);
    for (const auto& [uuid, tombstone] : ledger_.tombstones()) add(tombstone.instance(), message::Phase::gone);
    say(status);
  }

  /// Replaces all nodes of a cluster, at once if it may.
  RolloutId replaceAll(const std::string& cluster) {
    store::RolloutRecord rollout;
    rollout.cluster = *ClusterName::parse(cluster);
    rollout.pace.maxParallel = 4;
    std::vector<store::ChangeRecord> changes;
    for (const auto* node : ledger_.nodesOf(rollout.cluster)) {
      auto& change = changes.emplace_back();
      change.action = message::Action::replace;
      change.target = *node;
    }
    return rollouts_.begin(std::move(rollout), std::move(changes), moment());
  }

  [[nodiscard]] std::size_t inFlight() const {
    std::size_t count = 0;
    for (const char* cluster : {"a", "b"}) {
      const auto* rollout = rollouts_.running(*ClusterName::parse(cluster));
      if (rollout == nullptr) continue;
      for (const auto& change : *rollouts_.changesOf(rollout->id)) {
        const bool isFlying = change.state == ChangeState::stopping || change.state == ChangeState::starting;
        count += isFlying ? 1u : 0u;
      }
    }
    return count;
  }
  [[nodiscard]] bool isUnderWay(const char* cluster) const {
    return rollouts_.running(*ClusterName::parse(cluster)) != nullptr;
  }
  [[nodiscard]] std::size_t doneOf(RolloutId id) const {
    const auto* changes = rollouts_.changesOf(id);
    if (changes == nullptr) return 4;
    return static_cast<std::size_t>(std::ranges::count(*changes, ChangeState::done, &store::ChangeRecord::state));
  }

  TimePoint now_{1000s};
  std::uint64_t sequence_ = 0;
  fleet::Ledger ledger_;
  fleet::Fleet fleet_;
  Rollouts rollouts_;
};

TEST_F(TwoClusters, ShareTheFleetsBudgetAndTakeTurns) {
  const RolloutId a = replaceAll("a");
  const RolloutId b = replaceAll("b");
  for (int turn = 0; turn < 80 && (isUnderWay("a") || isUnderWay("b")); ++turn) {
    now_ += 1s;
    rollouts_.advance(moment());
    ASSERT_LE(inFlight(), 1u);
    const auto of = [&](RolloutId id) { return static_cast<int>(doneOf(id)); };
    EXPECT_LE(std::abs(of(a) - of(b)), 2) << "one of them has to wait for all of the other";
    report();
  }
  EXPECT_FALSE(isUnderWay("a"));
  EXPECT_FALSE(isUnderWay("b"));
}

TEST_F(TwoClusters, SayThatTheyWaitForRoom) {
  (void)replaceAll("a");
  const RolloutId b = replaceAll("b");
  rollouts_.advance(moment());
  EXPECT_THAT(rollouts_.waitingFor(b), HasSubstr("the fleet's disruption budget"));
}

TEST_F(TwoClusters, KeepNoRoomForOneThatIsPaused) {
  (void)replaceAll("a");
  const RolloutId b = replaceAll("b");
  rollouts_.advance(moment());
  ASSERT_EQ(rollouts_.steer(*ClusterName::parse("b"), message::request::SteerRollout::Verb::pause, "alice", moment()),
            std::nullopt);
  for (int turn = 0; turn < 80 && isUnderWay("a"); ++turn) {
    now_ += 1s;
    rollouts_.advance(moment());
    report();
  }
  EXPECT_FALSE(isUnderWay("a"));
  EXPECT_EQ(doneOf(b), 0u);
}

/// The same, of clusters whose nodes ask before they reboot.
class Rebooting : public TwoClusters {
protected:
  explicit Rebooting(std::size_t budget = 2) : TwoClusters(Budget{Budget::Of::count, std::uint32_t(budget)}) {
    for (const char* cluster : {"a", "b"}) {
      store::ClusterRecord record;
      record.name = *ClusterName::parse(cluster);
      record.reboots = store::RebootPolicy{.maxParallel = 2, .minHealthyTime = 10s};
      ledger_.put(std::move(record));
    }
  }
  static NodeName named(const std::string& name) { return *NodeName::parse(name); }
  LockVerdict ask(const std::string& node, const std::string& closed = {}) {
    now_ += 2s;
    return rollouts_.mayReboot({named(node), "workers", closed}, moment());
  }
  LockVerdict steady(const std::string& node) { return rollouts_.locks().steady(named(node), moment()); }
  [[nodiscard]] bool holds(const std::string& node) const { return ledger_.locks().contains(named(node)); }
  /// The host says this of one node.
  void say(const std::string& node, message::Phase phase, const std::string& boot,
           std::vector<message::ToolStatus> tools = {}) {
    message::Status status;
    status.sequence = Sequence(++sequence_);
    auto& each = status.instances.emplace_back();
    each.instance = ledger_.node(named(node))->id();
    each.phase = phase;
    each.bootId = boot;
    each.tools = std::move(tools);
    TwoClusters::say(status);
    rollouts_.advance(moment());
  }
  void pass(std::chrono::seconds time) {
    // The host goes on to be heard meanwhile.
    for (const TimePoint end = now_ + time; now_ < end;) {
      now_ += 2s;
      TwoClusters::say(message::Heartbeat{});
      fleet_.tick(moment());
      rollouts_.advance(moment());
    }
  }
};

TEST_F(Rebooting, MayAsManyAsTheBudgetHasRoomForAndEachOnceMore) {
  EXPECT_TRUE(ask("a-server-0").isGranted());
  EXPECT_TRUE(ask("b-server-0").isGranted());
  EXPECT_TRUE(ask("a-server-0").isGranted()) << "who has it gets it again";
  const LockVerdict refused = ask("b-server-1");
  EXPECT_EQ(refused.kind, LockVerdict::Kind::budgetFull);
  EXPECT_EQ(refused.text, "budget: a-server-0, b-server-0 are down (2 of 2)");
  EXPECT_EQ(wordOf(refused.kind), "failed_lock_semaphore_full");
}

TEST_F(Rebooting, CountsAsDownUntilItHasBeenWellForAWhile) {
  say("a-server-0", message::Phase::ready, "one");
  ASSERT_TRUE(ask("a-server-0").isGranted());
  say("a-server-0", message::Phase::booting, "one");
  EXPECT_EQ(steady("a-server-0").kind, LockVerdict::Kind::nodeNotReady) << "the next update waits until it is well";
  say("a-server-0", message::Phase::ready, "two");
  EXPECT_TRUE(steady("a-server-0").isGranted());
  pass(8s);
  EXPECT_TRUE(holds("a-server-0"));
  pass(4s);
  EXPECT_FALSE(holds("a-server-0"));
  EXPECT_TRUE(steady("a-server-0").isGranted()) << "who has none may say so all the same";
}

TEST_F(Rebooting, ThatNobodySawEndsSomeTimeAfterTheNodeHasSaidThatItIsUp) {
  ASSERT_TRUE(ask("a-server-0").isGranted());
  EXPECT_TRUE(steady("a-server-0").isGranted());
  pass(100s);
  EXPECT_TRUE(holds("a-server-0")) << "what was reported may be from before it went down";
  pass(30s);
  EXPECT_FALSE(holds("a-server-0"));
}

TEST_F(Rebooting, LeavesAlonePoolsThatHaveAsManyDownAsMayBe) {
  say("a-server-1", message::Phase::failed, "one");
  ASSERT_TRUE(ask("a-server-0").isGranted());
  const LockVerdict refused = ask("a-server-2");
  EXPECT_EQ(refused.kind, LockVerdict::Kind::poolBusy);
  EXPECT_EQ(refused.text, "pool server: a-server-0, a-server-1 are down (2 of 2)");
  EXPECT_EQ(ask("a-server-1").kind, LockVerdict::Kind::nodeNotReady);
}

TEST_F(Rebooting, KeepsTheMajorityOfAPoolThatLivesByIt) {
  store::ClusterRecord record = *ledger_.cluster(*ClusterName::parse("a"));
  record.reboots->quorum.insert(*PoolName::parse("server"));
  ledger_.put(std::move(record));
  ASSERT_TRUE(ask("a-server-0").isGranted());
  EXPECT_EQ(ask("a-server-1").kind, LockVerdict::Kind::poolBusy);
}

TEST_F(Rebooting, IsRefusedOutsideOfWindowsAndWhereTheSpecDoesNotSaySo) {
  EXPECT_EQ(ask("a-server-0", "no window is open").text, "no window is open");
  store::ClusterRecord record = *ledger_.cluster(*ClusterName::parse("a"));
  record.reboots.reset();
  ledger_.put(std::move(record));
  EXPECT_EQ(ask("a-server-0").kind, LockVerdict::Kind::notConfigured);
}

TEST_F(Rebooting, AndRolloutsWaitForEachOther) {
  ASSERT_TRUE(ask("a-server-0").isGranted());
  ASSERT_TRUE(ask("b-server-0").isGranted());
  const RolloutId a = replaceAll("a");
  rollouts_.advance(moment());
  EXPECT_EQ(inFlight(), 1u) << "a node that may reboot takes nothing further down";
  EXPECT_FALSE(holds("a-server-0")) << "its lock has become the change's room";
  EXPECT_EQ(ask("a-server-1").kind, LockVerdict::Kind::budgetFull);
  EXPECT_EQ(ask("a-server-0").kind, LockVerdict::Kind::nodeChanging);
  (void)rollouts_.locks().release(named("b-server-0"), "a test", moment());
  EXPECT_TRUE(inFlight() == 1u && doneOf(a) == 0u);
}

class RebootingOneByOne : public Rebooting {
protected:
  RebootingOneByOne() : Rebooting(1) {}
};

TEST_F(RebootingOneByOne, HasItsTurnThoughARolloutAlwaysWantsMore) {
  (void)replaceAll("a");
  rollouts_.advance(moment());
  ASSERT_EQ(inFlight(), 1u);
  ASSERT_EQ(ask("b-server-0").kind, LockVerdict::Kind::budgetFull);
  bool granted = false;
  for (int turn = 0; turn < 40 && !granted && isUnderWay("a"); ++turn) {
    report();
    now_ += 2s;
    rollouts_.advance(moment());
    ASSERT_LE(inFlight() + ledger_.locks().size(), 1u);
    if (turn % 2 == 1) granted = ask("b-server-0").isGranted();
  }
  EXPECT_TRUE(granted);
  EXPECT_TRUE(isUnderWay("a")) << "it did not have to wait for all of the rollout";
}

TEST_F(Rebooting, WhoDoesNotComeBackIsNoMoreThanAnyOtherNodeThatIsDown) {
  say("a-server-0", message::Phase::ready, "one");
  ASSERT_TRUE(ask("a-server-0").isGranted());
  ASSERT_TRUE(ask("b-server-0").isGranted());
  say("a-server-0", message::Phase::failed, "one");
  pass(25min);
  EXPECT_TRUE(holds("a-server-0"));
  pass(6min);
  EXPECT_FALSE(holds("a-server-0"));
  EXPECT_TRUE(holds("b-server-0")) << "it is up, and may still reboot";
  EXPECT_TRUE(ask("b-server-1").isGranted());
}

TEST_F(Rebooting, WhoIsBackAndNeverSaidSoIsLetGoInTheEnd) {
  say("a-server-0", message::Phase::ready, "one");
  ASSERT_TRUE(ask("a-server-0").isGranted());
  say("a-server-0", message::Phase::ready, "two");
  pass(25min);
  EXPECT_TRUE(holds("a-server-0"));
  pass(6min);
  EXPECT_FALSE(holds("a-server-0"));
}

TEST_F(Rebooting, WaitsForTheStackOfItsPoolAndForItsOwnAfterwards) {
  const std::vector<message::ToolStatus> sick{{.state = message::ToolStatus::State::noLeader}};
  say("a-server-0", message::Phase::ready, "one", sick);
  const LockVerdict own = ask("a-server-0");
  EXPECT_EQ(own.kind, LockVerdict::Kind::nodeNotReady);
  EXPECT_EQ(own.text, "a-server-0 itself is ready, but consul knows no leader");
  say("a-server-2", message::Phase::ready, "one", {{.state = message::ToolStatus::State::degraded}});
  EXPECT_EQ(ask("a-server-1").kind, LockVerdict::Kind::poolBusy) << "two that are not whole, and two may be down";
  say("a-server-0", message::Phase::ready, "one");
  ASSERT_TRUE(ask("a-server-1").isGranted());
  say("a-server-1", message::Phase::ready, "two", sick);
  EXPECT_EQ(steady("a-server-1").kind, LockVerdict::Kind::nodeNotReady);
  pass(12s);
  EXPECT_TRUE(holds("a-server-1"));
}

TEST_F(Rebooting, LocksGoWithTheInstanceThatAsked) {
  ASSERT_TRUE(ask("a-server-0").isGranted());
  ledger_.condemn(named("a-server-0"));
  EXPECT_FALSE(holds("a-server-0"));
}

TEST_F(Rebooting, WhoHasStoppedAskingIsForgotten) {
  ASSERT_TRUE(ask("a-server-0").isGranted());
  ASSERT_TRUE(ask("a-server-1").isGranted());
  ASSERT_FALSE(ask("b-server-0").isGranted());
  EXPECT_EQ(rollouts_.locks().waiting().size(), 1u);
  pass(17min);
  EXPECT_TRUE(rollouts_.locks().waiting().empty());
}

class WithoutABudget : public TwoClusters {
protected:
  WithoutABudget() : TwoClusters(std::nullopt) {}
};

TEST_F(WithoutABudget, EachGoesAsFastAsItsOwnSpecSays) {
  (void)replaceAll("a");
  (void)replaceAll("b");
  rollouts_.advance(moment());
  EXPECT_EQ(inFlight(), 8u);
}

/// What becomes of the root disk of a-server-0, whose instances are made of the specs that a test names.
class KeptDisks : public WithoutABudget {
protected:
  static inline const NodeName kNode = *NodeName::parse("a-server-0");

  [[nodiscard]] const store::NodeRecord& node() { return *ledger_.node(kNode); }
  void begin(const std::string& spec, bool keeps = true, const std::string& onHost = "vh1") {
    store::RolloutRecord rollout;
    rollout.cluster = *ClusterName::parse("a");
    rollout.pace.keepOldDisk = keeps;
    rollout.pace.minHealthyTime = 10s;
    store::ChangeRecord change;
    change.action = message::Action::replace;
    change.target = node();
    change.target.retired.reset();
    change.target.spec = Digest::of(spec);
    change.target.host = *HostName::parse(onHost);
    (void)rollouts_.begin(std::move(rollout), {change}, moment());
    rollouts_.advance(moment());
  }
  void pass(std::chrono::seconds time) {
    now_ += time;
    rollouts_.advance(moment());
  }
  /// Its instance is there and does not get well.
  void reportBooting() {
    message::Status status;
    status.sequence = Sequence(++sequence_);
    status.extent = message::Status::Extent::full;
    for (const auto& [name, record] : ledger_.nodes()) {
      auto& each = status.instances.emplace_back();
      each.instance = record.id();
      each.phase = name == kNode ? message::Phase::booting : message::Phase::ready;
    }
    for (const auto& [uuid, tombstone] : ledger_.tombstones()) {
      auto& each = status.instances.emplace_back();
      each.instance = tombstone.instance();
      each.phase = message::Phase::gone;
    }
    say(status);
    rollouts_.advance(moment());
  }
  using Retired = store::NodeRecord::Retired;
};

TEST_F(KeptDisks, TheDiskOfAReadyInstanceIsKeptUntilItsSuccessorHasProvedItself) {
  const auto before = node();
  begin("two");
  EXPECT_EQ(node().retired, (Retired{before.instance, before.spec}));
  report();
  pass(1s);
  EXPECT_TRUE(node().retired) << "it is ready, but not for long enough";
  pass(10s);
  EXPECT_FALSE(isUnderWay("a"));
  EXPECT_EQ(node().retired, std::nullopt);
}

TEST_F(KeptDisks, ANodeThatGoesBackIsMadeFromIt) {
  const auto before = node();
  begin("two");
  reportBooting();
  begin("spec");
  EXPECT_EQ(node().retired, (Retired{before.instance, before.spec, true}));
  EXPECT_NE(node().instance, before.instance) << "it is another incarnation all the same";
  report();
  pass(1s);
  pass(10s);
  EXPECT_EQ(node().retired, std::nullopt);
}

TEST_F(KeptDisks, TheLastGoodOneIsKeptWhileOthersFail) {
  const auto before = node();
  begin("two");
  reportBooting();
  begin("three");
  EXPECT_EQ(node().retired, (Retired{before.instance, before.spec}));
  reportBooting();
  begin("spec");
  EXPECT_EQ(node().retired, (Retired{before.instance, before.spec, true}));
}

TEST_F(KeptDisks, WhoeverAsksForTheSameMachineOnceMoreGetsANewOne) {
  begin("spec");
  EXPECT_EQ(node().retired, std::nullopt) << "there is nothing to go back to";
  report();
  pass(11s);
  const auto before = node();
  begin("two");
  reportBooting();
  begin("spec");
  reportBooting();
  begin("spec");
  EXPECT_EQ(node().retired, (Retired{before.instance, before.spec})) << "the one that was revived is no good either";
}

TEST_F(KeptDisks, OnlyWhatWasReadyIsWorthGoingBackTo) {
  reportBooting();
  begin("two");
  EXPECT_EQ(node().retired, std::nullopt);
}

TEST_F(KeptDisks, NoneIsKeptWhereTheSpecSaysSoOrTheNodeMoves) {
  begin("two", false);
  EXPECT_EQ(node().retired, std::nullopt);
  report();
  pass(1s);
  pass(10s);
  begin("three", true, "vh2");
  EXPECT_EQ(node().retired, std::nullopt);
}

TEST_F(KeptDisks, ARolloutThatFailsLeavesTheWayBackOpenAndTheNextThatIsDoneClosesIt) {
  begin("two");
  reportBooting();
  pass(6min);
  EXPECT_FALSE(isUnderWay("a")) << "not ready in time";
  EXPECT_TRUE(node().retired);
  store::RolloutRecord rollout;
  rollout.cluster = *ClusterName::parse("a");
  (void)rollouts_.begin(std::move(rollout), {}, moment());
  pass(1s);
  EXPECT_EQ(node().retired, std::nullopt);
}

}  // namespace
}  // namespace berth::rollout
