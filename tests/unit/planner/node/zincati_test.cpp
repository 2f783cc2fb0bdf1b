// SPDX-License-Identifier: Apache-2.0
#include "planner/node/zincati.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace berth::node
