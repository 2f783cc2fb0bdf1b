// SPDX-License-Identifier: Apache-2.0
//
// Hundreds of fleets under random faults, each from a seed. BERTH_SEED=n runs one of them again; BERTH_SEEDS=n runs as
// many.
#include "tests/unit/controller/server/model.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace berth::server::model {
namespace {

std::uint64_t fromEnvironment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// The same faults, and people who let a rollout end, or fail, before they apply the next one.
Weather unhurried() {
  Weather weather = kStorm;
  weather.apply = 0.004;
  return weather;
}

/// Faults for a while, then none: everything must come to rest in bounded time (I6).
void runFleet(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed) + ": BERTH_SEED=" + std::to_string(seed));
  World world(seed, 3 + seed % 5);
  const Weather weather = seed % 2 == 0 ? kStorm : unhurried();
  for (int i = 0; i < 1500 && world.broken().empty(); ++i) world.step(weather);
  ASSERT_EQ(world.broken(), "");
  world.healAll();
  for (int i = 0; i < 4000 && world.broken().empty(); ++i) {
    world.step(kCalm);
    if (world.isConverged()) break;
  }
  ASSERT_EQ(world.broken(), "");
  ASSERT_TRUE(world.isConverged()) << "did not come to rest after the faults ended\n" << world.describe();
}

TEST(AFleetUnderRandomFaults, KeepsItsInvariantsAndComesToRest) {
  if (std::getenv("BERTH_SEED") != nullptr) return runFleet(fromEnvironment("BERTH_SEED", 0));
  const std::uint64_t seeds = fromEnvironment("BERTH_SEEDS", 60);
  for (std::uint64_t seed = 1; seed <= seeds && !testing::Test::HasFatalFailure(); ++seed) runFleet(seed);
}

TEST(AFleetUnderRandomFaults, IsReallyTried) {
  World world(7, 5);
  for (int i = 0; i < 3000; ++i) world.step(kStorm);
  EXPECT_GT(world.rolloutsBegun(), 10u);
  EXPECT_GT(world.kills(), 5u);
  std::size_t reverts = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    World slow(seed, 5);
    for (int i = 0; i < 3000; ++i) slow.step(unhurried());
    reverts += slow.reverts();
  }
  EXPECT_GT(reverts, 0u);
}

}  // namespace
}  // namespace berth::server::model
