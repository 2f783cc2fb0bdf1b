// SPDX-License-Identifier: Apache-2.0
//
// Root disks that are kept for the way back of their node, as the agent's mind sees them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/reconcile/reconciler.h"
#include "agent/reconcile/retired_work.h"
#include "tests/simulation/agent_model.h"

namespace berth::reconcile {
namespace {

using namespace std::chrono_literals;
using message::Phase;
using simulation::AgentModel;
using simulation::instanceOf;
using simulation::specFor;
using simulation::Wish;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const Wish kFirst{"a-0", 1};
const Wish kSecond{"a-0", 2};
const Wish kThird{"a-0", 3};

class RetiredDisks : public testing::Test {
protected:
  void TearDown() override { EXPECT_EQ(host.broken(), ""); }

  /// The first instance is ready; then it is replaced by one of another flavour, and its disk is to be kept.
  void replace() {
    host.order({kFirst});
    host.run(40s);
    ASSERT_EQ(host.phase(kFirst), Phase::ready);
    host.retiredDisks = {{kFirst, 0}};
    host.order({}, {kFirst});
    host.run(1min);
    host.specify(specFor("a-0", "other"));
    host.order({kSecond});
  }
  /// The node goes back to what it was.
  void goBack() {
    host.retiredDisks = {{kFirst, 3}};
    host.order({}, {kSecond});
    host.run(1min);
    host.specify(specFor("a-0"));
    host.order({kThird});
  }
  [[nodiscard]] Uuid originOf(const Wish& wish) { return host.files.at(instanceOf(wish).uuid).origin; }

