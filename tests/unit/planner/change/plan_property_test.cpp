// SPDX-License-Identifier: Apache-2.0
//
// What must hold of every plan, on clusters that a seed makes up. A failure prints its seed.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "tests/unit/planner/change/world.h"

namespace berth::change {
namespace {

using node::Blueprint;

struct World {
  std::vector<Blueprint> wanted;
  std::vector<InForce> present;
  layout::Layout layout;
  std::uint32_t maxParallel = 1;
  Leavers leavers = Leavers::last;
};

World randomWorld(std::uint32_t seed) {
  std::mt19937 dice(seed);
  const auto upTo = [&](std::uint32_t most) { return static_cast<std::uint32_t>(dice() % (most + 1)); };
  World world;
  world.maxParallel = 1 + upTo(3);
  world.leavers = upTo(1) == 0 ? Leavers::last : Leavers::first;
  const auto variant = [&](Blueprint blueprint) {
    if (upTo(3) == 0) blueprint.vcpus = 2;
    if (upTo(3) == 0) blueprint.ignition = R"({"storage":{"files":[{"path":"/a"}]}})";
    if (upTo(3) == 0) blueprint.tags = {{"a", "b"}};
    return blueprint;
  };
  for (const std::string pool : {"web", "db", "old"}) {
    const std::uint32_t now = upTo(5);
    const std::uint32_t then = upTo(5);
    for (std::uint32_t i = 0; i < now; ++i) {
      world.present.push_back(
          inForce(variant(blueprint(pool, i)), "h" + std::to_string(upTo(2)), static_cast<Health>(upTo(2))));
    }
    for (std::uint32_t i = 0; i < then; ++i) {
      world.wanted.push_back(variant(blueprint(pool, i)));
      world.layout.hosts.emplace(world.wanted.back().name, hostName("h" + std::to_string(upTo(2))));
    }
  }
  // Unchanged nodes stay where they are, as place() promises.
  for (const InForce& each : world.present) {
    if (world.layout.hosts.contains(each.blueprint.name)) world.layout.hosts[each.blueprint.name] = each.host;
  }
  return world;
}

Plan planOf(const World& world) {
  return plan(world.wanted, world.present, world.layout, {world.maxParallel}, world.leavers);
}

/// The world after every wave has been carried out.
World applied(const World& world, const Plan& made) {
  std::map<NodeName, InForce> now;
  for (const InForce& each : world.present) now.emplace(each.blueprint.name, each);
  std::map<NodeName, Blueprint> wanted;
  for (const Blueprint& each : world.wanted) wanted.emplace(each.name, each);
  const auto carryOut = [&](const Change& change) {
    now.erase(change.node);
    if (change.action != Action::destroy)
      now.emplace(change.node, InForce{wanted.at(change.node), change.host, Health::ready});
  };
  for (const Wave& wave : made.waves) std::ranges::for_each(wave, carryOut);
  std::ranges::for_each(made.updates, carryOut);
  World after = world;
  after.present.clear();
  for (const auto& [name, each] : now) after.present.push_back(each);
  return after;
}

constexpr std::uint32_t kSeeds = 3000;

TEST(EveryPlan, thatIsCarriedOutLeavesNothingToDo) {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    const World world = randomWorld(seed);
    const World after = applied(world, planOf(world));
    const Plan again = planOf(after);
    ASSERT_TRUE(again.empty()) << "seed " << seed;
    ASSERT_EQ(again.unchanged, world.wanted.size()) << "seed " << seed;
    ASSERT_EQ(after.present.size(), world.wanted.size()) << "seed " << seed;
  }
}

TEST(EveryPlan, touchesEachNodeAtMostOnceAndNeverMoreAtATimeThanAllowed) {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    const World world = randomWorld(seed);
    std::set<NodeName> touched;
    for (const Wave& wave : planOf(world).waves) {
      ASSERT_FALSE(wave.empty()) << "seed " << seed;
      ASSERT_LE(wave.size(), world.maxParallel) << "seed " << seed;
      for (const Change& change : wave) {
        ASSERT_EQ(change.pool, wave[0].pool) << "seed " << seed;
        ASSERT_TRUE(touched.insert(change.node).second) << "seed " << seed;
      }
    }
  }
}

TEST(EveryPlan, hasAReasonForEachChange) {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    for (const Wave& wave : planOf(randomWorld(seed)).waves) {
      for (const Change& change : wave) ASSERT_FALSE(change.reasons.empty()) << "seed " << seed;
    }
  }
}

TEST(EveryPlan, destroysOnlyWhatIsInForceAndNotWanted) {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    const World world = randomWorld(seed);
    std::set<NodeName> wanted;
    std::set<NodeName> present;
    for (const Blueprint& each : world.wanted) wanted.insert(each.name);
    for (const InForce& each : world.present) present.insert(each.blueprint.name);
    for (const Wave& wave : planOf(world).waves) {
      for (const Change& change : wave) {
        const bool leaves = present.contains(change.node) && !wanted.contains(change.node);
        ASSERT_EQ(change.action == Action::destroy, leaves) << "seed " << seed;
        ASSERT_EQ(change.action == Action::create, !present.contains(change.node)) << "seed " << seed;
      }
    }
  }
}

TEST(EveryPlan, touchesNoReadyNodeOfAPoolBeforeThoseThatAreNot) {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    const World world = randomWorld(seed);
    std::map<NodeName, Health> health;
    for (const InForce& each : world.present) health.emplace(each.blueprint.name, each.health);
    std::set<PoolName> readyTouched;
    for (const Wave& wave : planOf(world).waves) {
      for (const Change& change : wave) {
        if (change.action == Action::destroy) continue;
        const auto now = health.find(change.node);
        const bool ready = now != health.end() && now->second == Health::ready;
        if (ready) readyTouched.insert(change.pool);
        ASSERT_TRUE(ready || !readyTouched.contains(change.pool)) << "seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace berth::change
