// SPDX-License-Identifier: Apache-2.0
//
// What no plan may ever do, on clusters that rapidcheck makes up and makes smaller until the failure is plain.
#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "planner/change/risk.h"
#include "tests/unit/planner/change/world.h"

namespace berth::change {
namespace {

using node::Blueprint;

const std::vector<std::string> kPools{"db", "old", "web"};
const PoolName kDb = PoolName::parse("db").value();

/// A node that is there, or is to be there, or both.
struct Case {
  std::uint32_t pool = 0;
  bool isPresent = false;
  bool isWanted = false;
  bool isReady = false;
  /// 0: as it is; 1: tags, 2: memory, 3: another file.
  std::uint32_t change = 0;
};

struct Scene {
  std::vector<Blueprint> wanted;
  std::vector<InForce> present;
  layout::Layout layout;
  Limits limits;
  Leavers leavers = Leavers::last;
};

Scene sceneOf(const std::vector<Case>& cases, std::uint32_t maxParallel, Leavers leavers) {
  Scene scene;
  scene.limits = {1 + maxParallel % 6, {kDb}};
  scene.leavers = leavers;
  std::map<std::uint32_t, std::uint32_t> next;
  // Pool by pool, as a spec lists them.
  for (std::uint32_t pool = 0; pool < kPools.size(); ++pool) {
    for (const Case& each : cases) {
      if (each.pool % kPools.size() != pool) continue;
      Blueprint now = blueprint(kPools[pool], next[pool]++);
      if (each.isPresent) scene.present.push_back(inForce(now, "h1", each.isReady ? Health::ready : Health::notReady));
      if (!each.isWanted) continue;
      if (each.change % 4 == 1) now.tags = {{"a", "b"}};
      if (each.change % 4 == 2) now.memory = 2_GiB;
      if (each.change % 4 == 3) now.ignition = R"({"storage":{"files":[{"path":"/a"}]}})";
      scene.layout.hosts.emplace(now.name, hostName("h1"));
      scene.wanted.push_back(std::move(now));
    }
  }
  return scene;
}

Scene anyScene() {
  const auto cases = *rc::gen::container<std::vector<Case>>(
      rc::gen::build<Case>(rc::gen::set(&Case::pool, rc::gen::inRange<std::uint32_t>(0, 3)),
                           rc::gen::set(&Case::isPresent, rc::gen::arbitrary<bool>()),
                           rc::gen::set(&Case::isWanted, rc::gen::arbitrary<bool>()),
                           rc::gen::set(&Case::isReady, rc::gen::arbitrary<bool>()),
                           rc::gen::set(&Case::change, rc::gen::inRange<std::uint32_t>(0, 4))));
  return sceneOf(cases, *rc::gen::inRange<std::uint32_t>(0, 6),
                 *rc::gen::arbitrary<bool>() ? Leavers::last : Leavers::first);
}

Plan planOf(const Scene& scene, const Wishes& wishes = {}) {
  return plan(scene.wanted, scene.present, scene.layout, scene.limits, scene.leavers, wishes);
}

TEST(NoPlan, takesMoreOfAQuorumPoolDownThanAMinorityOrOne) {
  EXPECT_TRUE(rc::check([] {
    const Scene scene = anyScene();
    const Plan made = planOf(scene);
    for (const auto& wave : risksOf(made, scene.present, scene.limits.quorum)) {
      for (const PoolRisk& risk : wave) {
        RC_ASSERT(risk.down <= scene.limits.maxParallel);
        if (risk.quorum > 0) RC_ASSERT(risk.down <= std::max(spareOf(risk.nodes), 1U));
      }
    }
  }));
}

TEST(NoPlan, losesTheMajorityOfAPoolThatIsWholeAndHasOneToSpare) {
  EXPECT_TRUE(rc::check([] {
    Scene scene = anyScene();
    for (InForce& each : scene.present) each.health = Health::ready;
    const Plan made = planOf(scene);
    for (const auto& wave : risksOf(made, scene.present, scene.limits.quorum)) {
      for (const PoolRisk& risk : wave) {
        if (risk.quorum > 0 && risk.nodes >= 3) RC_ASSERT(risk.margin >= 0);
      }
    }
  }));
}

/// The first nodes of a pool that lives by its majority wait for each other.
bool isBirth(const Wave& wave, const Scene& scene) {
  return std::ranges::all_of(wave, [&](const Change& each) {
    const auto isThere = [&](const InForce& one) {
      const bool leaves = std::ranges::none_of(
          scene.wanted, [&](const Blueprint& wanted) { return wanted.name == one.blueprint.name; });
      return one.blueprint.pool == each.pool && !(leaves && scene.leavers == Leavers::first);
    };
    return each.action == Action::create && scene.limits.quorum.contains(each.pool) &&
           std::ranges::none_of(scene.present, isThere);
  });
}

TEST(NoPlan, hasMoreNodesInAWaveThanAllowed) {
  EXPECT_TRUE(rc::check([] {
    const Scene scene = anyScene();
    for (const Wave& wave : planOf(scene).waves) {
      RC_ASSERT(!wave.empty());
      RC_ASSERT(wave.size() <= scene.limits.maxParallel || isBirth(wave, scene));
    }
  }));
}

TEST(NoPlan, touchesTheMachineOfANodeThatCanBeUpdatedInPlace) {
  EXPECT_TRUE(rc::check([] {
    const Scene scene = anyScene();
    std::map<NodeName, const Blueprint*> now;
    for (const InForce& each : scene.present) now.emplace(each.blueprint.name, &each.blueprint);
    std::map<NodeName, const Blueprint*> wanted;
    for (const Blueprint& each : scene.wanted) wanted.emplace(each.name, &each);
    const Plan made = planOf(scene);
    for (const Wave& wave : made.waves) {
      for (const Change& change : wave) {
        if (change.action == Action::replace) {
          RC_ASSERT(now.at(change.node)->ignition != wanted.at(change.node)->ignition);
        }
      }
    }
    for (const Change& change : made.updates) {
      RC_ASSERT(change.action == Action::update);
      const bool grew = now.at(change.node)->memory != wanted.at(change.node)->memory;
      RC_ASSERT((change.effect == Effect::nextBoot) == grew);
    }
  }));
}

TEST(NoPlan, touchesAnythingButItsTargets) {
  EXPECT_TRUE(rc::check([] {
    const Scene scene = anyScene();
    Wishes wishes;
    wishes.only.emplace();
    for (const Blueprint& node : scene.wanted) {
      if (*rc::gen::arbitrary<bool>()) wishes.only->insert(node.name);
    }
    const Plan all = planOf(scene);
    const Plan part = planOf(scene, wishes);
    std::size_t touched = part.updates.size();
    for (const Wave& wave : part.waves) {
      touched += wave.size();
      for (const Change& change : wave) RC_ASSERT(wishes.only->contains(change.node));
    }
    for (const Change& change : part.updates) RC_ASSERT(wishes.only->contains(change.node));
    std::size_t would = all.updates.size();
    for (const Wave& wave : all.waves) would += wave.size();
    RC_ASSERT(touched + part.leftOut == would);
    RC_ASSERT(part.unchanged == all.unchanged);
  }));
}

TEST(NoPlan, destroysWhatTheSpecStillHas) {
  EXPECT_TRUE(rc::check([] {
    const Scene scene = anyScene();
    std::set<NodeName> wanted;
    for (const Blueprint& each : scene.wanted) wanted.insert(each.name);
    for (const Wave& wave : planOf(scene).waves) {
      for (const Change& change : wave) {
        if (change.action == Action::destroy) RC_ASSERT(!wanted.contains(change.node));
      }
    }
  }));
}

}  // namespace
}  // namespace berth::change
