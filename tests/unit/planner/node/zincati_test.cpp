// SPDX-License-Identifier: Apache-2.0
#include "planner/node/zincati.h"

#include <gtest/gtest.h>

#include "planner/node/identity.h"

namespace berth::node {
namespace {

using Strategy = spec::OsUpdates::Strategy;

TEST(Zincati, isToldToUpdateAtOnceOrNotAtAll) {
  spec::OsUpdates updates;
  updates.strategy.value = Strategy::immediate;
  EXPECT_EQ(zincatiConfig(updates, *PoolName::parse("web")),
            "# Written by Berth.\n[updates]\nstrategy = \"immediate\"\n");
  updates.strategy.value = Strategy::off;
  EXPECT_EQ(zincatiConfig(updates, *PoolName::parse("web")), "# Written by Berth.\n[updates]\nenabled = false\n");
}

TEST(Zincati, isToldTheWindowsInItsOwnWords) {
  spec::OsUpdates updates;
  updates.strategy.value = Strategy::periodic;
  updates.timeZone = "Europe/Warsaw";
  updates.windows.push_back({{spec::Weekday::saturday, spec::Weekday::sunday}, 22 * 60 + 30, std::chrono::minutes(90)});
  updates.windows.push_back({{}, 5, std::chrono::minutes(10)});
  EXPECT_EQ(zincatiConfig(updates, *PoolName::parse("web")), R"(# Written by Berth.
[updates]
strategy = "periodic"

[updates.periodic]
time_zone = "Europe/Warsaw"

[[updates.periodic.window]]
days = [ "Sat", "Sun" ]
start_time = "22:30"
length_minutes = 90

[[updates.periodic.window]]
days = [ "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" ]
start_time = "00:05"
length_minutes = 10
)");
}

TEST(Zincati, isToldWhoTheNodeIsWhereTheSpecSaysIt) {
  spec::OsUpdates updates;
  updates.strategy.value = Strategy::immediate;
  updates.wariness = "1";
  updates.group.emplace().value = "workers";
  EXPECT_EQ(zincatiConfig(updates, *PoolName::parse("web")), R"(# Written by Berth.
[identity]
group = "workers"
rollout_wariness = 1.0

[updates]
strategy = "immediate"
)");
}

TEST(Zincati, asksAtTheControllerAsItselfWithFleetLock) {
  spec::OsUpdates updates;
  updates.strategy.value = Strategy::fleetLock;
  EXPECT_EQ(zincatiConfig(updates, *PoolName::parse("web")), R"(# Written by Berth.
[identity]
group = "web"

[updates]
strategy = "fleet_lock"
)");
  updates.server = spec::LockServer{"https://berth.example/x", "key"};
  EXPECT_EQ(fleetLockConfig(updates, {"27e3ac02af3946af995c9940e18b0cce", "aa"}),
            R"(# Written by Berth. Secret: who knows it may ask in the name of this node.
[identity]
node_uuid = "27e3ac02af3946af995c9940e18b0cce"

[updates.fleet_lock]
base_url = "https://berth.example/x/fleetlock/aa/"
)");
}

TEST(Identity, ANodeAsksAsNobodyElse) {
  const auto cluster = *ClusterName::parse("prod");
  const std::string id = updateIdOf(cluster, *NodeName::parse("prod-web-0"));
  EXPECT_EQ(id.size(), 32u);
  EXPECT_NE(id, updateIdOf(cluster, *NodeName::parse("prod-web-1")));
  EXPECT_EQ(lockTokenOf("key", id).size(), 32u);
  EXPECT_NE(lockTokenOf("key", id), lockTokenOf("other", id));
  EXPECT_NE(lockTokenOf("key", id), lockTokenOf("key", updateIdOf(cluster, *NodeName::parse("prod-web-1"))));
}

}  // namespace
}  // namespace berth::node
