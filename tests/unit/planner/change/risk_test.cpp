// SPDX-License-Identifier: Apache-2.0
//
// Waves of pools that live by their majority, and what a person is told of the danger.
#include "planner/change/risk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/planner/change/world.h"

namespace berth::change {
namespace {

using namespace std::chrono_literals;
using node::Blueprint;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kNew = R"({"storage":{"files":[{"path":"/new"}]}})";
const PoolName kDb = PoolName::parse("db").value();

struct Cluster {
  std::vector<Blueprint> wanted;
  std::vector<InForce> present;
  layout::Layout layout;

  Plan plan(std::uint32_t maxParallel) const {
    return change::plan(wanted, present, layout, {maxParallel, {kDb}}, Leavers::last);
  }
};

/// `now` nodes of pool db, of which the first `then` are changed and the others leave.
Cluster cluster(std::uint32_t now, std::uint32_t then) {
  Cluster made;
  for (std::uint32_t i = 0; i < now; ++i) made.present.push_back(inForce(blueprint("db", i), "h1"));
  for (std::uint32_t i = 0; i < then; ++i) {
    made.wanted.push_back(blueprint("db", i, kNew));
    made.layout.hosts.emplace(made.wanted.back().name, hostName("h1"));
  }
  return made;
}

std::vector<std::size_t> sizes(const Plan& plan) {
  std::vector<std::size_t> sizes;
  for (const Wave& wave : plan.waves) sizes.push_back(wave.size());
  return sizes;
}

TEST(QuorumWaves, neverTakeMoreThanAMinorityDown) {
  EXPECT_THAT(sizes(cluster(5, 5).plan(5)), ElementsAre(2, 2, 1));
  EXPECT_THAT(sizes(cluster(3, 3).plan(5)), ElementsAre(1, 1, 1));
  EXPECT_THAT(sizes(cluster(7, 7).plan(2)), ElementsAre(2, 2, 2, 1)) << "max_parallel is less than the minority";
}

TEST(QuorumWaves, goOneByOneWhereThereIsNoMajorityToSpare) {
  EXPECT_THAT(sizes(cluster(2, 2).plan(2)), ElementsAre(1, 1));
  EXPECT_THAT(sizes(cluster(1, 1).plan(2)), ElementsAre(1));
}

TEST(QuorumWaves, countWhoHasLeftAlready) {
  // 7 may lose 3; the 4 that are left may lose 1; and so on.
  EXPECT_THAT(sizes(cluster(7, 0).plan(9)), ElementsAre(3, 1, 1, 1, 1));
}

TEST(QuorumWaves, createAsManyAtOnceAsAllowed) {
  Cluster fresh = cluster(0, 5);
  EXPECT_THAT(sizes(fresh.plan(5)), ElementsAre(5));
}

TEST(Risks, sayWhatIsDownAndHowFarTheMajorityIs) {
  const Cluster five = cluster(5, 5);
  const auto risks = risksOf(five.plan(5), five.present, {kDb});
  EXPECT_THAT(risks, ElementsAre(ElementsAre(PoolRisk{kDb, 5, 2, 3, 0}), ElementsAre(PoolRisk{kDb, 5, 2, 3, 0}),
                                 ElementsAre(PoolRisk{kDb, 5, 1, 3, 1})));
}

TEST(Risks, countNodesThatAreNotKnownToBeReadyAsDown) {
  Cluster three = cluster(3, 3);
  three.present[2].health = Health::notReady;
  const auto risks = risksOf(three.plan(1), three.present, {kDb});
  // The one that is down is mended first, which takes nothing further down.
  EXPECT_EQ(risks.at(0).at(0), (PoolRisk{kDb, 3, 1, 2, 0}));
  EXPECT_EQ(risks.at(1).at(0), (PoolRisk{kDb, 3, 1, 2, 0}));
  three.present[1].health = Health::unknown;
  EXPECT_EQ(risksOf(three.plan(1), three.present, {kDb}).at(0).at(0).margin, -1) << "it is lost already";
}

TEST(Risks, sayThatAPairLosesItsMajority) {
  const Cluster two = cluster(2, 2);
  EXPECT_EQ(risksOf(two.plan(1), two.present, {kDb}).at(0).at(0), (PoolRisk{kDb, 2, 1, 2, -1}));
}

TEST(Risks, areNoneForNewNodesAndHaveNoMajorityForOtherPools) {
  const Cluster fresh = cluster(0, 2);
  EXPECT_THAT(risksOf(fresh.plan(2), {}, {kDb}), ElementsAre(IsEmpty()));
  const Cluster three = cluster(3, 3);
  EXPECT_EQ(risksOf(three.plan(1), three.present, {}).at(0).at(0), (PoolRisk{kDb, 3, 1, 0, 0}));
}

TEST(AnEstimate, takesTheMedianOfTheSlowestActionOfEachWave) {
  const Cluster mixed = cluster(3, 2);  // two replaced, one destroyed: three waves
  const auto judged = estimate(mixed.plan(1), {{Action::replace, {10s, 90s, 20s}}, {Action::destroy, {5s}}});
  ASSERT_TRUE(judged);
  EXPECT_EQ(judged->time, 45s);
  EXPECT_EQ(judged->judgedBy, 4u);
}

TEST(AnEstimate, isNoneWhereAnActionWasNeverDone) {
  EXPECT_FALSE(estimate(cluster(3, 2).plan(1), {{Action::replace, {10s}}}));
}

}  // namespace
}  // namespace berth::change
