// SPDX-License-Identifier: Apache-2.0
//
// The Ignition config of a guest that has come up goes from its host, and nothing else changes for it.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/reconcile/instance.h"
#include "tests/simulation/agent_model.h"

namespace berth::simulation {
namespace {

using namespace std::chrono_literals;
using message::Phase;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

const Wish kNode{"a-0", 1};

class Forgetting : public ::testing::Test {
protected:
  void TearDown() override { EXPECT_EQ(host_.broken(), ""); }
  void makeReady() {
    host_.order({kNode});
    host_.run(60s);
    ASSERT_EQ(host_.phase(kNode), Phase::ready);
  }
  [[nodiscard]] AgentModel::Files& files() { return host_.files.at(instanceOf(kNode).uuid); }
  [[nodiscard]] bool isForgotten() {
    return host_.guest(kNode)->domain.mark.withoutConfig && !files().config && host_.configLeft().empty();
  }
  [[nodiscard]] std::size_t forgets() const { return host_.count("forget config a-0/1"); }
  AgentModel host_;
};

TEST_F(Forgetting, HappensOnceWhenTheGuestHasComeUp) {
  makeReady();
  EXPECT_EQ(forgets(), 1u);
  EXPECT_TRUE(isForgotten());
  EXPECT_EQ(host_.guest(kNode)->boot, 1u) << "it went on";
  EXPECT_EQ(host_.mind().reached(), host_.generation);
  EXPECT_EQ(host_.guest(kNode)->domain.mark.generation, Generation(1));
  host_.run(5min);
  host_.crash();
  host_.run(5min);
  EXPECT_EQ(forgets(), 1u);
}

TEST_F(Forgetting, LeavesAGuestThatStartsWithoutIt) {
  makeReady();
  host_.kill(kNode);
  host_.run(60s);
  EXPECT_EQ(host_.phase(kNode), Phase::ready);
  host_.losePower();
  host_.begin();
  host_.run(60s);
  EXPECT_EQ(host_.phase(kNode), Phase::ready);
  EXPECT_EQ(host_.guest(kNode)->boot, 3u);
  EXPECT_EQ(forgets(), 1u);
}

TEST_F(Forgetting, WaitsUntilTheGuestSaysSo) {
  host_.mutedNodes = {"a-0"};
  host_.order({kNode});
  host_.run(5min);
  host_.kill(kNode);
  host_.run(5min);
  EXPECT_TRUE(files().config);
  EXPECT_EQ(forgets(), 0u);
  host_.mutedNodes.clear();
  host_.run(60s);
  EXPECT_TRUE(isForgotten());
}

TEST_F(Forgetting, GoesOnWhereverItWasInterrupted) {
  for (const bool goesDown : {false, true}) {
    for (int parts = 0; parts < 3; ++parts) {
      SCOPED_TRACE(std::to_string(parts) + (goesDown ? " parts, and the guest goes down" : " parts"));
      AgentModel host;
      host.order({kNode});
      for (int i = 0; i < 100'000 && host.count("forget config a-0/1") == 0; ++i) {
        if (host.idle()) host.tick(1s);
        if (!host.idle()) host.step();
      }
      ASSERT_EQ(host.count("forget config a-0/1"), 1u) << "its first part is done";
      for (int i = 0; i < parts && !host.idle(); ++i) host.step();
      if (goesDown) host.kill(kNode);
      host.crash();
      host.run(2min);
      EXPECT_EQ(host.phase(kNode), Phase::ready);
      EXPECT_EQ(host.configLeft(), "");
      EXPECT_EQ(host.broken(), "");
    }
  }
}

TEST_F(Forgetting, IsNotTakenBackByAnUpdateInPlace) {
  makeReady();
  auto spec = specFor("a-0");
  spec.memory = 512_MiB;
  host_.specify(spec);
  host_.order({kNode});
  host_.run(60s);
  EXPECT_EQ(host_.count("update a-0/1"), 1u);
  EXPECT_EQ(forgets(), 1u);
  EXPECT_TRUE(isForgotten());
}

TEST_F(Forgetting, NeedsNoArtifactThatIsThereToBeAskedForAgain) {
  auto spec = specFor("a-0");
  spec.artifacts = {{"tool", "https://example.org/tool", Digest::of("tool")}};
  host_.specify(spec);
  host_.failAct = [](const reconcile::effect::Act& act) -> std::optional<reconcile::Failure> {
    if (act.step != reconcile::Step::forget) return std::nullopt;
    return reconcile::Failure{reconcile::Failure::Kind::temporary, "not yet"};
  };
  makeReady();
  host_.failAct = nullptr;
  host_.crash();
  host_.run(2min);
  EXPECT_TRUE(isForgotten());
}

TEST_F(Forgetting, IsTakenBackWhereTheGuestBootsForTheFirstTimeAgain) {
  makeReady();
  files().rootDisk = false;
  host_.kill(kNode);
  host_.run(60s);
  EXPECT_EQ(host_.phase(kNode), Phase::ready);
  EXPECT_EQ(host_.count("create a-0/1"), 2u);
  EXPECT_EQ(forgets(), 2u) << "and then once more";
  EXPECT_TRUE(isForgotten());
  host_.undefine(instanceOf(kNode).uuid);
  host_.run(60s);
  EXPECT_EQ(host_.phase(kNode), Phase::ready);
  EXPECT_TRUE(isForgotten());
}

TEST_F(Forgetting, TakesUpWhatAnOlderAgentLeft) {
  makeReady();
  host_.guest(kNode)->domain.mark.withoutConfig = false;
  files().config = true;
  host_.happen(reconcile::event::HypervisorStirred{});
  host_.run(30s);
  EXPECT_TRUE(isForgotten());
  EXPECT_EQ(host_.guest(kNode)->boot, 1u);
}

TEST_F(Forgetting, ThatFailsIsSaidOnceAndHarmsNobody) {
  host_.failAct = [](const reconcile::effect::Act& act) -> std::optional<reconcile::Failure> {
    if (act.step != reconcile::Step::forget) return std::nullopt;
    return reconcile::Failure{reconcile::Failure::Kind::temporary, "read-only file system"};
  };
  makeReady();
  host_.run(10min);
  EXPECT_EQ(host_.phase(kNode), Phase::ready);
  EXPECT_EQ(host_.mind().reached(), host_.generation);
  EXPECT_EQ(
      std::ranges::count(host_.happened, "a-0/1: its Ignition config is still on this host: read-only file system"), 1);
  EXPECT_LT(forgets(), 30u) << "ever more rarely";
  host_.kill(kNode);
  host_.run(60s);
  EXPECT_EQ(host_.phase(kNode), Phase::ready) << "it is started all the same";
}

}  // namespace
}  // namespace berth::simulation
