// SPDX-License-Identifier: Apache-2.0
#include "planner/layout/place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/planner/layout/fleet.h"

namespace berth::layout {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

std::string where(const Layout& layout, const std::string& node) {
  const HostName* host = layout.hostOf(nodeName(node));
  return host == nullptr ? "nowhere" : host->str();
}

TEST(Place, putsEqualNodesOnDifferentHosts) {
  const Layout layout = place({host("h3"), host("h1"), host("h2")}, {group(3)}, {});
  EXPECT_EQ(where(layout, "c-web-0"), "h1");
  EXPECT_EQ(where(layout, "c-web-1"), "h2");
  EXPECT_EQ(where(layout, "c-web-2"), "h3");
  EXPECT_TRUE(layout.unplaced.empty());
}

TEST(Place, doesNotDependOnTheOrderInWhichHostsAreListed) {
  const Layout one = place({host("h1"), host("h2"), host("h3")}, {group(5)}, {});
  const Layout other = place({host("h3"), host("h1"), host("h2")}, {group(5)}, {});
  EXPECT_EQ(one.hosts, other.hosts);
}

TEST(Place, prefersTheHostWithTheLargerShareOfFreeMemory) {
  const Layout layout = place({host("h1", 4), host("h2", 64)}, {group(1, "a"), group(1, "b"), group(1, "c")}, {});
  EXPECT_EQ(where(layout, "c-a-0"), "h1") << "both are empty: the first by name";
  EXPECT_EQ(where(layout, "c-b-0"), "h2");
  EXPECT_EQ(where(layout, "c-c-0"), "h2") << "1 of 64 GiB used is less than 1 of 4";
}

TEST(Place, spreadsOverZonesBeforeHosts) {
  const Layout layout =
      place({host("a1", 8, "a"), host("a2", 8, "a"), host("a3", 8, "a"), host("b1", 8, "b")}, {group(4)}, {});
  int inB = 0;
  for (int i = 0; i < 4; ++i) inB += where(layout, "c-web-" + std::to_string(i)) == "b1" ? 1 : 0;
  EXPECT_EQ(inB, 2);
}

TEST(Place, spreadsOverHostsBeforeZonesWhenTold) {
  Group web = group(4);
  web.rules.spread = {Level::host(), Level::zone()};
  const Layout layout =
      place({host("a1", 8, "a"), host("a2", 8, "a"), host("a3", 8, "a"), host("b1", 8, "b")}, {web}, {});
  std::map<std::string, int> count;
  for (int i = 0; i < 4; ++i) ++count[where(layout, "c-web-" + std::to_string(i))];
  EXPECT_EQ(count.size(), 4u);
  EXPECT_EQ(where(layout, "c-web-1"), "b1") << "the other zone comes first among the empty hosts";
}

TEST(Place, neverPutsTwoNodesOnAHostWhenSpreadIsHard) {
  Group web = group(3);
  web.rules.atMost = 1;
  const Layout layout = place({host("h1"), host("h2")}, {web}, {});
  EXPECT_EQ(layout.hosts.size(), 2u);
  ASSERT_EQ(layout.unplaced.size(), 1u);
  EXPECT_EQ(layout.unplaced[0].node.str(), "c-web-2");
  EXPECT_THAT(layout.unplaced[0].reason, HasSubstr("2 already have a node of the pool"));
}

TEST(Place, neverPutsTwoNodesInAZoneWhenZonesAreHard) {
  Group web = group(3);
  web.rules = {.spread = {Level::zone()}, .atMost = 1};
  const Layout layout = place({host("a1", 8, "a"), host("a2", 8, "a"), host("b1", 8, "b")}, {web}, {});
  EXPECT_EQ(layout.hosts.size(), 2u);
  EXPECT_EQ(layout.unplaced.size(), 1u);
}

TEST(Place, leavesNodesWhereTheyAre) {
  const std::vector<Present> present{{nodeName("c-web-0"), hostName("h2"), {1, 1_GiB, 10_GiB}},
                                     {nodeName("c-web-1"), hostName("h2"), {1, 1_GiB, 10_GiB}}};
  const Layout layout = place({host("h1"), host("h2")}, {group(3)}, present);
  EXPECT_EQ(where(layout, "c-web-0"), "h2");
  EXPECT_EQ(where(layout, "c-web-1"), "h2") << "even though h1 is empty";
  EXPECT_EQ(where(layout, "c-web-2"), "h1");
}

TEST(Place, leavesNodesOnHostsThatAreLostCordonedOrUnknown) {
  Host lost = host("h1");
  lost.state = HostState::lost;
  const std::vector<Present> present{{nodeName("c-web-0"), hostName("h1"), {1, 1_GiB, 10_GiB}},
                                     {nodeName("c-web-1"), hostName("h9"), {1, 1_GiB, 10_GiB}}};
  const Layout layout = place({lost, host("h2")}, {group(3)}, present);
  EXPECT_EQ(where(layout, "c-web-0"), "h1");
  EXPECT_EQ(where(layout, "c-web-1"), "h9");
  EXPECT_EQ(where(layout, "c-web-2"), "h2");
}

TEST(Place, emptiesADrainingHostWhereItsNodesCanBeElsewhere) {
  std::vector<Host> hosts{host("h1"), host("h2"), host("h3", 1)};
  hosts[0].state = HostState::draining;
  Group web = group(3);
  web.nodes[1].pin = Pin{hostName("h1"), "its volume data is there"};
  const std::vector<Present> present{{nodeName("c-web-0"), hostName("h1"), {1, 1_GiB, 10_GiB}},
                                     {nodeName("c-web-1"), hostName("h1"), {1, 1_GiB, 10_GiB}},
                                     {nodeName("c-web-2"), hostName("h2"), {1, 1_GiB, 10_GiB}}};
  const Layout layout = place(hosts, {web}, present);
  EXPECT_EQ(where(layout, "c-web-0"), "h3") << "the one without a node of the pool";
  EXPECT_EQ(layout.leaving.at(nodeName("c-web-0")), "is being drained");
  EXPECT_EQ(where(layout, "c-web-1"), "h1") << "where its data is";
  EXPECT_EQ(layout.heldBack.at(nodeName("c-web-1")), "its volume data is there");
  EXPECT_EQ(where(layout, "c-web-2"), "h2");
  EXPECT_TRUE(layout.unplaced.empty());
}

TEST(Place, leavesOnADrainingHostWhatNoOtherCanTake) {
  std::vector<Host> hosts{host("h1"), host("h2", 1)};
  hosts[0].state = HostState::draining;
  const std::vector<Present> present{{nodeName("c-web-0"), hostName("h1"), {1, 1_GiB, 10_GiB}},
                                     {nodeName("c-web-1"), hostName("h1"), {1, 1_GiB, 10_GiB}}};
  const Layout layout = place(hosts, {group(2)}, present);
  EXPECT_EQ(where(layout, "c-web-0"), "h2");
  EXPECT_EQ(where(layout, "c-web-1"), "h1");
  EXPECT_TRUE(layout.unplaced.empty()) << "the plan can be had all the same";
  EXPECT_FALSE(layout.leaving.contains(nodeName("c-web-1")));
  EXPECT_THAT(layout.heldBack.at(nodeName("c-web-1")), testing::HasSubstr("1 lacks memory"));
}

TEST(Place, givesNewNodesOnlyToReadyHosts) {
  std::vector<Host> hosts{host("h1"), host("h2"), host("h3"), host("h4")};
  hosts[0].state = HostState::lost;
  hosts[1].state = HostState::cordoned;
  hosts[2].state = HostState::draining;
  EXPECT_EQ(where(place(hosts, {group(1)}, {}), "c-web-0"), "h4");
  hosts.pop_back();
  const Layout none = place(hosts, {group(1)}, {});
  ASSERT_EQ(none.unplaced.size(), 1u);
  EXPECT_EQ(none.unplaced[0].reason,
            "no host can take 1 vcpu, 1GiB of memory and 10GiB of disk: of 3 hosts, 1 is cordoned, 1 is draining, 1 is "
            "lost");
}

TEST(Place, saysWhatIsMissingWhenNothingFits) {
  const Layout layout = place({host("h1", 2), host("h2", 3)}, {group(1, "big", {1, 4_GiB, 10_GiB})}, {});
  ASSERT_EQ(layout.unplaced.size(), 1u);
  EXPECT_EQ(layout.unplaced[0].reason,
            "no host can take 1 vcpu, 4GiB of memory and 10GiB of disk: of 2 hosts, 2 lack memory (h2 has 3GiB of 4GiB "
            "free)");
  EXPECT_EQ(place({}, {group(1)}, {}).unplaced.at(0).reason, "there are no hosts");
}

TEST(Place, countsVolumesInThePoolOfTheHostOrOnItsDisk) {
  Host pooled = host("h1");
  pooled.capacity.disk = 20_GiB;
  pooled.capacity.volumes = 60_GiB;
  const Group db = group(3, "db", {1, 1_GiB, 10_GiB, 30_GiB});
  EXPECT_THAT(place({pooled}, {db}, {}).unplaced, SizeIs(1)) << "two root disks, and two volumes";
  Host plain = host("h2");
  plain.capacity.disk = 80_GiB;
  EXPECT_THAT(place({plain}, {db}, {}).unplaced, SizeIs(1)) << "two of 40GiB";

  pooled.capacity.volumes = 20_GiB;
  plain.capacity.disk = 30_GiB;
  const Layout none = place({pooled, plain}, {group(1, "db", {1, 1_GiB, 10_GiB, 30_GiB})}, {});
  ASSERT_THAT(none.unplaced, SizeIs(1));
  EXPECT_EQ(none.unplaced[0].reason,
            "no host can take 1 vcpu, 1GiB of memory, 10GiB of disk and 30GiB of volumes: of 2 hosts, 1 lacks disk (h2 "
            "has 30GiB of 40GiB free), 1 lacks room in the volume pool (h1 has 20GiB of 30GiB free)");
  EXPECT_EQ(none.unplaced[0].advice, "10GiB more of volume pool on h1");
}

TEST(Place, countsWhatOtherClustersHave) {
  Host busy = host("h1", 8);
  busy.reserved = {.vcpus = 8, .memory = 1_GiB, .disk = 1_GiB};
  const Layout layout = place({busy}, {group(1)}, {});
  ASSERT_EQ(layout.unplaced.size(), 1u);
  EXPECT_THAT(layout.unplaced[0].reason, HasSubstr("1 lacks vcpus (h1 has 0 of 1 free)"));
}

TEST(Place, keepsWithinZonesAndLabels) {
  Group web = group(2);
  web.rules.zones = {"b"};
  web.rules.labels = {{"disk", "ssd"}};
  std::vector<Host> hosts{host("a1", 8, "a"), host("b1", 8, "b"), host("b2", 8, "b")};
  hosts[0].labels = {{"disk", "ssd"}};
  hosts[2].labels = {{"disk", "ssd"}};
  const Layout layout = place(hosts, {web}, {});
  EXPECT_EQ(where(layout, "c-web-0"), "b2");
  EXPECT_EQ(where(layout, "c-web-1"), "b2");
}

TEST(Place, letsANodeGrowWhereItIsWhenThereIsRoom) {
  const std::vector<Present> present{{nodeName("c-web-0"), hostName("h2"), {1, 1_GiB, 10_GiB}}};
  const Layout layout = place({host("h1"), host("h2")}, {group(1, "web", {2, 8_GiB, 10_GiB})}, present);
  EXPECT_EQ(where(layout, "c-web-0"), "h2");
}

TEST(Place, movesANodeThatOutgrowsItsHostAndKeepsBothReservations) {
  const std::vector<Present> present{{nodeName("c-web-0"), hostName("h1"), {1, 1_GiB, 10_GiB}}};
  const Layout layout = place({host("h1", 2), host("h2", 8)},
                              {group(1, "web", {1, 4_GiB, 10_GiB}), group(2, "db", {1, 1_GiB, 10_GiB})}, present);
  EXPECT_EQ(where(layout, "c-web-0"), "h2");
  EXPECT_EQ(where(layout, "c-db-0"), "h1") << "the old reservation leaves 1 GiB there";
  EXPECT_EQ(where(layout, "c-db-1"), "h2");
}

TEST(Place, leavesNodesOnAHostThatHasShrunk) {
  const std::vector<Present> present{{nodeName("c-web-0"), hostName("h1"), {1, 4_GiB, 10_GiB}}};
  const Layout layout = place({host("h1", 2)}, {group(2, "web", {1, 4_GiB, 10_GiB})}, present);
  EXPECT_EQ(where(layout, "c-web-0"), "h1");
  EXPECT_EQ(layout.unplaced.size(), 1u);
}

TEST(Place, placesLargeNodesFirstSoThatSmallOnesFillTheGaps) {
  const Layout layout = place({host("h1", 5)}, {group(3, "a"), group(1, "z", {1, 4_GiB, 10_GiB})}, {});
  EXPECT_EQ(where(layout, "c-z-0"), "h1");
  EXPECT_EQ(where(layout, "c-a-0"), "h1");
  EXPECT_EQ(layout.unplaced.size(), 2u);
}

TEST(Place, allowsAsManyInAPlaceAsTheRuleSays) {
  Group web = group(5);
  web.rules.atMost = 2;
  const Layout layout = place({host("h1"), host("h2")}, {web}, {});
  EXPECT_EQ(layout.hosts.size(), 4u);
  ASSERT_EQ(layout.unplaced.size(), 1u);
  EXPECT_THAT(layout.unplaced[0].reason, HasSubstr("2 already have 2 nodes of the pool"));
  EXPECT_EQ(layout.unplaced[0].advice, "count: 4; or at most 3 in one place (spread)");
}

TEST(Place, spreadsOverTheValuesOfALabel) {
  std::vector<Host> hosts{host("h1"), host("h2"), host("h3"), host("h4")};
  for (std::size_t i : {0u, 1u, 2u}) hosts[i].labels = {{"rack", "1"}};
  hosts[3].labels = {{"rack", "2"}};
  Group web = group(4);
  web.rules.spread = {Level::labelled("rack"), Level::host()};
  const Layout layout = place(hosts, {web}, {});
  EXPECT_EQ(where(layout, "c-web-0"), "h1");
  EXPECT_EQ(where(layout, "c-web-1"), "h4");
  EXPECT_EQ(where(layout, "c-web-2"), "h2");
  EXPECT_EQ(where(layout, "c-web-3"), "h4");
}

TEST(Place, countsARackOnceEvenWhereItCrossesZones) {
  std::vector<Host> hosts{host("h1", 8, "a"), host("h2", 8, "b"), host("h3", 8, "b")};
  hosts[0].labels = hosts[1].labels = {{"power", "left"}};
  hosts[2].labels = {{"power", "right"}};
  Group web = group(2);
  web.rules.spread = {Level::labelled("power"), Level::zone()};
  const Layout layout = place(hosts, {web}, {});
  EXPECT_EQ(where(layout, "c-web-0"), "h1");
  EXPECT_EQ(where(layout, "c-web-1"), "h3") << "h2 hangs on the same power";
}

Bond apart(const std::string& other, Strength strength = Strength::wish, Level level = Level::host()) {
  return {.kind = Bond::Kind::apart, .group = other, .level = std::move(level), .strength = strength};
}

Bond near(const std::string& other, Strength strength = Strength::wish, Level level = Level::host()) {
  return {.kind = Bond::Kind::near, .group = other, .level = std::move(level), .strength = strength};
}

TEST(Place, keepsPoolsApartWhicheverOfThemAsksForIt) {
  for (const bool asksLarge : {true, false}) {
    Group large = group(1, "large", {1, 4_GiB, 10_GiB});
    Group small = group(2, "small");
    (asksLarge ? large : small).rules.bonds = {apart(asksLarge ? "small" : "large", Strength::rule)};
    const Layout layout = place({host("h1"), host("h2")}, {small, large}, {});
    EXPECT_EQ(where(layout, "c-large-0"), "h1");
    EXPECT_EQ(where(layout, "c-small-0"), "h2");
    EXPECT_EQ(where(layout, "c-small-1"), "h2") << "although it would rather be spread";
  }
}

TEST(Place, wishesToBeApartYieldToRoom) {
  Group db = group(1, "db", {1, 4_GiB, 10_GiB});
  Group web = group(2, "web", {1, 3_GiB, 10_GiB});
  web.rules.bonds = {apart("db")};
  const Layout layout = place({host("h1"), host("h2", 4)}, {db, web}, {});
  EXPECT_EQ(where(layout, "c-db-0"), "h1");
  EXPECT_EQ(where(layout, "c-web-0"), "h2");
  EXPECT_EQ(where(layout, "c-web-1"), "h1");
}

TEST(Place, saysWhichPoolItMustBeApartFrom) {
  Group db = group(1, "db", {1, 4_GiB, 10_GiB});
  Group web = group(1);
  web.rules.bonds = {apart("db", Strength::rule, Level::zone())};
  const Layout layout = place({host("h1", 8, "a"), host("h2", 8, "a")}, {db, web}, {});
  ASSERT_EQ(layout.unplaced.size(), 1u);
  EXPECT_EQ(layout.unplaced[0].reason,
            "no host can take 1 vcpu, 1GiB of memory and 10GiB of disk: of 2 hosts, 2 are in zone a, which has a node "
            "of db, which it must be apart from");
  EXPECT_EQ(layout.unplaced[0].advice, "apart without hard");
}

TEST(Place, placesAPoolNearTheOneThatItFollows) {
  Group cache = group(1, "cache");
  Group web = group(2, "web", {1, 2_GiB, 10_GiB});
  web.rules.bonds = {near("cache")};
  std::vector<Host> hosts{host("h1"), host("h2")};
  hosts[0].reserved = {0, 1_GiB, 0_GiB};
  const Layout layout = place(hosts, {web, cache}, {});
  EXPECT_EQ(where(layout, "c-cache-0"), "h2");
  EXPECT_EQ(where(layout, "c-web-0"), "h2");
  EXPECT_EQ(where(layout, "c-web-1"), "h2") << "the wish that was said goes before the spread that was not";
}

TEST(Place, leavesANodeOutRatherThanBreakNearness) {
  Group cache = group(1, "cache");
  Group web = group(2, "web", {1, 6_GiB, 10_GiB});
  web.rules.bonds = {near("cache", Strength::rule)};
  const Layout layout = place({host("h1"), host("h2")}, {web, cache}, {});
  EXPECT_EQ(where(layout, "c-cache-0"), where(layout, "c-web-0"));
  ASSERT_EQ(layout.unplaced.size(), 1u);
  EXPECT_THAT(layout.unplaced[0].reason, HasSubstr("has no node of cache, which it must be near"));
}

TEST(Place, packsTheFullestHostFirstWhenToldAndLeavesOthersEmpty) {
  Group web = group(8);
  web.rules.prefer = Prefer::pack;
  std::vector<Host> hosts{host("h1"), host("h2"), host("h3", 16)};
  hosts[1].reserved = {1, 2_GiB, 1_GiB};
  hosts[2].capacity.vcpus = 16;
  const Layout layout = place(hosts, {web}, {});
  std::map<std::string, int> count;
  for (const auto& [node, on] : layout.hosts) ++count[on.str()];
  EXPECT_EQ(count, (std::map<std::string, int>{{"h2", 6}, {"h3", 2}})) << "the large one is opened before the small";
}

TEST(Place, putsPinnedNodesWhereTheyMustBeBeforeAnybodyTakesTheRoom) {
  Group web = group(2, "web", {1, 6_GiB, 10_GiB});
  web.nodes[1].pin = Pin{hostName("h1"), "its volume data is there"};
  const Layout layout = place({host("h1"), host("h2")}, {web}, {});
  EXPECT_EQ(where(layout, "c-web-1"), "h1");
  EXPECT_EQ(where(layout, "c-web-0"), "h2");
}

TEST(Place, saysWhyAPinnedNodeHasNoPlace) {
  Group web = group(1, "web", {1, 6_GiB, 10_GiB});
  web.nodes[0].pin = Pin{hostName("h2"), "its volume data is there"};
  EXPECT_EQ(place({host("h1"), host("h2", 2)}, {web}, {}).unplaced.at(0).reason,
            "it must be on h2 (its volume data is there), which lacks memory: 2GiB of 6GiB free");
  EXPECT_EQ(place({host("h1")}, {web}, {}).unplaced.at(0).reason,
            "it must be on h2 (its volume data is there), and the fleet has no such host");
}

TEST(Place, placesANodeWithNeedsOfItsOwn) {
  Group web = group(2);
  web.nodes[0].needs = Amount{1, 6_GiB, 10_GiB};
  const Layout layout = place({host("h1", 4), host("h2")}, {web}, {});
  EXPECT_EQ(where(layout, "c-web-0"), "h2");
  EXPECT_EQ(where(layout, "c-web-1"), "h1");
}

TEST(Place, movesNodesOnlyWhenARuleForbidsTheirHostAndSaysWhich) {
  const std::vector<Present> present{{nodeName("c-web-0"), hostName("h1"), {1, 1_GiB, 10_GiB}},
                                     {nodeName("c-web-1"), hostName("h1"), {1, 1_GiB, 10_GiB}}};
  Group web = group(2);
  web.rules.atMost = 1;
  const Layout spread = place({host("h1"), host("h2")}, {web}, present);
  EXPECT_EQ(where(spread, "c-web-0"), "h1");
  EXPECT_EQ(where(spread, "c-web-1"), "h2");
  EXPECT_EQ(spread.leaving.at(nodeName("c-web-1")), "already has a node of the pool");

  web.rules.atMost = 0;
  web.rules.zones = {"b"};
  const Layout moved = place({host("h1", 8, "a"), host("h2", 8, "b")}, {web}, present);
  EXPECT_EQ(where(moved, "c-web-0"), "h2");
  EXPECT_EQ(moved.leaving.at(nodeName("c-web-0")), "is not in zone b");
}

TEST(Place, movesANodeWhenTheOneItMustBeNearIsElsewhere) {
  Group cache = group(1, "cache");
  Group web = group(1);
  web.rules.bonds = {near("cache", Strength::rule)};
  const std::vector<Present> present{{nodeName("c-cache-0"), hostName("h2"), {1, 1_GiB, 10_GiB}},
                                     {nodeName("c-web-0"), hostName("h1"), {1, 1_GiB, 10_GiB}}};
  const Layout layout = place({host("h1"), host("h2")}, {web, cache}, present);
  EXPECT_EQ(where(layout, "c-web-0"), "h2");
  EXPECT_EQ(layout.leaving.at(nodeName("c-web-0")), "has no node of cache, which it must be near");
}

TEST(Place, tellsHowMuchIsMissingAndWhere) {
  const Layout layout =
      place({host("h1", 3), host("h2", 3), host("h3", 2), host("h4", 3)}, {group(1, "big", {1, 4_GiB, 10_GiB})}, {});
  EXPECT_EQ(layout.unplaced.at(0).advice, "1GiB more memory on any of h1, h2, h4");
}

}  // namespace
}  // namespace berth::layout
