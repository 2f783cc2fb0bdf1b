// SPDX-License-Identifier: Apache-2.0
#include "agent/reconcile/reconciler.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/reconcile/instance.h"
#include "tests/simulation/agent_model.h"

namespace berth::reconcile {
namespace {

using namespace std::chrono_literals;
using hypervisor::Power;
using message::Phase;
using Verb = message::VolumeOrder::Verb;
using simulation::AgentModel;
using simulation::instanceOf;
using simulation::specFor;
using simulation::Wish;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Wish kFirst{"a-0", 1};
const Wish kSecond{"a-0", 2};
const Wish kOther{"a-1", 1};

class Agent : public testing::Test {
protected:
  void TearDown() override { EXPECT_EQ(host.broken(), ""); }
  /// A node that is up and well.
  void givenReady(const Wish& wish = kFirst) {
    host.order({wish});
    host.run(40s);
    ASSERT_EQ(host.phase(wish), Phase::ready);
    host.acts.clear();
    host.happened.clear();
  }
  AgentModel host;
};

// ---- making and keeping ---------------------------------------------------------------------------------------------

TEST_F(Agent, ANodeThatIsWantedIsMadeStartedAndReady) {
  host.order({kFirst});
  host.run(1s);
  EXPECT_THAT(host.acts, ElementsAre("create a-0/1", "start a-0/1"));
  EXPECT_EQ(host.phase(kFirst), Phase::booting);
  host.run(40s);
  const auto status = host.status(kFirst).value();
  EXPECT_EQ(status.phase, Phase::ready);
  EXPECT_EQ(status.reason, "");
  EXPECT_EQ(status.bootId, "boot-1");
  EXPECT_THAT(status.addresses, ElementsAre("10.0.0.1"));
  EXPECT_EQ(host.mind().observed(), Generation(1));
  EXPECT_EQ(host.mind().reached(), Generation(1));
}

TEST_F(Agent, ASecondPassDoesNothing) {
  givenReady();
  host.run(10min);
  EXPECT_THAT(host.acts, IsEmpty());
}

TEST_F(Agent, WhatIsNotObservedYetIsNotActedOn) {
  host.diskFull = true;
  host.order({kFirst});
  host.run(1min);
  EXPECT_THAT(host.acts, IsEmpty());
  EXPECT_EQ(host.mind().observed(), Generation(0));
  EXPECT_THAT(host.mind().conditions(), ElementsAre(HasSubstr("cannot be kept: no space left on device")));
  host.diskFull = false;
  host.run(2min);
  EXPECT_TRUE(host.runs(kFirst));
  EXPECT_THAT(host.mind().conditions(), IsEmpty());
}

TEST_F(Agent, AMissingSpecIsAskedForAgainUntilItComes) {
  host.controllerAway = true;
  host.order({kFirst});
  host.deliver(host.newest, host.epoch);
  host.run(1min);
  EXPECT_EQ(host.phase(kFirst), Phase::pending);
  EXPECT_EQ(host.status(kFirst)->reason, "waits for its spec from the controller");
  EXPECT_EQ(host.mind().observed(), Generation(0)) << "not observed without its specs";
  host.controllerAway = false;
  host.run(10s);
  EXPECT_TRUE(host.runs(kFirst));
}

TEST_F(Agent, I10_WhatThisHostCannotGiveFailsWithTheReason) {
  auto spec = specFor("a-0");
  spec.vcpus = 65;
  host.specify(spec);
  host.order({kFirst});
  host.run(5s);
  EXPECT_EQ(host.phase(kFirst), Phase::failed);
  EXPECT_THAT(host.status(kFirst)->reason, HasSubstr("asks for 65 of vcpus, but this host gives at most 64"));
  EXPECT_THAT(host.acts, IsEmpty());
}

TEST_F(Agent, I10_TwoThatDoNotFitTogetherDoNotBothRun) {
  for (const auto* node : {"a-0", "a-1"}) {
    auto spec = specFor(node);
    spec.vcpus = 40;
    host.specify(spec);
  }
  host.order({kFirst, kOther});
  host.run(30s);
  EXPECT_EQ(host.runs(kFirst) + host.runs(kOther), 1);
}

TEST_F(Agent, TheSpecOfAnotherNodeIsNotUsed) {
  auto manifest = host.manifestOf(Generation(1), {kFirst}, {});
  manifest.entries[0].spec = simulation::digestOf(specFor("a-1"));
  host.happen(event::SpecsKept{{{manifest.entries[0].spec, specFor("a-1")}}});
  host.deliver(manifest, Epoch(1));
  host.run(10s);
  EXPECT_EQ(host.phase(kFirst), Phase::failed);
  EXPECT_THAT(host.status(kFirst)->reason, HasSubstr("its spec is that of a-1"));
}

// ---- images ---------------------------------------------------------------------------------------------------------

TEST_F(Agent, OneImageForManyNodesIsFetchedOnce) {
  int fetches = 0;
  host.failImage = [&](const message::Image&) { return ++fetches, std::optional<Failure>(); };
  host.order({kFirst, kOther, {"a-2", 1}});
  host.run(10s);
  EXPECT_EQ(fetches, 1);
  EXPECT_TRUE(host.runs(kFirst) && host.runs(kOther));
}

TEST_F(Agent, AnImageWithAWrongDigestFailsTheNodeWithBothDigests) {
  host.failImage = [](const message::Image&) { return Failure{Failure::Kind::permanent, "has A, not B"}; };
  host.order({kFirst});
  host.run(10s);
  EXPECT_EQ(host.phase(kFirst), Phase::failed);
  EXPECT_EQ(host.status(kFirst)->reason, "has A, not B");
}

TEST_F(Agent, AnImageServerThatComesBackIsNoticed) {
  host.failImage = [](const message::Image&) { return Failure{Failure::Kind::temporary, "connection refused"}; };
  host.order({kFirst});
  host.run(3s);
  EXPECT_EQ(host.phase(kFirst), Phase::fetching);
  EXPECT_EQ(host.status(kFirst)->reason, "connection refused");
  host.run(5min);
  host.failImage = nullptr;
  host.run(61s);
  EXPECT_TRUE(host.runs(kFirst));
}

TEST_F(Agent, AnImageThatSomebodyRemovedIsFetchedAgain) {
  givenReady();
  host.failAct = [this](const effect::Act& act) -> std::optional<Failure> {
    if (act.step == Step::create && host.images.empty()) return Failure{Failure::Kind::temporary, "no image"};
    return std::nullopt;
  };
  host.images.clear();
  host.order({kFirst, kOther});
  host.run(10s);
  EXPECT_TRUE(host.runs(kOther));
}

TEST_F(Agent, AnUnusedImageGoesAfterAnHour) {
  host.images.insert(Digest::of("old"));
  givenReady();
  host.run(2h);
  EXPECT_THAT(host.images, ElementsAre(Digest::of("image")));
}

TEST_F(Agent, I11_NoImageIsCollectedWhileAnInstanceIsUnexplained) {
  givenReady();
  host.guests[Uuid::random()].domain.mark.instance = instanceOf({"x-0", 1});
  host.images.insert(Digest::of("what x-0 stands on"));
  host.run(3h);
  EXPECT_EQ(host.collections, 0u);
}

// ---- artifacts ------------------------------------------------------------------------------------------------------

message::NodeSpec withArtifacts() {
  auto spec = specFor("a-0");
  spec.artifacts = {{"consul.zip", "https://releases.example/consul.zip", Digest::of("consul")},
                    {"nomad.zip", "https://releases.example/nomad.zip", Digest::of("nomad")}};
  return spec;
}

class WithArtifacts : public Agent {
protected:
  WithArtifacts() { host.specify(withArtifacts()); }
  const Digest set = message::idOf(withArtifacts().artifacts);
};

TEST_F(WithArtifacts, ANodeIsMadeOnceTheyAreHere) {
  host.failImage = [&](const message::Image& image) -> std::optional<Failure> {
    if (!image.source.empty()) return std::nullopt;
    return Failure{Failure::Kind::temporary, "consul.zip: connection refused"};
  };
  host.order({kFirst});
  host.run(3s);
  EXPECT_EQ(host.phase(kFirst), Phase::fetching);
  EXPECT_EQ(host.status(kFirst)->reason, "consul.zip: connection refused");
  EXPECT_THAT(host.acts, IsEmpty());
  host.failImage = nullptr;
  host.run(60s);
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
  EXPECT_THAT(host.images, Contains(set));
}

TEST_F(WithArtifacts, TheyStayWhileTheNodeIsHereAndGoAnHourAfterIt) {
  givenReady();
  host.images.insert(Digest::of("of nobody"));
  host.run(3h);
  EXPECT_EQ(host.images.size(), 4u) << "image, set and two artifacts";
  host.order({}, {kFirst});
  host.run(1min);
  EXPECT_THAT(host.images, Contains(set));
  host.order({kOther});
  host.run(3h);
  EXPECT_THAT(host.images, ElementsAre(Digest::of("image")));
}

TEST_F(WithArtifacts, WithoutThemAGuestThatWentDownIsStartedOnlyOnceTheyAreHereAgain) {
  givenReady();
  host.images.clear();
  host.crash();
  host.failImage = [](const message::Image&) { return Failure{Failure::Kind::temporary, "no route"}; };
  host.run(20s);
  EXPECT_EQ(host.phase(kFirst), Phase::ready) << "a guest that runs has them";
  host.kill(kFirst);
  host.run(5s);
  EXPECT_EQ(host.phase(kFirst), Phase::stopped);
  EXPECT_EQ(host.status(kFirst)->reason, "no route");
  EXPECT_THAT(host.acts, IsEmpty());
  host.failImage = nullptr;
  host.run(2min);
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
}

TEST_F(WithArtifacts, OthersTakeAnotherInstanceAndOthersSourcesDoNot) {
  givenReady();
  auto spec = withArtifacts();
  std::swap(spec.artifacts[0], spec.artifacts[1]);
  spec.artifacts[0].url = "https://mirror.example/nomad.zip";
  host.specify(spec);
  host.order({kFirst});
  host.run(30s);
  EXPECT_THAT(host.acts, ElementsAre("update a-0/1"));
  EXPECT_TRUE(host.runs(kFirst));
  spec.artifacts[0].sha256 = Digest::of("a newer one");
  host.specify(spec);
  host.order({kFirst});
  host.run(30s);
  EXPECT_THAT(host.mind().conditions(),
              Contains(HasSubstr("its new spec asks for other artifacts, which takes a new instance")));
  EXPECT_THAT(host.acts, ElementsAre("update a-0/1"));
}

TEST_F(WithArtifacts, AreHeldToTheSamePolicyAsImages) {
  host.policy.imageHosts = {"images.example"};
  host.crash();
  host.order({kFirst});
  host.run(5s);
  EXPECT_EQ(host.phase(kFirst), Phase::failed);
  EXPECT_THAT(host.status(kFirst)->reason, HasSubstr("artifacts from host 'releases.example'"));
}

// ---- replacing and removing -----------------------------------------------------------------------------------------

TEST_F(Agent, I1_ANewInstanceIsMadeOnlyOnceTheOldOneIsGone) {
  givenReady();
  host.order({kSecond}, {kFirst});
  host.run(2s);
  EXPECT_THAT(host.acts, ElementsAre("shut down a-0/1"));
  EXPECT_EQ(host.phase(kFirst), Phase::stopping);
  EXPECT_EQ(host.phase(kSecond), Phase::pending);
  EXPECT_EQ(host.status(kSecond)->reason, "waits until the instance of this node that is here is gone");
  host.run(40s);
  EXPECT_THAT(host.acts,
              ElementsAre("shut down a-0/1", "remove a-0/1", "create a-0/2", "start a-0/2", "forget config a-0/2"));
  EXPECT_EQ(host.phase(kFirst), Phase::gone);
  EXPECT_EQ(host.phase(kSecond), Phase::ready);
  EXPECT_EQ(host.mind().reached(), Generation(2));
}

TEST_F(Agent, I1_WithoutATombstoneForTheOldOneTheNewOneWaits) {
  givenReady();
  host.order({kSecond}, {});
  host.run(10min);
  EXPECT_TRUE(host.runs(kFirst));
  EXPECT_EQ(host.phase(kSecond), Phase::pending);
  EXPECT_THAT(host.acts, IsEmpty());
  EXPECT_THAT(host.mind().conditions(), ElementsAre(HasSubstr("of node a-0 is here but not in the manifest")));
}

TEST_F(Agent, AGuestThatDoesNotShutDownLosesItsPowerAfterItsDeadline) {
  givenReady();
  host.deafNodes = {"a-0"};
  host.order({}, {kFirst});
  host.run(29s);
  EXPECT_TRUE(host.runs(kFirst));
  EXPECT_EQ(host.count("power off a-0/1"), 0u);
  EXPECT_GT(host.count("shut down a-0/1"), 3u) << "it is asked again";
  host.run(4s);
  EXPECT_EQ(host.count("power off a-0/1"), 1u);
  EXPECT_EQ(host.phase(kFirst), Phase::gone);
  EXPECT_THAT(host.happened, Contains("a-0/1: did not shut down in time; its power is cut"));
}

TEST_F(Agent, APausedGuestIsNotAskedButCut) {
  givenReady();
  host.guest(kFirst)->domain.power = Power::paused;
  host.run(11s);
  host.order({}, {kFirst});
  host.run(2s);
  EXPECT_THAT(host.acts, ElementsAre("power off a-0/1", "remove a-0/1"));
}

TEST_F(Agent, ATombstoneForWhatWasNeverHereIsCarriedOutAtOnce) {
  host.order({}, {kFirst});
  host.run(2s);
  EXPECT_EQ(host.phase(kFirst), Phase::gone);
  EXPECT_EQ(host.mind().reached(), Generation(1));
  EXPECT_THAT(host.acts, IsEmpty());
}

TEST_F(Agent, NothingIsSaidToBeGoneWhileItMayStillComeIntoBeing) {
  // Condemned in the middle of its creation: it must not be called gone between the creation's end and the next look.
  host.order({kFirst});
  while (host.count("create a-0/1") == 0) host.step();
  host.order({}, {kFirst});
  for (int i = 0; i < 100; ++i) {
    if (host.kept->manifest.generation == Generation(2) && host.phase(kFirst) == Phase::gone) {
      EXPECT_THAT(host.guests, IsEmpty());
    }
    if (!host.idle()) host.step();
  }
  host.run(5s);
  EXPECT_EQ(host.phase(kFirst), Phase::gone);
  EXPECT_THAT(host.files, IsEmpty());
}

TEST_F(Agent, ATombstoneAlsoTakesFilesThatHaveNoDomain) {
  host.files[instanceOf(kFirst).uuid].rootDisk = true;
  host.order({}, {kFirst});
  host.run(2s);
  EXPECT_THAT(host.files, IsEmpty());
  EXPECT_EQ(host.phase(kFirst), Phase::gone);
}

TEST_F(Agent, WhatIsGoneIsForgottenWithItsTombstone) {
  host.order({}, {kFirst});
  host.run(2s);
  host.order({}, {});
  host.run(2s);
  EXPECT_FALSE(host.status(kFirst));
}

// ---- crashes and restarts of guests ---------------------------------------------------------------------------------

TEST_F(Agent, I7_AGuestThatDiesIsBackWithoutAnybodyAsking) {
  givenReady();
  host.controllerAway = true;
  host.kill(kFirst);
  host.run(40s);
  EXPECT_THAT(host.acts, ElementsAre("start a-0/1"));
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
  EXPECT_EQ(host.status(kFirst)->restarts, 1u);
  EXPECT_THAT(host.happened, Contains(HasSubstr("went down by itself (crashed)")));
}

TEST_F(Agent, WhatSomebodyDidByHandIsMendedAndSaid) {
  givenReady();
  host.kill(kFirst, "destroyed");
  host.run(40s);
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
  EXPECT_THAT(host.happened, Contains(HasSubstr("somebody on the host cut its power; it is started again")));
  host.undefine(instanceOf(kFirst).uuid);
  host.run(40s);
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
  EXPECT_THAT(host.happened, Contains(HasSubstr("somebody on the host removed its domain; it is made again")));
}

TEST_F(Agent, AGuestThatPowersItselfOffIsStartedAgain) {
  givenReady();
  host.kill(kFirst, "shutdown");
  host.run(5s);
  EXPECT_TRUE(host.runs(kFirst));
}

TEST_F(Agent, ACrashLoopIsSlowedDown) {
  givenReady();
  for (int second = 0; second < 600; ++second) {
    if (host.runs(kFirst)) host.kill(kFirst);
    host.run(1s);
  }
  EXPECT_LT(host.count("start a-0/1"), 20u);
  EXPECT_GT(host.count("start a-0/1"), 8u);
}

TEST_F(Agent, AGuestThatDiesBeforeItIsSeenRunningIsNoTightLoop) {
  host.order({kFirst});
  // Each look finds it off again.
  for (int i = 0; i < 200; ++i) {
    host.run(1s);
    if (host.runs(kFirst)) host.kill(kFirst);
  }
  EXPECT_LT(host.count("start a-0/1"), 12u);
}

TEST_F(Agent, ADomainThatSomebodyKeepsRemovingIsNotFoughtInATightLoop) {
  givenReady();
  for (int i = 0; i < 300; ++i) {
    host.guests.clear();
    host.run(1s);
  }
  EXPECT_LT(host.count("create a-0/1"), 15u);
  host.run(2min);
  EXPECT_TRUE(host.runs(kFirst));
}

TEST_F(Agent, AfterASteadyRunTheBackOffBeginsAnew) {
  givenReady();
  for (int i = 0; i < 5; ++i) {
    host.kill(kFirst);
    host.run(70s);
  }
  host.run(6min);
  host.acts.clear();
  host.kill(kFirst);
  host.run(2s);
  EXPECT_TRUE(host.runs(kFirst));
}

/// Kills it as soon as it runs, for so long.
void keepKilling(AgentModel& host, std::chrono::seconds duration, const std::string& reason = "crashed") {
  for (auto second = 0s; second < duration; second += 1s) {
    if (host.runs(kFirst)) host.kill(kFirst, reason);
    host.run(1s);
  }
}

TEST_F(Agent, AGuestThatGoesDownAgainAndAgainIsGivenUpAndSaysSoOnce) {
  givenReady();
  keepKilling(host, 10min);
  EXPECT_EQ(host.count("start a-0/1"), kMostRestarts);
  const auto status = host.status(kFirst).value();
  EXPECT_EQ(status.phase, Phase::failed);
  EXPECT_EQ(status.stopsInARow, kMostRestarts + 1);
  EXPECT_EQ(status.reason,
            "the guest went down by itself (crashed), 11 times in a row, and it is not started again; to begin anew: "
            "berth restart a-0, berth replace a-0, or an apply that changes it");
  EXPECT_EQ(std::ranges::count_if(host.happened, [](const auto& each) { return each.starts_with("a-0/1: failed"); }),
            1);
  host.run(2h);
  EXPECT_EQ(host.count("start a-0/1"), kMostRestarts);
}

TEST_F(Agent, AGuestThatIsGivenUpSaysWhatItsConsoleSaid) {
  givenReady();
  for (int i = 0; i < 600; ++i) {
    if (auto* guest = host.guest(kFirst); host.runs(kFirst)) {
      guest->console += "[   12.3] Kernel panic - not syncing: VFS: Unable to mount root fs\n";
      host.run(3s);
      host.kill(kFirst);
    }
    host.run(1s);
  }
  const auto status = host.status(kFirst).value();
  EXPECT_EQ(status.phase, Phase::failed);
  EXPECT_THAT(status.reason, HasSubstr("; it went down 11 times in a row, and it is not started again"));
  EXPECT_THAT(host.happened, Contains(HasSubstr("failed: the guest's kernel panicked")));
  EXPECT_THAT(host.happened, Contains(HasSubstr("11 times in a row")));
  host.crash();
  host.run(1min);
  EXPECT_EQ(host.status(kFirst)->reason, status.reason) << "nor twice after a restart of the agent";
}

TEST_F(Agent, WhatIsGivenUpBeginsAnewWhenItIsSwitchedOffAndOn) {
  givenReady();
  keepKilling(host, 10min);
  auto manifest = host.newest;
  for (const bool halted : {true, false}) {
    manifest.generation = manifest.generation.next();
    manifest.entries[0].halted = halted;
    host.deliver(manifest, host.epoch);
    host.run(5s);
    if (halted) {
      EXPECT_EQ(host.phase(kFirst), Phase::stopped);
    }
  }
  host.run(40s);
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
  EXPECT_EQ(host.status(kFirst)->stopsInARow, 0u);
}

TEST_F(Agent, WhatIsGivenUpBeginsAnewAsANewInstanceAndWithAnotherSpec) {
  givenReady();
  keepKilling(host, 10min);
  auto spec = specFor("a-0");
  spec.memory = 512_MiB;
  host.specify(spec);
  host.order({kFirst});
  host.run(40s);
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
  keepKilling(host, 10min);
  ASSERT_EQ(host.phase(kFirst), Phase::failed);
  host.order({kSecond}, {kFirst});
  host.run(40s);
  EXPECT_EQ(host.phase(kSecond), Phase::ready);
}

TEST_F(Agent, ARestartOfTheAgentIsNoNewChanceForAGuestThatIsGivenUp) {
  givenReady();
  keepKilling(host, 2min);
  host.crash();
  keepKilling(host, 10min);
  EXPECT_EQ(host.count("start a-0/1"), kMostRestarts) << "it counts on from where it was";
  host.happened.clear();
  host.crash();
  host.run(10min);
  EXPECT_EQ(host.phase(kFirst), Phase::failed);
  EXPECT_EQ(host.count("start a-0/1"), kMostRestarts);
  EXPECT_THAT(host.happened, IsEmpty());
}

TEST_F(Agent, ARebootOfTheHostIsANewChanceForAGuestThatIsGivenUp) {
  givenReady();
  keepKilling(host, 10min);
  ASSERT_EQ(host.phase(kFirst), Phase::failed);
  host.losePower();
  host.begin();
  host.run(1min);
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
}

TEST_F(Agent, ADomainThatIsRemovedAgainAndAgainIsGivenUpToo) {
  givenReady();
  for (int i = 0; i < 600; ++i) {
    if (host.runs(kFirst)) host.undefine(instanceOf(kFirst).uuid);
    host.run(1s);
  }
  EXPECT_EQ(host.phase(kFirst), Phase::failed);
  EXPECT_THAT(host.status(kFirst)->reason, HasSubstr("somebody on the host removed its domain, 11 times in a row"));
  host.acts.clear();
  host.crash();
  host.run(10min);
  EXPECT_EQ(host.phase(kFirst), Phase::failed);
  EXPECT_THAT(host.acts, IsEmpty());
}

// ---- drift ----------------------------------------------------------------------------------------------------------

/// A node whose spec says what to do about hands.
class Drifting : public Agent {
protected:
  void given(message::Drift drift) {
    auto spec = specFor("a-0");
    spec.drift = drift;
    host.specify(spec);
    givenReady();
  }
  /// The manifest as it is, but for that.
  void halt(bool halted) {
    auto manifest = host.newest;
    manifest.generation = host.generation = host.generation.next();
    manifest.entries[0].halted = halted;
    host.deliver(manifest, host.epoch);
    host.run(5s);
  }
};

TEST_F(Drifting, WhatIsStoppedByHandIsLeftSoAndSaid) {
  given(message::Drift::alert);
  host.kill(kFirst, "destroyed");
  host.run(10min);
  const auto status = host.status(kFirst).value();
  EXPECT_EQ(status.phase, Phase::stopped);
  EXPECT_EQ(status.left, message::Drift::alert);
  EXPECT_EQ(status.reason,
            "somebody on the host cut its power, and it is left so (drift: alert); to have it back: berth restart a-0");
  EXPECT_THAT(host.acts, IsEmpty());
  EXPECT_THAT(host.happened, ElementsAre("a-0/1: stopped: " + status.reason));
  halt(true);
  EXPECT_EQ(host.status(kFirst)->left, message::Drift::heal) << "by that it is seen that the order has come";
  EXPECT_EQ(host.phase(kFirst), Phase::stopped);
  halt(false);
  host.run(40s);
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
}

TEST_F(Drifting, WhatIsRemovedByHandIsLeftSoUntilSomebodyWantsItOtherwise) {
  given(message::Drift::freeze);
  host.undefine(instanceOf(kFirst).uuid);
  host.run(10min);
  EXPECT_EQ(host.phase(kFirst), Phase::stopped);
  EXPECT_EQ(
      host.status(kFirst)->reason,
      "somebody on the host removed its domain, and it is left so (drift: freeze); to have it back: berth restart "
      "a-0");
  EXPECT_THAT(host.acts, IsEmpty());
  auto spec = specFor("a-0");
  spec.memory = 512_MiB;
  host.specify(spec);
  host.order({kFirst});
  host.run(40s);
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
  EXPECT_EQ(host.files.size(), 1u) << "with its disk";
}

TEST_F(Drifting, WhatIsLeftIsLeftByTheNextAgentToo) {
  given(message::Drift::alert);
  host.kill(kFirst, "destroyed");
  host.run(5s);
  host.crash();
  host.run(10min);
  EXPECT_EQ(host.status(kFirst)->left, message::Drift::alert);
  host.undefine(instanceOf(kFirst).uuid);
  host.run(5s);
  host.happened.clear();
  host.crash();
  host.run(10min);
  EXPECT_EQ(host.status(kFirst)->left, message::Drift::alert);
  EXPECT_THAT(host.acts, IsEmpty());
  EXPECT_THAT(host.happened, IsEmpty());
}

TEST_F(Drifting, WhatIsDoneWhileNoAgentIsThereIsLeftToo) {
  given(message::Drift::alert);
  host.stop();
  host.kill(kFirst, "destroyed");
  host.begin();
  host.run(10min);
  EXPECT_EQ(host.status(kFirst)->left, message::Drift::alert);
  EXPECT_THAT(host.acts, IsEmpty());
}

TEST_F(Drifting, WhoeverStartsItByHandMendsIt) {
  given(message::Drift::alert);
  host.kill(kFirst, "destroyed");
  host.run(1min);
  host.guest(kFirst)->domain.power = Power::running;
  host.run(40s);
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
  EXPECT_EQ(host.status(kFirst)->left, message::Drift::heal);
}

TEST_F(Drifting, AGuestThatGoesDownByItselfIsStartedAgainAsEver) {
  given(message::Drift::alert);
  for (const std::string reason : {"crashed", "shutdown"}) {
    host.kill(kFirst, reason);
    host.run(40s);
    EXPECT_EQ(host.phase(kFirst), Phase::ready) << reason;
  }
}

TEST_F(Drifting, WhatTheAgentItselfSwitchedOffIsNoDrift) {
  given(message::Drift::alert);
  host.deafNodes = {"a-0"};
  halt(true);
  host.run(2min);
  EXPECT_EQ(host.count("power off a-0/1"), 1u);
  EXPECT_EQ(host.status(kFirst)->left, message::Drift::heal);
  halt(false);
  host.run(40s);
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
}

TEST_F(Drifting, AHostThatComesUpAgainStartsItsNodes) {
  given(message::Drift::alert);
  host.losePower();
  host.begin();
  host.run(40s);
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
}

TEST_F(Drifting, WhatWasFencedWhileNoAgentWasThereIsStartedOnceItIsConfirmed) {
  auto spec = specFor("a-0");
  spec.drift = message::Drift::alert;
  spec.lossGrace = 3600s;
  host.specify(spec);
  givenReady();
  host.stop();
  host.kill(kFirst, "destroyed");
  host.begin();
  host.run(40s);
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
}

// ---- more of guests -------------------------------------------------------------------------------------------------

TEST_F(Agent, ARebootOfTheGuestNeedsNothing) {
  givenReady();
  host.guest(kFirst)->boot = 2;
  host.run(15s);
  EXPECT_THAT(host.acts, IsEmpty());
  EXPECT_EQ(host.status(kFirst)->bootId, "boot-2");
  EXPECT_THAT(host.happened, Contains("a-0/1: the guest rebooted by itself"));
}

TEST_F(Agent, APausedGuestIsDegradedAndLeftPaused) {
  givenReady();
  host.guest(kFirst)->domain.power = Power::paused;
  host.guest(kFirst)->domain.reason = "ioerror";
  host.run(20s);
  EXPECT_EQ(host.phase(kFirst), Phase::degraded);
  EXPECT_EQ(host.status(kFirst)->reason, "the domain is paused (ioerror)");
  EXPECT_THAT(host.acts, IsEmpty());
}

// ---- health ---------------------------------------------------------------------------------------------------------

TEST_F(Agent, AFailureOfIgnitionIsShownWithItsLinesAndNotRepeated) {
  host.brokenNodes = {"a-0"};
  host.order({kFirst});
  host.run(10s);
  const auto status = host.status(kFirst).value();
  EXPECT_EQ(status.phase, Phase::failed);
  EXPECT_EQ(status.reason, "Ignition failed: failed to fetch config: no");
  EXPECT_THAT(status.console, HasSubstr("failed to fetch config"));
  host.kill(kFirst, "shutdown");
  host.run(10min);
  EXPECT_EQ(host.count("start a-0/1"), 1u);
  EXPECT_EQ(host.phase(kFirst), Phase::failed);
}

TEST_F(Agent, AFailureOfIgnitionIsStillKnownAfterARestartOfTheAgent) {
  host.brokenNodes = {"a-0"};
  host.order({kFirst});
  host.run(10s);
  host.kill(kFirst, "shutdown");
  host.run(5s);
  host.crash();
  host.run(1min);
  EXPECT_EQ(host.phase(kFirst), Phase::failed);
  EXPECT_EQ(host.count("start a-0/1"), 1u);
}

TEST_F(Agent, AGuestThatHangsBeforeItsFirstBootIsNotWaitedForWhenItGoes) {
  host.brokenNodes = host.deafNodes = {"a-0"};
  host.order({kFirst});
  host.run(10s);
  host.acts.clear();
  host.order({}, {kFirst});
  host.run(2s);
  EXPECT_THAT(host.acts, ElementsAre("power off a-0/1", "remove a-0/1"));
}

TEST_F(Agent, AGuestThatFallsSilentIsDegraded) {
  givenReady();
  host.mutedNodes = {"a-0"};
  host.run(55s);
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
  host.run(20s);
  EXPECT_EQ(host.phase(kFirst), Phase::degraded);
  host.mutedNodes.clear();
  host.run(15s);
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
}

TEST_F(Agent, ReadyWaitsForTheProbesAndTheyMayMissTwice) {
  auto spec = specFor("a-0");
  spec.probes = {message::Probe{message::Probe::Tcp{"10.0.0.1", 22}}};
  host.specify(spec);
  host.failProbe = [](const message::Probe&) { return std::optional<std::string>("refused"); };
  host.order({kFirst});
  host.run(30s);
  EXPECT_EQ(host.phase(kFirst), Phase::booting);
  host.run(60s);
  EXPECT_EQ(host.phase(kFirst), Phase::degraded);
  EXPECT_EQ(host.status(kFirst)->reason, "tcp 10.0.0.1:22 does not answer: refused");
  host.failProbe = nullptr;
  host.run(5s);
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
  host.failProbe = [](const message::Probe&) { return std::optional<std::string>("refused"); };
  host.run(15s);
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
  host.run(30s);
  EXPECT_EQ(host.phase(kFirst), Phase::degraded);
}

TEST_F(Agent, ProbesOfAReadyNodeAreFew) {
  auto spec = specFor("a-0");
  spec.probes = {message::Probe{message::Probe::Tcp{"10.0.0.1", 22}}};
  host.specify(spec);
  unsigned probes = 0;
  host.failProbe = [&](const message::Probe&) { return ++probes, std::optional<std::string>(); };
  givenReady();
  probes = 0;
  host.run(100s);
  EXPECT_LE(probes, 11u);
}

TEST_F(Agent, GarbageOnTheReadinessPortChangesNothing) {
  givenReady();
  const auto before = host.status(kFirst);
  host.happen(event::GuestSaid{instanceOf(kFirst).uuid, "berth-ready 1 boot=x state=degraded failed=;rm"});
  host.happen(event::GuestSaid{Uuid::random(), "berth-ready 1 boot=x state=running"});
  EXPECT_EQ(host.status(kFirst), before);
}

// ---- failures of operations -----------------------------------------------------------------------------------------

TEST_F(Agent, AFailingCreationIsTriedAgainWithItsReasonAndThenSaysFailed) {
  host.failAct = [](const effect::Act&) { return Failure{Failure::Kind::temporary, "no bridge br0"}; };
  host.order({kFirst});
  host.run(4s);
  EXPECT_EQ(host.phase(kFirst), Phase::creating);
  EXPECT_EQ(host.status(kFirst)->reason, "no bridge br0");
  host.run(5min);
  EXPECT_EQ(host.phase(kFirst), Phase::failed);
  EXPECT_LT(host.count("create a-0/1"), 15u);
  EXPECT_EQ(std::count(host.happened.begin(), host.happened.end(), "a-0/1: failed: no bridge br0"), 1)
      << "said once, however often it is tried";
  host.failAct = nullptr;
  host.run(61s);
  EXPECT_TRUE(host.runs(kFirst));
}

TEST_F(Agent, AForeignDomainInTheWayFailsTheNodeAtOnceAndOnlyThatOne) {
  host.failAct = [](const effect::Act& act) -> std::optional<Failure> {
    if (act.instance.node.str() == "a-0") return Failure{Failure::Kind::permanent, "a foreign domain has this name"};
    return std::nullopt;
  };
  host.order({kFirst, kOther});
  host.run(40s);
  EXPECT_EQ(host.phase(kFirst), Phase::failed);
  EXPECT_EQ(host.status(kFirst)->reason, "a foreign domain has this name");
  EXPECT_EQ(host.phase(kOther), Phase::ready);
}

TEST_F(Agent, AHypervisorThatIsAwayIsACondition) {
  givenReady();
  host.hypervisorDown = true;
  host.run(40s);
  EXPECT_THAT(host.mind().conditions(), ElementsAre("the hypervisor cannot be asked: no socket"));
  EXPECT_EQ(host.phase(kFirst), Phase::ready) << "the guest itself says that it is well";
  EXPECT_THAT(host.acts, IsEmpty());
  host.hypervisorDown = false;
  host.run(5s);
  EXPECT_THAT(host.mind().conditions(), IsEmpty());
}

TEST_F(Agent, NothingIsSaidAndDoneBeforeTheFirstLook) {
  givenReady();
  host.hypervisorDown = true;
  host.crash();
  host.run(30s);
  EXPECT_FALSE(host.mind().hasLooked());
  EXPECT_THAT(host.acts, IsEmpty());
}

// ---- crashes of the agent -------------------------------------------------------------------------------------------

TEST_F(Agent, I9_ARestartOfTheAgentTouchesNothingAndForgetsNothing) {
  givenReady();
  host.kill(kFirst);
  host.run(40s);
  const auto before = host.status(kFirst);
  host.acts.clear();
  host.crash();
  host.run(1s);
  EXPECT_EQ(host.status(kFirst), before) << "ready before the guest has said so again";
  host.run(30s);
  EXPECT_THAT(host.acts, IsEmpty());
  EXPECT_EQ(host.mind().reached(), Generation(1));
}

TEST_F(Agent, I9_AHalfMadeLeftoverThatNobodyWantsIsSwept) {
  givenReady();
  host.files[Uuid::random()].rootDisk = false;
  host.run(15s);
  EXPECT_EQ(host.files.size(), 1u);
}

TEST_F(Agent, I11_FilesWithADiskThatNobodyWantsAreKeptAndReported) {
  givenReady();
  host.files[Uuid::random()].rootDisk = true;
  host.run(10min);
  EXPECT_EQ(host.files.size(), 2u);
  EXPECT_THAT(host.mind().conditions(), ElementsAre(HasSubstr("that is not in the manifest are here; they are kept")));
}

TEST_F(Agent, I11_AnAgentThatLostItsStateDestroysNothing) {
  givenReady();
  host.kept.reset();
  host.keptSpecs.clear();
  host.told.clear();
  host.files[Uuid::random()].rootDisk = false;
  host.controllerAway = true;
  host.crash();
  host.run(10min);
  EXPECT_THAT(host.acts, IsEmpty());
  EXPECT_TRUE(host.runs(kFirst));
  EXPECT_EQ(host.files.size(), 2u) << "without a manifest not even an empty directory is nobody's";
}

TEST_F(Agent, I11_AnEmptyManifestDestroysNothing) {
  givenReady();
  host.order({}, {});
  host.run(10min);
  EXPECT_TRUE(host.runs(kFirst));
  EXPECT_THAT(host.acts, IsEmpty());
  EXPECT_THAT(host.status(kFirst)->reason, HasSubstr("left alone"));
}

TEST_F(Agent, I5_AnOlderManifestIsNotObeyed) {
  givenReady();
  host.deliver(host.manifestOf(Generation(0), {}, {kFirst}), Epoch(1));
  host.deliver(host.manifestOf(Generation(9), {}, {kFirst}), Epoch(0));
  host.run(1min);
  EXPECT_TRUE(host.runs(kFirst));
  EXPECT_EQ(host.mind().refused(), 2u);
  EXPECT_THAT(host.mind().conditions(), ElementsAre(HasSubstr("restored from a backup")));
}

TEST_F(Agent, ADomainWithOurUuidAndAnothersNameIsLeftAlone) {
  host.guests[instanceOf(kFirst).uuid].domain.mark.instance = {NodeName::parse("b-0").value(), instanceOf(kFirst).uuid};
  host.order({}, {kFirst});
  host.run(1min);
  EXPECT_EQ(host.guests.size(), 1u);
  EXPECT_THAT(host.acts, IsEmpty());
  EXPECT_THAT(host.mind().conditions(), Contains(HasSubstr("disagree on which node has the UUID")));
}

TEST_F(Agent, AnOperationThatIsToldTwiceCountsOnce) {
  host.order({kFirst});
  host.run(2s);
  host.happen(event::Acted{instanceOf(kFirst).uuid, Step::create, 0});
  host.happen(event::ActFailed{instanceOf(kFirst).uuid, Step::start, {}});
  host.happen(event::Looked{1, {}});
  host.run(40s);
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
  EXPECT_EQ(host.count("start a-0/1"), 1u);
}

// ---- updates in place -----------------------------------------------------------------------------------------------

const VolumeName kData = VolumeName::parse("data").value();

message::NodeSpec withVolume(Bytes size) {
  auto spec = specFor("a-0");
  spec.volumes = {{kData, size, true}};
  return spec;
}

TEST_F(Agent, ServicesAreToldBeforeTheGuestIsShutDownOneAfterTheOther) {
  auto spec = specFor("a-0");
  using Method = message::StopHook::Method;
  spec.beforeStop = {{"http://10.0.0.1/drain", Method::post, 200, 30s},
                     {"http://10.0.0.1/idle", Method::get, 204, 30s}};
  host.specify(spec);
  givenReady();
  std::vector<std::string> calls;
  int refusals = 2;
  host.failHook = [&](const message::StopHook& hook) {
    calls.push_back(hook.url);
    return refusals-- > 0 ? std::optional<std::string>("answered 503 instead of 200") : std::nullopt;
  };
  host.order({}, {kFirst});
  host.run(4s);
  EXPECT_THAT(calls, ElementsAre("http://10.0.0.1/drain"));
  EXPECT_EQ(host.status(kFirst)->reason, "its services are told that it stops");
  EXPECT_THAT(host.acts, IsEmpty()) << "the guest is not asked before";
  host.run(30s);
  EXPECT_THAT(calls, ElementsAre("http://10.0.0.1/drain", "http://10.0.0.1/drain", "http://10.0.0.1/drain",
                                 "http://10.0.0.1/idle"));
  EXPECT_THAT(host.acts, ElementsAre("shut down a-0/1", "remove a-0/1"));
}

TEST_F(Agent, AServiceThatDoesNotAnswerHoldsUpNoShutdownForEver) {
  auto spec = specFor("a-0");
  spec.beforeStop = {{"http://10.0.0.1/drain", message::StopHook::Method::post, 200, 20s}};
  host.specify(spec);
  givenReady();
  host.failHook = [](const message::StopHook&) { return std::optional<std::string>("refused"); };
  host.order({}, {kFirst});
  host.run(18s);
  EXPECT_THAT(host.acts, IsEmpty());
  host.run(20s);
  EXPECT_THAT(host.acts, ElementsAre("shut down a-0/1", "remove a-0/1"));
  EXPECT_THAT(host.happened, Contains(HasSubstr("http://10.0.0.1/drain was asked in vain: refused")));
}

TEST_F(Agent, ANodeThatIsSwitchedOffTakesLeaveEachTime) {
  auto spec = specFor("a-0");
  spec.beforeStop = {{"http://10.0.0.1/drain", message::StopHook::Method::post, 200, 20s}};
  host.specify(spec);
  givenReady();
  int calls = 0;
  host.failHook = [&](const message::StopHook&) { return ++calls, std::optional<std::string>(); };
  for (int time = 1; time <= 2; ++time) {
    auto off = host.manifestOf(host.generation.next(), {kFirst}, {});
    host.generation = off.generation;
    off.entries.front().halted = true;
    host.deliver(off, host.epoch);
    host.run(30s);
    EXPECT_EQ(host.phase(kFirst), Phase::stopped);
    EXPECT_EQ(calls, time);
    host.order({kFirst});
    host.run(40s);
    EXPECT_EQ(host.phase(kFirst), Phase::ready);
  }
}

TEST_F(Agent, TagsAndProbesChangeWithoutTheGuestNoticing) {
  givenReady();
  auto spec = specFor("a-0");
  spec.tags["role"] = "server";
  host.specify(spec);
  host.order({kFirst});
  host.run(5s);
  EXPECT_THAT(host.acts, ElementsAre("update a-0/1"));
  EXPECT_EQ(host.mind().reached(), Generation(2));
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
  EXPECT_THAT(host.status(kFirst)->pending, IsEmpty());
}

TEST_F(Agent, MoreMemoryComesAtTheNextBootAndIsAnnounced) {
  givenReady();
  auto spec = specFor("a-0");
  spec.memory = 2_GiB;
  spec.vcpus = 2;
  host.specify(spec);
  host.order({kFirst});
  host.run(5s);
  EXPECT_THAT(host.acts, ElementsAre("update a-0/1"));
  EXPECT_EQ(host.mind().reached(), Generation(2)) << "nothing more is to be done until it boots";
  EXPECT_THAT(host.status(kFirst)->pending, ElementsAre("2 vcpus at next boot", "memory 2GiB at next boot"));
  EXPECT_THAT(host.happened, Contains(HasSubstr("was updated: 2 vcpus at next boot, memory 2GiB at next boot")));
  host.crash();
  host.run(5s);
  EXPECT_THAT(host.status(kFirst)->pending, ElementsAre("2 vcpus at next boot", "memory 2GiB at next boot"));

  host.kill(kFirst);
  host.run(40s);
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
  EXPECT_THAT(host.status(kFirst)->pending, IsEmpty());
  EXPECT_EQ(host.guest(kFirst)->has.memory, 2_GiB);
}

TEST_F(Agent, AChangeThatIsTakenBackLeavesNothingPending) {
  givenReady();
  auto spec = specFor("a-0");
  spec.memory = 2_GiB;
  host.specify(spec);
  host.order({kFirst});
  host.run(5s);
  host.specify(specFor("a-0"));
  host.order({kFirst});
  host.run(5s);
  EXPECT_THAT(host.status(kFirst)->pending, IsEmpty());
  EXPECT_EQ(host.mind().reached(), Generation(3));
}

TEST_F(Agent, AnotherMachineUnderTheSameInstanceIsRefusedAndNothingIsTouched) {
  givenReady();
  host.specify(specFor("a-0", "other"));
  host.order({kFirst});
  host.run(1min);
  EXPECT_THAT(host.acts, IsEmpty());
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
  EXPECT_EQ(host.mind().reached(), Generation(1)) << "the controller must not believe that it is done";
  EXPECT_THAT(
      host.mind().conditions(),
      ElementsAre("node a-0 is kept as it is: its new spec asks for another image, which takes a new instance"));
  host.kill(kFirst);
  host.run(1min);
  EXPECT_EQ(host.phase(kFirst), Phase::ready) << "it is kept running all the same";
  host.specify(specFor("a-0"));
  host.order({kFirst});
  host.run(5s);
  EXPECT_THAT(host.mind().conditions(), IsEmpty());
}

TEST_F(Agent, AnotherIgnitionConfigIsNoticedThoughItIsNotKeptInMemory) {
  givenReady();
  auto spec = specFor("a-0");
  spec.ignition = "{}";
  host.specify(spec);
  host.order({kFirst});
  host.run(5s);
  EXPECT_THAT(host.acts, IsEmpty());
  EXPECT_THAT(host.mind().conditions(), ElementsAre(HasSubstr("asks for another Ignition config")));
}

TEST_F(Agent, ADomainOfAnOlderAgentIsUpdatedToo) {
  givenReady();
  host.guest(kFirst)->domain.mark.machine.reset();
  auto spec = specFor("a-0");
  spec.memory = 2_GiB;
  host.specify(spec);
  host.order({kFirst});
  host.run(5s);
  EXPECT_THAT(host.acts, ElementsAre("update a-0/1"));
  EXPECT_TRUE(host.guest(kFirst)->domain.mark.machine);
}

TEST_F(Agent, I10_AnUpdateThatDoesNotFitIsRefused) {
  givenReady();
  auto spec = specFor("a-0");
  spec.memory = 257_GiB;
  host.specify(spec);
  host.order({kFirst});
  host.run(5s);
  EXPECT_THAT(host.acts, IsEmpty());
  EXPECT_THAT(host.mind().conditions(), ElementsAre(HasSubstr("asks for 257GiB of memory")));
}

TEST_F(Agent, AnUpdateThatFailsIsTriedAgainAndDoesNotKeepADeadGuestDown) {
  givenReady();
  host.failAct = [](const effect::Act& act) -> std::optional<Failure> {
    if (act.step != Step::update) return std::nullopt;
    return Failure{Failure::Kind::temporary, "no luck"};
  };
  auto spec = specFor("a-0");
  spec.memory = 2_GiB;
  host.specify(spec);
  host.order({kFirst});
  host.run(5s);
  EXPECT_THAT(host.mind().conditions(), ElementsAre("node a-0 is kept as it is: no luck"));
  host.kill(kFirst);
  host.run(1min);
  EXPECT_EQ(host.phase(kFirst), Phase::ready);
  host.failAct = nullptr;
  host.run(2min);
  EXPECT_EQ(host.mind().reached(), Generation(2));
  EXPECT_THAT(host.mind().conditions(), IsEmpty());
}

// ---- volumes --------------------------------------------------------------------------------------------------------

TEST_F(Agent, I2_AVolumeOutlivesInstanceAndNode) {
  host.specify(withVolume(1_GiB));
  givenReady();
  ASSERT_EQ(host.mind().volumes().size(), 1u);
  host.order({kSecond}, {kFirst});
  host.run(2min);
  EXPECT_EQ(host.phase(kSecond), Phase::ready);
  host.order({}, {kSecond});
  host.run(2min);
  EXPECT_TRUE(host.guests.empty());
  ASSERT_EQ(host.mind().volumes().size(), 1u);
  EXPECT_EQ(host.mind().volumes()[0].node, NodeName::parse("a-0"));
  EXPECT_EQ(host.mind().volumes()[0].volume, (message::Volume{kData, 1_GiB, true}));
}

TEST_F(Agent, AVolumeGrowsInPlaceAndANewOneComesAtTheNextBoot) {
  host.specify(withVolume(1_GiB));
  givenReady();
  auto spec = withVolume(2_GiB);
  spec.volumes.push_back({VolumeName::parse("logs").value(), 1_GiB, false});
  host.specify(spec);
  host.order({kFirst});
  host.run(5s);
  EXPECT_THAT(host.acts, ElementsAre("update a-0/1"));
  EXPECT_THAT(host.status(kFirst)->pending, ElementsAre("volume logs at next boot"));
  ASSERT_EQ(host.mind().volumes().size(), 2u);
  EXPECT_EQ(host.mind().volumes()[0].volume.size, 2_GiB);
}

TEST_F(Agent, I2_AVolumeIsNeverMadeSmaller) {
  host.specify(withVolume(2_GiB));
  givenReady();
  host.specify(withVolume(1_GiB));
  host.order({kFirst});
  host.run(5s);
  EXPECT_THAT(host.acts, IsEmpty());
  EXPECT_THAT(host.mind().conditions(),
              ElementsAre(HasSubstr("volume data has 2GiB and is never made smaller (asked for 1GiB)")));
  host.order({kSecond}, {kFirst});
  host.run(2min);
  EXPECT_EQ(host.phase(kSecond), Phase::failed) << "not by another instance either";
}

TEST_F(Agent, AVolumeOfAnotherClusterIsNotGivenAway) {
  host.specify(withVolume(1_GiB));
  host.volumes[{NodeName::parse("a-0").value(), kData}] = {
      ClusterName::parse("other").value(), NodeName::parse("a-0").value(), {kData, 1_GiB, true}};
  host.order({kFirst});
  host.run(5s);
  EXPECT_EQ(host.phase(kFirst), Phase::failed);
  EXPECT_EQ(host.status(kFirst)->reason, "volume data belongs to cluster other on this host");
}

TEST_F(Agent, I10_VolumesOfNodesThatAreGoneStillTakeTheirRoom) {
  host.specify(withVolume(3000_GiB));
  host.order({kFirst});
  host.run(40s);
  host.order({}, {kFirst});
  host.run(2min);
  auto spec = specFor("a-1");
  spec.volumes = {{kData, 2000_GiB, true}};
  host.specify(spec);
  host.order({kOther});
  host.run(5s);
  EXPECT_EQ(host.phase(kOther), Phase::failed);
  EXPECT_THAT(host.status(kOther)->reason, HasSubstr("of disk"));
  host.order({kSecond});
  host.run(1min);
  EXPECT_EQ(host.phase(kSecond), Phase::ready) << "its own volume does not stand in its way";
}

/// The volume that is there now.
message::VolumeOrder orderFor(const AgentModel& host) {
  return {Verb::remove, ClusterName::parse("a").value(), NodeName::parse("a-0").value(), kData, {}, host.generation};
}

TEST_F(Agent, I2_AVolumeIsDeletedWhenItsTombstoneSaysSoAndNotBefore) {
  host.specify(withVolume(1_GiB));
  givenReady();
  host.order({}, {kFirst});
  host.run(2min);
  EXPECT_THAT(host.mind().carriedOut(), IsEmpty());
  host.volumeOrders = {orderFor(host)};
  host.order({}, {});
  host.run(2s);
  EXPECT_TRUE(host.volumes.empty());
  EXPECT_THAT(host.mind().volumes(), IsEmpty());
  EXPECT_EQ(host.mind().carriedOut(), host.volumeOrders);
  EXPECT_EQ(host.mind().reached(), host.generation);
  host.crash();
  host.run(2s);
  EXPECT_EQ(host.mind().carriedOut(), host.volumeOrders) << "told again until nobody asks any more";
  host.volumeOrders.clear();
  host.order({}, {});
  host.run(2s);
  EXPECT_THAT(host.mind().carriedOut(), IsEmpty());
}

TEST_F(Agent, I2_AVolumeThatAGuestHasIsNotDeletedUnderIt) {
  host.specify(withVolume(1_GiB));
  givenReady();
  host.volumeOrders = {orderFor(host)};
  host.order({kFirst});
  host.run(10s);
  EXPECT_EQ(host.volumes.size(), 1u);
  EXPECT_TRUE(host.runs(kFirst));
  EXPECT_THAT(host.mind().conditions(),
              ElementsAre("a-0: this host is to delete volume data, and has not yet: a guest has it"));
  EXPECT_LT(host.mind().reached(), host.generation);
  host.order({}, {kFirst});
  host.run(2min);
  EXPECT_TRUE(host.volumes.empty()) << "once its guest is gone";
  EXPECT_THAT(host.mind().conditions(), IsEmpty());
  EXPECT_EQ(host.mind().reached(), host.generation);
}

TEST_F(Agent, I2_ANodeThatComesAgainGetsANewVolumeOnceTheOldOneIsDeletedAndKeepsIt) {
  host.specify(withVolume(2_GiB));
  givenReady();
  host.order({}, {kFirst});
  host.run(2min);
  host.volumeOrders = {orderFor(host)};
  host.specify(withVolume(1_GiB));
  // Both with one manifest, and the order stays in the next ones for as long as the controller has not heard of it.
  host.order({kSecond});
  host.run(1min);
  ASSERT_EQ(host.phase(kSecond), Phase::ready) << host.status(kSecond)->reason;
  ASSERT_EQ(host.volumes.size(), 1u);
  EXPECT_EQ(host.volumes.begin()->second.volume.size, 1_GiB) << "smaller than the old one: it is another";
  EXPECT_EQ(host.mind().carriedOut(), host.volumeOrders);
  for (int i = 0; i < 3; ++i) {
    host.order({kSecond});
    host.run(5s);
    host.crash();
    host.run(1min);
  }
  EXPECT_EQ(host.volumes.size(), 1u);
  EXPECT_EQ(host.formats.begin()->second, 1u);
  EXPECT_EQ(host.mind().reached(), host.generation);
}

TEST_F(Agent, ANodeWaitsForTheDeletionOfItsFormerVolumeAndSaysSo) {
  host.specify(withVolume(1_GiB));
  givenReady();
  host.order({}, {kFirst});
  host.run(2min);
  host.failOrder = [](const auto&) { return Failure{Failure::Kind::temporary, "domain x still has its disk"}; };
  host.volumeOrders = {orderFor(host)};
  host.order({kSecond});
  host.run(1min);
  EXPECT_EQ(host.phase(kSecond), Phase::pending);
  EXPECT_EQ(host.status(kSecond)->reason, "waits until its former volume data is deleted");
  EXPECT_THAT(host.mind().conditions(), ElementsAre(HasSubstr("has not yet: domain x still has its disk")));
  EXPECT_EQ(host.count("create a-0/2"), 0u);
  host.failOrder = nullptr;
  host.run(2min);
  EXPECT_EQ(host.phase(kSecond), Phase::ready);
}

message::VolumeOrder orderFor(const AgentModel& host, Verb verb) {
  auto order = orderFor(host);
  order.verb = verb;
  order.snapshot = message::SnapshotName::parse("before").value();
  return order;
}

TEST_F(Agent, ASnapshotIsMadeUnderARunningGuestAndTakesItsRoom_I10) {
  host.specify(withVolume(3000_GiB));
  givenReady();
  host.volumeOrders = {orderFor(host, Verb::snapshot)};
  host.order({kFirst});
  host.run(5s);
  EXPECT_TRUE(host.runs(kFirst));
  EXPECT_THAT(host.acts, IsEmpty()) << "nothing is done to the guest";
  EXPECT_EQ(host.mind().carriedOut(), host.volumeOrders);
  ASSERT_EQ(host.mind().volumes().size(), 1u);
  ASSERT_EQ(host.mind().volumes()[0].snapshots.size(), 1u);
  const auto taken = host.mind().volumes()[0].snapshots[0].takenMs;
  host.crash();
  host.run(5s);
  EXPECT_EQ(host.mind().carriedOut(), host.volumeOrders);
  EXPECT_EQ(host.mind().volumes()[0].snapshots[0].takenMs, taken) << "it is not made anew";
  auto spec = specFor("a-1");
  spec.volumes = {{kData, 5000_GiB, true}};
  host.specify(spec);
  host.order({kFirst, kOther});
  host.run(5s);
  EXPECT_THAT(host.status(kOther)->reason, HasSubstr("of disk"));
}

TEST_F(Agent, AVolumeIsRestoredOnceAndNotUnderAGuest_I2) {
  host.specify(withVolume(1_GiB));
  givenReady();
  const std::pair name(NodeName::parse("a-0").value(), kData);
  host.volumeOrders = {orderFor(host, Verb::restore)};
  host.order({kFirst});
  host.run(30s);
  EXPECT_TRUE(host.restored[name].empty());
  EXPECT_THAT(host.mind().conditions(), ElementsAre(HasSubstr("to restore volume data from snapshot before")));
  host.order({}, {kFirst});
  host.run(2min);
  EXPECT_EQ(host.restored[name].size(), 1u);
  for (int i = 0; i < 3; ++i) {
    host.order({kSecond});
    host.run(40s);
    host.crash();
    host.run(10s);
  }
  EXPECT_EQ(host.phase(kSecond), Phase::ready);
  EXPECT_EQ(host.restored[name].size(), 1u) << "by now its guest has written to it again";
}

TEST_F(Agent, AGuestIsNotStartedBeforeItsVolumeIsRestored) {
  host.specify(withVolume(1_GiB));
  givenReady();
  host.volumeOrders = {orderFor(host, Verb::restore)};
  host.failOrder = [](const auto&) { return Failure{Failure::Kind::temporary, "no luck"}; };
  host.order({kFirst});
  host.run(5s);
  host.acts.clear();
  host.kill(kFirst);
  host.run(1min);
  EXPECT_FALSE(host.runs(kFirst));
  EXPECT_EQ(host.count("start a-0/1"), 0u);
  EXPECT_EQ(host.status(kFirst)->reason, "waits until its volume data is restored from before");
  // What cannot be done at all does not keep it from running for ever.
  host.failOrder = [](const auto&) { return Failure{Failure::Kind::permanent, "snapshot before is not here"}; };
  host.run(3min);
  EXPECT_TRUE(host.runs(kFirst));
}

TEST_F(Agent, AManifestThatNamesAVolumeTwiceIsRefused) {
  host.volumeOrders = {orderFor(host), orderFor(host)};
  host.order({kFirst});
  host.run(5s);
  EXPECT_THAT(host.mind().conditions(), ElementsAre(HasSubstr("orders two things about a volume")));
  EXPECT_THAT(host.acts, IsEmpty());
}

TEST_F(Agent, LooksAreFewWhileNothingStirs) {
  givenReady();
  const auto before = host.looks;
  host.run(100s);
  EXPECT_LE(host.looks - before, 11u);
}

}  // namespace
}  // namespace berth::reconcile
