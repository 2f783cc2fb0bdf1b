// SPDX-License-Identifier: Apache-2.0
#include "planner/change/surge.h"

#include <algorithm>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/unit/planner/change/world.h"

namespace berth::change {
namespace {

using testing::ElementsAre;

/// Pools whose nodes all change.
struct Scene {
  std::vector<node::Blueprint> wanted;
  std::vector<InForce> present;
  layout::Layout layout;
  Limits limits;

  void add(const std::string& pool, std::uint32_t index, Health health = Health::ready) {
    present.push_back(inForce(blueprint(pool, index), "h1", health));
    wanted.push_back(blueprint(pool, index, R"({"storage":{"files":[{"path":"/a"}]}})"));
    layout.hosts.emplace(wanted.back().name, hostName("h1"));
  }
  void addLeaving(const std::string& pool, std::uint32_t index, Health health = Health::ready) {
    present.push_back(inForce(blueprint(pool, index), "h1", health));
    present.back().standsIn = true;
  }
  Plan plan(const std::vector<StandIn>& standIns) const {
    Plan made = change::plan(wanted, present, layout, limits, Leavers::last);
    weave(made, standIns, present, limits.maxParallel);
    return made;
  }
};

StandIn standIn(const std::string& pool, std::uint32_t index) {
  return {nodeName("c-" + pool + "-" + std::to_string(index)), PoolName::parse(pool).value(), index, hostName("h2")};
}

TEST(Surge, standsInBeforeTheFirstNodeGoesAndUntilTheLastIsBack) {
  Scene scene;
  for (std::uint32_t i = 0; i < 3; ++i) scene.add("web", i);
  const Plan plan = scene.plan({standIn("web", 3)});
  EXPECT_THAT(told(plan), ElementsAre("create c-web-3 on h2", "replace c-web-0 on h1", "replace c-web-1 on h1",
                                      "replace c-web-2 on h1", "destroy c-web-3 on h2"));
  EXPECT_THAT(plan.waves.front()[0].reasons, ElementsAre("max_surge: stands in while 3 nodes are replaced"));
  EXPECT_THAT(plan.waves.back()[0].reasons, ElementsAre("max_surge: it only stood in for others"));
}

TEST(Surge, lastsNoLongerThanItsPoolIsChanged) {
  Scene scene;
  scene.add("db", 0);
  scene.add("web", 0);
  EXPECT_THAT(told(scene.plan({standIn("db", 1), standIn("web", 1)})),
              ElementsAre("create c-db-1 on h2", "replace c-db-0 on h1", "destroy c-db-1 on h2", "create c-web-1 on h2",
                          "replace c-web-0 on h1", "destroy c-web-1 on h2"));
}

TEST(Surge, standsInBeforeNodesThatAreDownAreMendedTooSinceTheyMayComeUpBefore) {
  Scene scene;
  scene.add("web", 0);
  scene.add("web", 1, Health::notReady);
  const Plan plan = scene.plan({standIn("web", 2)});
  EXPECT_THAT(told(plan), ElementsAre("create c-web-2 on h2", "replace c-web-1 on h1", "replace c-web-0 on h1",
                                      "destroy c-web-2 on h2"));
  EXPECT_THAT(plan.waves[0][0].reasons, ElementsAre("max_surge: stands in while c-web-0 is replaced"));
}

TEST(Surge, standsInForCanariesUntilTheyArePromoted) {
  Scene scene;
  scene.limits.canary = 1;
  scene.add("db", 0);
  for (std::uint32_t i = 0; i < 2; ++i) scene.add("web", i);
  const Plan plan = scene.plan({standIn("db", 1), standIn("web", 2)});
  EXPECT_THAT(told(plan), ElementsAre("create c-db-1 on h2", "replace c-db-0 on h1", "create c-web-2 on h2",
                                      "replace c-web-0 on h1", "destroy c-db-1 on h2", "replace c-web-1 on h1",
                                      "destroy c-web-2 on h2"));
  EXPECT_EQ(plan.canaryWaves, 4u);
}

TEST(Surge, asksForNoPromotionWhenOnlyWhoStandsInWouldWaitForIt) {
  Scene scene;
  scene.limits.canary = 1;
  scene.add("web", 0);
  EXPECT_EQ(scene.plan({standIn("web", 1)}).canaryWaves, 0u);
}

TEST(Surge, goesOnWithWhatAFailedPlanLeft) {
  Scene scene;
  for (std::uint32_t i = 0; i < 2; ++i) scene.add("web", i);
  scene.addLeaving("web", 2);
  scene.addLeaving("web", 3, Health::notReady);
  scene.addLeaving("web", 4, Health::notReady);
  StandIn anew = standIn("web", 3);
  anew.now = hostName("h1");
  StandIn again = standIn("web", 2);
  again.now = again.host = hostName("h1");
  again.isToBeMade = false;
  const Plan plan = scene.plan({anew, again});
  EXPECT_THAT(told(plan), ElementsAre("replace c-web-3 on h2 from h1", "replace c-web-0 on h1", "replace c-web-1 on h1",
                                      "destroy c-web-4 on h1", "destroy c-web-3 on h2", "destroy c-web-2 on h1"));
  EXPECT_EQ(plan.waves[3][0].role, Role::former) << "nobody waits for it: it may go at once";
  EXPECT_EQ(plan.waves[4][0].role, Role::standIn);
  EXPECT_EQ(plan.waves[5][0].role, Role::standIn);
}

TEST(Surge, countsOnNobodyWhoGoesFirst) {
  Scene scene;
  scene.add("web", 0);
  scene.addLeaving("web", 1);
  Plan made = change::plan(scene.wanted, scene.present, scene.layout, scene.limits, Leavers::first);
  weave(made, {standIn("web", 2)}, scene.present, 1);
  EXPECT_THAT(told(made), ElementsAre("destroy c-web-1 on h1", "create c-web-2 on h2", "replace c-web-0 on h1",
                                      "destroy c-web-2 on h2"));
  EXPECT_EQ(made.waves[0][0].role, Role::former);
}

TEST(Surge, leavesWhatAFailedPlanLeftToGoWhenNobodyIsChanged) {
  Scene scene;
  scene.addLeaving("web", 2);
  const Plan plan = scene.plan({});
  ASSERT_THAT(told(plan), ElementsAre("destroy c-web-2 on h1"));
  EXPECT_THAT(plan.waves[0][0].reasons, ElementsAre("max_surge: it only stood in for others"));
  EXPECT_EQ(plan.waves[0][0].role, Role::former);
}

// ---- what holds for every plan

struct Case {
  std::uint32_t pool = 0;
  bool isReady = false;
  bool changes = false;
  bool isNew = false;
};

/// How many nodes of each pool serve, wave by wave.
class Serving {
public:
  explicit Serving(const std::vector<InForce>& present) {
    for (const InForce& each : present) {
      if (each.health == Health::ready) ready_[each.blueprint.pool].insert(each.blueprint.name);
    }
  }
  [[nodiscard]] std::size_t of(const PoolName& pool) { return ready_[pool].size(); }
  void begin(const Wave& wave) {
    for (const Change& change : wave) ready_[change.pool].erase(change.node);
  }
  void end(const Wave& wave) {
    for (const Change& change : wave) {
      if (change.action != Action::destroy) ready_[change.pool].insert(change.node);
    }
  }

private:
  std::map<PoolName, std::set<NodeName>> ready_;
};

TEST(NoPlanWithStandIns, leavesFewerNodesServingThanItMay) {
  EXPECT_TRUE(rc::check([] {
    const auto cases = *rc::gen::container<std::vector<Case>>(
        rc::gen::build<Case>(rc::gen::set(&Case::pool, rc::gen::inRange<std::uint32_t>(0, 3)),
                             rc::gen::set(&Case::isReady, rc::gen::arbitrary<bool>()),
                             rc::gen::set(&Case::changes, rc::gen::arbitrary<bool>()),
                             rc::gen::set(&Case::isNew, rc::gen::arbitrary<bool>())));
    const auto surge = *rc::gen::inRange<std::uint32_t>(0, 5);
    Scene scene;
    scene.limits = {*rc::gen::inRange<std::uint32_t>(1, 6), {}, *rc::gen::inRange<std::uint32_t>(0, 3)};
    std::vector<StandIn> standIns;
    const std::vector<std::string> pools{"db", "old", "web"};
    for (std::uint32_t pool = 0; pool < 3; ++pool) {
      std::uint32_t index = 0;
      std::uint32_t interrupted = 0;
      for (const Case& each : cases) {
        if (each.pool != pool) continue;
        scene.add(pools[pool], index++, each.isReady ? Health::ready : Health::notReady);
        if (each.isNew) scene.present.pop_back();
        if (!each.changes && !each.isNew) scene.wanted.back() = scene.present.back().blueprint;
        if (each.isReady && each.changes && !each.isNew) ++interrupted;
      }
      const std::uint32_t most = std::min(surge, interrupted);
      for (std::uint32_t i = 0; i < most; ++i) standIns.push_back(standIn(pools[pool], index + i));
    }
    const Plan plan = scene.plan(standIns);
    Serving serving(scene.present);
    std::map<PoolName, std::size_t> atFirst;
    for (const std::string& pool : pools) {
      const PoolName name = PoolName::parse(pool).value();
      atFirst[name] = serving.of(name);
    }
    const std::uint32_t lack = scene.limits.maxParallel > surge ? scene.limits.maxParallel - surge : 0;
    for (const Wave& wave : plan.waves) {
      RC_ASSERT(wave.size() <= scene.limits.maxParallel);
      serving.begin(wave);
      for (const auto& [pool, count] : atFirst) RC_ASSERT(serving.of(pool) + lack >= count);
      serving.end(wave);
    }
    for (const std::string& pool : pools) {
      const PoolName name = PoolName::parse(pool).value();
      RC_ASSERT(serving.of(name) >= atFirst[name]);
      const auto isOver = [&](const StandIn& each) { return each.pool == name; };
      const auto extras = static_cast<std::size_t>(std::ranges::count_if(standIns, isOver));
      const auto creates = [&](Action action) {
        std::size_t count = 0;
        for (const Wave& wave : plan.waves) {
          count += static_cast<std::size_t>(std::ranges::count_if(wave, [&](const Change& change) {
            return change.pool == name && change.role == Role::standIn && change.action == action;
          }));
        }
        return count;
      };
      RC_ASSERT(creates(Action::create) == extras);
      RC_ASSERT(creates(Action::destroy) == extras);
    }
  }));
}

}  // namespace
}  // namespace berth::change
