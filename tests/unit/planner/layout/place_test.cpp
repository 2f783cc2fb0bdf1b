// SPDX-License-Identifier: Apache-2.0
#include "planner/layout/place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::layout {
namespace {

using testing::HasSubstr;

HostName hostName(const std::string& name) { return HostName::parse(name).value(); }
NodeName nodeName(const std::string& name) { return NodeName::parse(name).value(); }

Host host(const std::string& name, std::uint64_t gib = 8, const std::string& zone = "") {
  return {.name = hostName(name),
          .zone = zone,
          .labels = {},
          .capacity = {.vcpus = 8, .memory = Bytes(gib << 30), .disk = 100_GiB},
          .reserved = {},
          .state = HostState::ready};
}

Group group(std::size_t count, const std::string& name = "web", Amount needs = {1, 1_GiB, 10_GiB}) {
  Group group{.name = name, .needs = needs, .rules = {}, .nodes = {}};
  for (std::size_t i = 0; i < count; ++i) group.nodes.push_back(nodeName("c-" + name + "-" + std::to_string(i)));
  return group;
}

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
  web.rules.spread = {Level::host, Level::zone};
  const Layout layout =
      place({host("a1", 8, "a"), host("a2", 8, "a"), host("a3", 8, "a"), host("b1", 8, "b")}, {web}, {});
  std::map<std::string, int> count;
  for (int i = 0; i < 4; ++i) ++count[where(layout, "c-web-" + std::to_string(i))];
  EXPECT_EQ(count.size(), 4u);
  EXPECT_EQ(where(layout, "c-web-1"), "b1") << "the other zone comes first among the empty hosts";
}

TEST(Place, neverPutsTwoNodesOnAHostWhenSpreadIsHard) {
  Group web = group(3);
  web.rules.hard = true;
  const Layout layout = place({host("h1"), host("h2")}, {web}, {});
  EXPECT_EQ(layout.hosts.size(), 2u);
  ASSERT_EQ(layout.unplaced.size(), 1u);
  EXPECT_EQ(layout.unplaced[0].node.str(), "c-web-2");
  EXPECT_THAT(layout.unplaced[0].reason, HasSubstr("2 already has a node of the pool"));
}

TEST(Place, neverPutsTwoNodesInAZoneWhenZonesAreHard) {
  Group web = group(3);
  web.rules = {.spread = {Level::zone}, .hard = true, .zones = {}, .labels = {}};
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

TEST(Explain, saysOfEachHostWhyOrWhyNot) {
  std::vector<Host> hosts{host("h1"), host("h2", 2), host("h3"), host("h4")};
  hosts[2].state = HostState::lost;
  const auto verdicts = explain(hosts, {group(2, "web", {1, 3_GiB, 10_GiB})}, {}, nodeName("c-web-1"));
  ASSERT_EQ(verdicts.size(), 4u);
  EXPECT_EQ(verdicts[0].kind, Verdict::Kind::possible);
  EXPECT_EQ(verdicts[0].reason, "1 node of the pool here, 1 in the zone, 5GiB of memory free");
  EXPECT_EQ(verdicts[1].kind, Verdict::Kind::impossible);
  EXPECT_EQ(verdicts[1].reason, "lacks memory: 2GiB of 3GiB free");
  EXPECT_EQ(verdicts[2].reason, "is lost");
  EXPECT_EQ(verdicts[3].kind, Verdict::Kind::chosen);
  EXPECT_TRUE(explain(hosts, {group(2)}, {}, nodeName("c-other-0")).empty());
}

}  // namespace
}  // namespace berth::layout
