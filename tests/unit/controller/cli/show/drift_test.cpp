// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/drift.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/controller/cli/golden.h"
#include "tests/unit/controller/cli/show/rows_of_a_fleet.h"

namespace berth::show {
namespace {

using message::Phase;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const ClusterName kFirst = testing::named<ClusterName>("first");

TEST(Drift, isNoneWhereAllIsReadyAndReached) {
  const std::vector<message::NodeRow> nodes{testing::node("first-server-0", "vh1", Phase::ready)};
  EXPECT_THAT(driftOf(nodes, {testing::host("vh1")}), IsEmpty());
  EXPECT_EQ(driftText(kFirst, 1, {}, kPlain), "No drift: the node of cluster first is as it should be.\n");
}

TEST(Drift, saysWhatIsNotAsItShouldBe) {
  auto nodes = testing::nodes();
  nodes[0].status.addresses = {"10.77.0.99/24"};
  auto hosts = testing::hosts();
  const auto drift = driftOf(nodes, hosts);
  testing::expectGolden("drift.txt", driftText(kFirst, nodes.size(), drift, kPlain));
}

TEST(Drift, knowsAnAddressWithAndWithoutItsNetwork) {
  auto node = testing::node("first-server-0", "vh1", Phase::ready);
  for (const char* reported : {"10.77.0.201", "10.77.0.201/24"}) {
    node.status.addresses = {"fe80::1/64", reported};
    EXPECT_THAT(driftOf({node}, {testing::host("vh1")}), IsEmpty()) << reported;
  }
  node.status.addresses = {"10.77.0.20"};
  EXPECT_EQ(driftOf({node}, {testing::host("vh1")}).size(), 1U);
}

TEST(Drift, waitsForHostsThatAreAtWork) {
  auto host = testing::host("vh1");
  host.desired = Generation(4);
  const auto drift = driftOf({testing::node("first-server-0", "vh1", Phase::ready)}, {host});
  ASSERT_EQ(drift.size(), 1U);
  EXPECT_EQ(drift[0].is, "at generation 3: its host is at work");
}

TEST(Drift, hasAVersionedShape) {
  const auto json = driftJson(kFirst, 4, driftOf(testing::nodes(), testing::hosts()));
  EXPECT_EQ(json["format_version"], 1);
  EXPECT_EQ(json["nodes"], 4);
  EXPECT_EQ(json["drift"][0]["node"], "first-server-1");
}

}  // namespace
}  // namespace berth::show
