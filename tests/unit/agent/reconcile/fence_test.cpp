// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/reconcile/reconciler.h"
#include "tests/simulation/agent_model.h"

namespace berth::reconcile {
namespace {

using namespace std::chrono_literals;
using hypervisor::Power;
using message::Phase;
using simulation::AgentModel;
using simulation::specFor;
using simulation::Wish;
using testing::Contains;
using testing::HasSubstr;

const Wish kLent{"a-0", 1};
const Wish kOwn{"b-0", 1};

/// a-0 is made elsewhere when this host is lost for two minutes, b-0 waits for it.
class Fenced : public testing::Test {
protected:
  Fenced() {
    auto spec = specFor("a-0");
    spec.lossGrace = 120s;
    host.specify(spec);
    host.order({kLent, kOwn});
    pass(40s);
    EXPECT_EQ(host.phase(kLent), Phase::ready);
    host.acts.clear();
    host.happened.clear();
  }
  void TearDown() override { EXPECT_EQ(host.broken(), ""); }

  void confirm(TimePoint said) { host.happen(event::Confirmed{said, host.generation}); }
  /// Time goes by, with a controller that answers each heartbeat.
  void pass(std::chrono::seconds time) {
    for (; time > 0s; time -= 2s) {
      confirm(host.now());
      host.run(2s);
    }
  }
  [[nodiscard]] bool runs(const Wish& wish) { return host.guest(wish)->domain.power == Power::running; }

  AgentModel host;
};

TEST_F(Fenced, I1_WhatMayBeMadeElsewhereIsCutWhenHalfOfItsGraceIsOver) {
  host.run(55s);
  EXPECT_TRUE(runs(kLent));
  host.run(9s);
  EXPECT_FALSE(runs(kLent));
  EXPECT_EQ(host.phase(kLent), Phase::stopped);
  EXPECT_THAT(host.happened, Contains(HasSubstr("its power is cut: for 60s the controller has not confirmed")));
  EXPECT_THAT(host.acts, testing::ElementsAre("power off a-0/1"));
}

TEST_F(Fenced, I7_WhatWaitsForItsHostRunsOn) {
  host.run(3600s);
  EXPECT_TRUE(runs(kOwn));
  EXPECT_EQ(host.phase(kOwn), Phase::ready);
}

TEST_F(Fenced, I7_HowOftenItWentDownByItselfIsNotForgotten) {
  for (int i = 0; i < 5; ++i) {
    host.kill(kLent);
    pass(60s);
  }
  ASSERT_EQ(host.status(kLent)->stopsInARow, 5u);
  host.run(70s);
  ASSERT_FALSE(runs(kLent));
  pass(40s);
  EXPECT_TRUE(runs(kLent)) << "it is started at once";
  EXPECT_EQ(host.status(kLent)->stopsInARow, 5u);
}

TEST_F(Fenced, WhatIsConfirmedInTimeRuns) {
  pass(600s);
  EXPECT_TRUE(runs(kLent));
  EXPECT_TRUE(host.acts.empty());
}

TEST_F(Fenced, I1_AnAnswerCountsFromWhenItWasAskedForHoweverLateItComes) {
  const auto said = host.now();
  host.run(50s);
  confirm(said);
  host.run(14s);
  EXPECT_FALSE(runs(kLent));
}

TEST_F(Fenced, I1_ItStaysOffUntilTheGenerationThatIsInForceHereIsConfirmed) {
  host.run(70s);
  // A controller that has moved the node has a newer generation, and its manifest is still on its way.
  host.happen(event::Confirmed{host.now(), host.generation.next()});
  host.run(20s);
  EXPECT_FALSE(runs(kLent));
  confirm(host.now());
  pass(40s);
  EXPECT_TRUE(runs(kLent));
  EXPECT_EQ(host.status(kLent)->restarts, 0u) << "it did not stop by itself";
  EXPECT_THAT(host.happened, Contains(HasSubstr("is confirmed again")));
}

TEST_F(Fenced, I1_ANewProcessOfTheAgentKnowsHowLongItHasBeen) {
  host.run(50s);
  host.crash();
  host.run(14s);
  EXPECT_FALSE(runs(kLent));
  host.crash();
  host.run(60s);
  EXPECT_FALSE(runs(kLent));
}

TEST_F(Fenced, I1_AfterAPowerCutNothingIsStartedThatMayBeElsewhere) {
  host.losePower();
  host.begin();
  host.run(30s);
  EXPECT_FALSE(runs(kLent));
  EXPECT_TRUE(runs(kOwn)) << "what waits for its host is back at once";
  pass(40s);
  EXPECT_TRUE(runs(kLent));
}

TEST_F(Fenced, AHypervisorThatHesitatesIsAskedAgainAndAgain) {
  host.failAct = [](const effect::Act& act) -> std::optional<Failure> {
    if (act.step != Step::powerOff) return std::nullopt;
    return Failure{Failure::Kind::temporary, "libvirt hesitates"};
  };
  host.run(70s);
  EXPECT_GE(host.count("power off a-0/1"), 5u);
  EXPECT_THAT(host.status(kLent)->reason, HasSubstr("libvirt hesitates"));
  host.failAct = nullptr;
  host.run(3s);
  EXPECT_FALSE(runs(kLent));
}

// ---- switched off by an operator ------------------------------------------------------------------------------------

TEST_F(Fenced, WhatIsHaltedShutsDownAndComesBackWhenItIsToRunAgain) {
  auto manifest = host.manifestOf(host.generation.next(), {kLent, kOwn}, {});
  manifest.entries[1].halted = true;
  host.generation = manifest.generation;
  host.deliver(manifest, host.epoch);
  pass(20s);
  EXPECT_EQ(host.phase(kOwn), Phase::stopped);
  EXPECT_EQ(host.status(kOwn)->reason, "switched off by an operator");
  EXPECT_THAT(host.acts, testing::ElementsAre("shut down b-0/1"));
  EXPECT_EQ(host.mind().reached(), host.generation) << "that is how it is to be";
  pass(600s);
  EXPECT_EQ(host.phase(kOwn), Phase::stopped);

  host.order({kLent, kOwn});
  pass(40s);
  EXPECT_EQ(host.phase(kOwn), Phase::ready);
  EXPECT_EQ(host.status(kOwn)->restarts, 0u) << "it did not stop by itself";
}

}  // namespace
}  // namespace berth::reconcile
