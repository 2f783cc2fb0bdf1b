// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/layout/rebalance.h"
#include "planner/layout/simulate.h"
#include "tests/unit/planner/layout/fleet.h"

namespace berth::layout {
namespace {

using testing::HasSubstr;

constexpr Amount kSmall{1, 1_GiB, 10_GiB};

std::vector<Present> at(const std::vector<std::pair<std::string, std::string>>& places, Amount reserved = kSmall) {
  std::vector<Present> present;
  for (const auto& [node, on] : places) present.push_back({nodeName(node), hostName(on), reserved});
  return present;
}

TEST(Losses, aFleetWithRoomToSpareCanDoWithoutAnyHost) {
  Standing standing({host("h1"), host("h2")}, {group(2)}, at({{"c-web-0", "h1"}, {"c-web-1", "h2"}}));
  EXPECT_TRUE(losses(standing).empty());
}

TEST(Losses, namesTheHostWhoseNodesWouldHaveNoPlaceAndSaysWhy) {
  Standing standing({host("h1", 2), host("h2", 1)}, {group(2)}, at({{"c-web-0", "h1"}, {"c-web-1", "h1"}}));
  const auto fragile = losses(standing);
  ASSERT_EQ(fragile.size(), 1u);
  EXPECT_EQ(fragile[0].host, hostName("h1"));
  EXPECT_EQ(fragile[0].nodes, 2u);
  ASSERT_EQ(fragile[0].homeless.size(), 1u);
  EXPECT_EQ(fragile[0].homeless[0].node, nodeName("c-web-1"));
  EXPECT_THAT(fragile[0].homeless[0].reason, HasSubstr("1 is lost"));
}

TEST(Losses, aRuleMayBeWhatMakesAHostFragile) {
  Group web = group(2);
  web.rules.atMost = 1;
  Standing standing({host("h1"), host("h2")}, {web}, at({{"c-web-0", "h1"}, {"c-web-1", "h2"}}));
  EXPECT_EQ(losses(standing).size(), 2u);
}

TEST(Losses, nodesThatArePinnedAskForNoPlace) {
  Group web = group(1, "web", {1, 6_GiB, 10_GiB});
  web.nodes[0].pin = Pin{hostName("h1"), "its volume data is there"};
  Standing standing({host("h1"), host("h2", 1)}, {web}, at({{"c-web-0", "h1"}}, {1, 6_GiB, 10_GiB}));
  EXPECT_TRUE(losses(standing).empty());
}

TEST(Simulate, placesTheNodesOfALostHostElsewhere) {
  const Foretold told = simulate({.hosts = {host("h1"), host("h2", 1)},
                                  .groups = {group(2)},
                                  .present = at({{"c-web-0", "h1"}, {"c-web-1", "h1"}}),
                                  .lost = {hostName("h1")},
                                  .fit = {}});
  ASSERT_EQ(told.placed.size(), 1u);
  EXPECT_EQ(told.placed[0], (Foretold::Move{nodeName("c-web-0"), hostName("h1"), hostName("h2")}));
  ASSERT_EQ(told.homeless.size(), 1u);
  EXPECT_EQ(told.homeless[0].advice, "1GiB more memory on h2; or count: 1; or h1 ready");
  EXPECT_EQ(told.nodes, 1u);
}

TEST(Simulate, placesNewNodesOfAPoolThatGrows) {
  const Foretold told = simulate({.hosts = {host("h1"), host("h2")},
                                  .groups = {group(2)},
                                  .present = at({{"c-web-0", "h1"}}),
                                  .lost = {},
                                  .fit = {}});
  EXPECT_EQ(told.placed, (std::vector<Foretold::Move>{{nodeName("c-web-1"), HostName(), hostName("h2")}}));
  EXPECT_TRUE(told.fragile.empty());
}

TEST(Simulate, countsHowManyMoreFitAndHowManyWithAHostToSpare) {
  const Foretold told = simulate({.hosts = {host("h1", 4), host("h2", 4), host("h3", 4)},
                                  .groups = {group(1)},
                                  .present = at({{"c-web-0", "h1"}}),
                                  .lost = {},
                                  .fit = {{.group = "web", .needs = {}}, {.group = "", .needs = {2, 2_GiB, 1_GiB}}}});
  ASSERT_EQ(told.fits.size(), 2u);
  EXPECT_EQ(told.fits[0].count, 11u);
  EXPECT_EQ(told.fits[0].surviving, 7u) << "8 of 12 GiB, and one is taken";
  EXPECT_EQ(told.fits[1].count, 5u);
  EXPECT_EQ(told.fits[1].surviving, 3u);
  EXPECT_THAT(told.fits[1].limit, HasSubstr("3 lack memory"));
}

TEST(Simulate, aRuleLimitsHowManyFit) {
  Group web = group(1);
  web.rules.atMost = 2;
  const Foretold told = simulate({.hosts = {host("h1"), host("h2")},
                                  .groups = {web},
                                  .present = at({{"c-web-0", "h1"}}),
                                  .lost = {},
                                  .fit = {{.group = "web", .needs = {}}}});
  EXPECT_EQ(told.fits.at(0).count, 3u);
  EXPECT_EQ(told.fits.at(0).surviving, 1u);
}

TEST(Rebalance, movesWhatWishesAskForFirstAndThenEvensOut) {
  Standing standing({host("h1"), host("h2"), host("h3")}, {group(3)},
                    at({{"c-web-0", "h1"}, {"c-web-1", "h1"}, {"c-web-2", "h2"}}));
  const auto moves = rebalance(standing, {0}, 10);
  ASSERT_EQ(moves.size(), 1u);
  EXPECT_EQ(moves[0].node, nodeName("c-web-0"));
  EXPECT_EQ(moves[0].to, hostName("h3"));
  EXPECT_EQ(moves[0].gain, Move::Gain::spread);
  EXPECT_EQ(moves[0].reason, "h1 has 2 of the pool, h3 has 0");
}

TEST(Rebalance, evensOutSharesOnlyWhereTheDifferenceIsWorthAMove) {
  Group web = group(4);
  web.rules.spread = {};
  Standing uneven({host("h1"), host("h2")}, {web},
                  at({{"c-web-0", "h1"}, {"c-web-1", "h1"}, {"c-web-2", "h1"}, {"c-web-3", "h1"}}));
  const auto moves = rebalance(uneven, {0}, 10);
  ASSERT_EQ(moves.size(), 2u);
  EXPECT_EQ(moves[0].gain, Move::Gain::balance);
  EXPECT_EQ(moves[0].reason, "h1 goes from 50% to 38%, h2 from 0% to 13%");
  EXPECT_TRUE(rebalance(uneven, {0}, 10).empty());
}

TEST(Rebalance, movesNothingThatIsPinnedOrOnAHostThatIsLost) {
  Group web = group(2);
  web.nodes[0].pin = Pin{hostName("h1"), "its volume data is there"};
  std::vector<Host> hosts{host("h1"), host("h2"), host("h3")};
  Standing pinned(hosts, {web}, at({{"c-web-0", "h1"}}));
  EXPECT_TRUE(rebalance(pinned, {0}, 10).empty());
  hosts[0].state = HostState::lost;
  Standing lost(hosts, {group(2)}, at({{"c-web-0", "h1"}, {"c-web-1", "h1"}}));
  EXPECT_TRUE(rebalance(lost, {0}, 10).empty());
}

TEST(Rebalance, neverTakesAwayWhatOthersMustBeNear) {
  Group cache = group(1, "cache");
  Group web = group(1);
  web.rules.bonds = {{.kind = Bond::Kind::near, .group = "cache", .strength = Strength::rule}};
  Group big = group(1, "big", {4, 4_GiB, 10_GiB});
  std::vector<Present> present = at({{"c-cache-0", "h1"}, {"c-web-0", "h1"}});
  present.push_back({nodeName("c-big-0"), hostName("h1"), {4, 4_GiB, 10_GiB}});
  Standing standing({host("h1"), host("h2")}, {cache, web, big}, present);
  const auto moves = rebalance(standing, {0, 1, 2}, 10);
  for (const Move& move : moves) EXPECT_EQ(move.node, nodeName("c-big-0"));
}

TEST(Rebalance, emptiesAHostWhenPackedNodesFitElsewhere) {
  Group web = group(3);
  web.rules.prefer = Prefer::pack;
  Standing standing({host("h1"), host("h2")}, {web}, at({{"c-web-0", "h1"}, {"c-web-1", "h2"}, {"c-web-2", "h2"}}));
  const auto moves = rebalance(standing, {0}, 10);
  ASSERT_EQ(moves.size(), 1u);
  EXPECT_EQ(moves[0].node, nodeName("c-web-0"));
  EXPECT_EQ(moves[0].gain, Move::Gain::pack);
  EXPECT_EQ(moves[0].reason, "empties h1 with 1 move");
}

}  // namespace
}  // namespace berth::layout