  AgentModel host;
};

TEST_F(RetiredDisks, AreKeptWhileTheManifestSaysSo) {
  replace();
  host.run(1min);
  EXPECT_EQ(host.phase(kSecond), Phase::ready);
  ASSERT_THAT(host.retired, SizeIs(1));
  EXPECT_THAT(host.happened, Contains(HasSubstr("a-0/1: its root disk is kept")));
  const auto& kept = host.retired.begin()->second.disk;
  EXPECT_EQ(host.status(kSecond)->retiredUntilMs, kept.sinceMs + 24 * 3'600'000);
  EXPECT_EQ(host.mind().reached(), host.generation);
  host.retiredDisks.clear();
  host.order({kSecond});
  host.run(10s);
  EXPECT_THAT(host.retired, IsEmpty());
  EXPECT_EQ(host.status(kSecond)->retiredUntilMs, 0);
  EXPECT_THAT(host.happened, Not(Contains(HasSubstr("is deleted")))) << "all went well: nothing to be said";
}

TEST_F(RetiredDisks, WithoutAWordOfTheControllerNoneIs) {
  host.order({kFirst});
  host.run(40s);
  host.order({}, {kFirst});
  host.run(1min);
  EXPECT_THAT(host.retired, IsEmpty());
  EXPECT_THAT(host.files, IsEmpty());
}

TEST_F(RetiredDisks, ANodeThatGoesBackIsMadeFromTheDiskThatItHad) {
  replace();
  host.run(10s);
  goBack();
  host.run(40s);
  EXPECT_EQ(host.phase(kThird), Phase::ready);
  EXPECT_EQ(originOf(kThird), instanceOf(kFirst).uuid);
  EXPECT_THAT(host.retired, IsEmpty()) << "its label is swept, whatever the manifest says";
  EXPECT_THAT(host.happened, Contains(HasSubstr("a-0/3: is made from the root disk that its node had before")));
}

TEST_F(RetiredDisks, AnAgentThatBeginsAnewGoesBackAllTheSame) {
  replace();
  host.run(10s);
  host.crash();
  goBack();
  host.step();
  host.crash();
  host.run(40s);
  EXPECT_EQ(originOf(kThird), instanceOf(kFirst).uuid);
  EXPECT_THAT(host.retired, IsEmpty());
}

TEST_F(RetiredDisks, ADiskOfAnotherMachineIsNotTaken) {
  replace();
  host.run(10s);
  host.retiredDisks = {{kFirst, 3}};
  host.order({}, {kSecond});
  host.run(1min);
  host.specify(specFor("a-0", "third"));
  host.order({kThird});
  host.run(40s);
  EXPECT_EQ(host.phase(kThird), Phase::ready);
  EXPECT_EQ(originOf(kThird), instanceOf(kThird).uuid) << "it was made from another image";
}

TEST_F(RetiredDisks, OneThatIsNotThereAnyMoreLeavesTheImage) {
  replace();
  host.run(10s);
  host.retired.clear();
  goBack();
  host.run(40s);
  EXPECT_EQ(host.phase(kThird), Phase::ready);
  EXPECT_EQ(originOf(kThird), instanceOf(kThird).uuid);
}

TEST_F(RetiredDisks, GoAfterADay) {
  replace();
  host.run(1min);
  host.retired.begin()->second.disk.sinceMs -= 24 * 3'600'000 + 1;
  host.run(30s);
  EXPECT_THAT(host.retired, IsEmpty());
  EXPECT_THAT(host.happened, Contains("a-0/2: the root disk that it had before is deleted: it was kept for a day"));
}

/// There is room for two root disks of 10 GiB.
class OnASmallHost : public RetiredDisks {
protected:
  OnASmallHost() {
    host.policy.capacity.disk = 25_GiB;
    host.crash();
  }
};

TEST_F(OnASmallHost, GoBeforeAnythingIsMadeThatNeedsTheirRoom_I10) {
  replace();
  host.run(1min);
  ASSERT_THAT(host.retired, SizeIs(1)) << "both have room";
  host.acts.clear();
  bool wasThere = false;
  host.failAct = [&](const effect::Act& act) {
    wasThere = wasThere || (act.step == Step::create && !host.retired.empty());
    return std::nullopt;
  };
  host.order({kSecond, {"a-1", 1}});
  host.run(40s);
  EXPECT_EQ(host.phase({"a-1", 1}), Phase::ready);
  EXPECT_THAT(host.retired, IsEmpty());
  EXPECT_FALSE(wasThere) << "it was promised twice";
  EXPECT_THAT(host.happened, Contains("a-0/2: the root disk that it had before is deleted: this host has no room for "
                                      "it beside what is made here"));
}

TEST_F(OnASmallHost, OneThatANodeGoesBackToTakesNoRoomBesideIt) {
  replace();
  host.run(10s);
  host.retiredDisks = {{kFirst, 3}};
  host.order({}, {kSecond});
  host.run(1min);
  // What else is free is somebody else's at the same time.
  host.specify(specFor("a-0"));
  host.order({kThird, {"a-1", 1}});
  host.run(40s);
  EXPECT_EQ(host.phase({"a-1", 1}), Phase::ready);
  EXPECT_EQ(host.phase(kThird), Phase::ready);
  EXPECT_EQ(originOf(kThird), instanceOf(kFirst).uuid);
}

TEST_F(RetiredDisks, AreNotKeptWhereTheDiskIsNearlyFull) {
  replace();
  host.run(1min);
  ASSERT_THAT(host.retired, SizeIs(1));
  host.diskFull = true;
  host.run(30s);
  EXPECT_THAT(host.retired, IsEmpty());
  EXPECT_THAT(host.happened, Contains(HasSubstr("is deleted: the disk of this host is nearly full")));
}

TEST_F(RetiredDisks, OneThatCannotBeKeptIsSaidToGoAtOnce) {
  host.order({kFirst});
  host.run(40s);
  host.retiredDisks = {{kFirst, 0}};
  host.order({}, {kFirst});
  host.step();
  host.diskFull = true;
  host.run(1min);
  EXPECT_THAT(host.retired, IsEmpty());
  EXPECT_THAT(host.happened, Contains("a-0/1: its root disk is not kept: the disk of this host is nearly full"));
}

TEST_F(RetiredDisks, TheImageUnderOneStays) {
  replace();
  host.run(2h);
  EXPECT_THAT(host.retired, SizeIs(1));
  EXPECT_TRUE(host.images.contains(Digest::of("image")));
  host.retiredDisks.clear();
  host.order({kSecond});
  host.run(2h);
  EXPECT_FALSE(host.images.contains(Digest::of("image")));
}

TEST_F(RetiredDisks, OneThatCannotBeDeletedIsACondition) {
  replace();
  host.run(1min);
  host.retiredDisks.clear();
  host.order({kSecond});
  host.failDrop = [] { return true; };
  host.run(10s);
  EXPECT_THAT(host.mind().conditions(),
              Contains("a-0: a root disk that it had before cannot be deleted: input/output error"));
  host.failDrop = {};
  host.run(2min);
  EXPECT_THAT(host.mind().conditions(), IsEmpty());
  EXPECT_THAT(host.retired, IsEmpty());
}

}  // namespace
}  // namespace berth::reconcile
