// SPDX-License-Identifier: Apache-2.0
#include "planner/change/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/planner/change/world.h"

namespace berth::change {
namespace {

using node::Blueprint;
using testing::ElementsAre;
using testing::IsEmpty;

layout::Layout layoutOf(const std::vector<std::pair<std::string, std::string>>& places) {
  layout::Layout layout;
  for (const auto& [node, host] : places) layout.hosts.emplace(nodeName(node), hostName(host));
  return layout;
}

const layout::Layout kThree = layoutOf({{"c-web-0", "h1"}, {"c-web-1", "h2"}, {"c-web-2", "h3"}, {"c-db-0", "h1"}});
const std::string kNew = R"({"storage":{"files":[{"path":"/new"}]}})";

TEST(Plan, createsWhatIsNotThereNodeByNode) {
  const Plan made =
      plan({blueprint("web", 0), blueprint("web", 1), blueprint("db", 0)}, {}, kThree, {1}, Leavers::last);
  EXPECT_THAT(told(made), ElementsAre("create c-web-0 on h1", "create c-web-1 on h2", "create c-db-0 on h1"));
  EXPECT_THAT(made.waves[0][0].reasons, ElementsAre("new in pool \"web\""));
}

TEST(Plan, makesAPoolThatLivesByItsMajorityAtOnceTheFirstTime) {
  const std::vector<Blueprint> wanted{blueprint("web", 0), blueprint("web", 1), blueprint("web", 2),
                                      blueprint("db", 0)};
  const Limits limits{.maxParallel = 1, .quorum = {PoolName::parse("web").value()}};
  EXPECT_THAT(told(plan(wanted, {}, kThree, limits, Leavers::last)),
              ElementsAre("create c-web-0 on h1, create c-web-1 on h2, create c-web-2 on h3", "create c-db-0 on h1"));
  const std::vector<InForce> present{inForce(blueprint("web", 0), "h1")};
  EXPECT_THAT(told(plan(wanted, present, kThree, limits, Leavers::last)),
              ElementsAre("create c-web-1 on h2", "create c-web-2 on h3", "create c-db-0 on h1"))
      << "who joins others does so one by one";
}

TEST(Plan, takesPoolsThatOthersCannotDoWithoutFirst) {
  const std::vector<Blueprint> wanted{blueprint("web", 0), blueprint("db", 0)};
  const Limits limits{.maxParallel = 1, .first = {PoolName::parse("db").value()}};
  EXPECT_THAT(told(plan(wanted, {}, kThree, limits, Leavers::last)),
              ElementsAre("create c-db-0 on h1", "create c-web-0 on h1"));
}

TEST(Plan, isEmptyWhenAllIsAsItShouldBe) {
  const Plan made = plan({blueprint("web", 0)}, {inForce(blueprint("web", 0), "h1")}, kThree, {1}, Leavers::last);
  EXPECT_TRUE(made.empty());
  EXPECT_EQ(made.unchanged, 1u);
}

TEST(Plan, replacesInWavesOfMaxParallelWithinAPool) {
  const std::vector<Blueprint> wanted{blueprint("web", 0, kNew), blueprint("web", 1, kNew), blueprint("web", 2, kNew),
                                      blueprint("db", 0, kNew)};
  const std::vector<InForce> present{inForce(blueprint("web", 0), "h1"), inForce(blueprint("web", 1), "h2"),
                                     inForce(blueprint("web", 2), "h3"), inForce(blueprint("db", 0), "h1")};
  EXPECT_THAT(
      told(plan(wanted, present, kThree, {2}, Leavers::last)),
      ElementsAre("replace c-web-0 on h1, replace c-web-1 on h2", "replace c-web-2 on h3", "replace c-db-0 on h1"));
}

TEST(Plan, restartsWhatIsAskedForAsItIsAndInWaves) {
  std::vector<node::Blueprint> wanted{blueprint("web", 0), blueprint("web", 1), blueprint("web", 2)};
  const std::vector<InForce> present{inForce(wanted[0], "h1"), inForce(wanted[1], "h2"), inForce(wanted[2], "h3")};
  layout::Layout layout;
  for (const InForce& each : present) layout.hosts.emplace(each.blueprint.name, each.host);
  wanted[1].ignition = "{\"another\":1}";
  const Wishes wishes{.restart = {wanted[0].name, wanted[1].name, wanted[2].name}};
  const Plan made = plan(wanted, present, layout, {.maxParallel = 2}, Leavers::last, wishes);
  EXPECT_THAT(told(made), ElementsAre("restart c-web-0 on h1, replace c-web-1 on h2", "restart c-web-2 on h3"))
      << "who is made anew needs no restart besides";
}

TEST(Plan, replacesCanariesOfEachPoolBeforeAllOthers) {
  const std::vector<Blueprint> wanted{blueprint("web", 0, kNew), blueprint("web", 1, kNew), blueprint("web", 2, kNew),
                                      blueprint("db", 0, kNew), blueprint("db", 1)};
  const std::vector<InForce> present{inForce(blueprint("web", 0), "h1"), inForce(blueprint("web", 1), "h2"),
                                     inForce(blueprint("web", 2), "h3"), inForce(blueprint("db", 0), "h1")};
  const layout::Layout layout =
      layoutOf({{"c-web-0", "h1"}, {"c-web-1", "h2"}, {"c-web-2", "h3"}, {"c-db-0", "h1"}, {"c-db-1", "h2"}});
  const Plan made = plan(wanted, present, layout, {.maxParallel = 2, .canary = 1}, Leavers::last);
  EXPECT_THAT(told(made), ElementsAre("replace c-web-0 on h1", "replace c-db-0 on h1",
                                      "replace c-web-1 on h2, replace c-web-2 on h3", "create c-db-1 on h2"));
  EXPECT_EQ(made.canaryWaves, 2u);
}

TEST(Plan, hasNoCanariesWhereNothingWouldWaitForThem) {
  const std::vector<InForce> present{inForce(blueprint("web", 0), "h1")};
  EXPECT_EQ(plan({blueprint("web", 0, kNew)}, present, kThree, {.canary = 1}, Leavers::last).canaryWaves, 0u);
  EXPECT_EQ(plan({blueprint("web", 0), blueprint("web", 1)}, present, kThree, {.canary = 1}, Leavers::last).canaryWaves,
            0u);
}

TEST(Plan, touchesNodesThatAreNotReadyFirst) {
  const std::vector<Blueprint> wanted{blueprint("web", 0, kNew), blueprint("web", 1, kNew), blueprint("web", 2, kNew)};
  const std::vector<InForce> present{inForce(blueprint("web", 0), "h1"), inForce(blueprint("web", 1), "h2"),
                                     inForce(blueprint("web", 2), "h3", Health::notReady)};
  EXPECT_THAT(told(plan(wanted, present, kThree, {1}, Leavers::last)),
              ElementsAre("replace c-web-2 on h3", "replace c-web-0 on h1", "replace c-web-1 on h2"));
}

TEST(Plan, takesTheOneThatLeadsAfterTheOthersOfItsPool) {
  const std::vector<Blueprint> wanted{blueprint("web", 0, kNew), blueprint("web", 1, kNew), blueprint("web", 2, kNew)};
  std::vector<InForce> present{inForce(blueprint("web", 0), "h1"), inForce(blueprint("web", 1), "h2"),
                               inForce(blueprint("web", 2), "h3")};
  present[0].leads = true;
  EXPECT_THAT(told(plan(wanted, present, kThree, {1}, Leavers::last)),
              ElementsAre("replace c-web-1 on h2", "replace c-web-2 on h3", "replace c-web-0 on h1"));
  EXPECT_EQ(told(plan(wanted, present, kThree, {.maxParallel = 1, .canary = 1}, Leavers::last)).front(),
            "replace c-web-1 on h2")
      << "nor is it the canary";
}

TEST(Plan, takesLeavingNodesLastAndTheHighestIndexFirst) {
  const std::vector<InForce> present{inForce(blueprint("web", 0), "h1"), inForce(blueprint("web", 1), "h2"),
                                     inForce(blueprint("web", 2), "h3"), inForce(blueprint("old", 0), "h1")};
  const Plan made = plan({blueprint("web", 0, kNew)}, present, kThree, {1}, Leavers::last);
  EXPECT_THAT(told(made), ElementsAre("replace c-web-0 on h1", "destroy c-old-0 on h1", "destroy c-web-2 on h3",
                                      "destroy c-web-1 on h2"));
  EXPECT_THAT(made.waves[1][0].reasons, ElementsAre("the spec has no nodes in pool \"old\" any more"));
  EXPECT_THAT(made.waves[2][0].reasons, ElementsAre("pool \"web\" has only 1 now"));
}

TEST(Plan, takesLeavingNodesFirstWhenTheirRoomIsNeeded) {
  const std::vector<InForce> present{inForce(blueprint("old", 0), "h1"), inForce(blueprint("old", 1), "h1")};
  EXPECT_THAT(told(plan({blueprint("web", 0)}, present, kThree, {2}, Leavers::first)),
              ElementsAre("destroy c-old-1 on h1, destroy c-old-0 on h1", "create c-web-0 on h1"));
}

TEST(Plan, saysWhereAMovedNodeComesFrom) {
  const Plan made = plan({blueprint("web", 0, kNew)}, {inForce(blueprint("web", 0), "h9")}, kThree, {1}, Leavers::last);
  EXPECT_THAT(told(made), ElementsAre("replace c-web-0 on h1 from h9"));
  EXPECT_EQ(made.waves[0][0].reasons.back(), "h9 has no place for it");
}

TEST(Plan, keepsLiveChangesOutOfTheWaves) {
  Blueprint tagged = blueprint("web", 0);
  tagged.tags = {{"a", "b"}};
  const Plan made = plan({tagged}, {inForce(blueprint("web", 0), "h1")}, kThree, {1}, Leavers::last);
  EXPECT_THAT(made.waves, IsEmpty());
  ASSERT_EQ(made.updates.size(), 1u);
  EXPECT_EQ(made.updates[0].host, hostName("h1"));
  EXPECT_FALSE(made.empty());
}

TEST(PlanDestroy, removesEveryNodeAtOnce) {
  const std::vector<InForce> present{inForce(blueprint("web", 0), "h1"), inForce(blueprint("web", 1), "h2"),
                                     inForce(blueprint("db", 0), "h3")};
  EXPECT_THAT(told(planDestroy(present)),
              ElementsAre("destroy c-db-0 on h3, destroy c-web-1 on h2, destroy c-web-0 on h1"));
  EXPECT_TRUE(planDestroy({}).empty());
}

}  // namespace
}  // namespace berth::change
