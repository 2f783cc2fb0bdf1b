// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/humanise.h"

#include <gtest/gtest.h>

namespace berth::show {
namespace {

using namespace std::chrono_literals;

TEST(Duration, HasItsTwoLargestUnits) {
  EXPECT_EQ(duration(0ms), "0s");
  EXPECT_EQ(duration(999ms), "0s");
  EXPECT_EQ(duration(59s), "59s");
  EXPECT_EQ(duration(60s), "1m00s");
  EXPECT_EQ(duration(3min + 12s), "3m12s");
  EXPECT_EQ(duration(59min + 59s), "59m59s");
  EXPECT_EQ(duration(2h + 5min), "2h05m");
  EXPECT_EQ(duration(99h), "4d3h");
  EXPECT_EQ(duration(24h * 61), "61d");
}

TEST(Duration, IsNothingWhereTheClocksDisagree) { EXPECT_EQ(duration(-5s), "0s"); }

TEST(Age, IsADashForNever) { EXPECT_EQ(age(0, WallTime(1h)), "-"); }

TEST(Age, IsCountedFromTheMoment) { EXPECT_EQ(age(1000, WallTime(193s)), "3m12s"); }

TEST(Timestamp, IsIsoInUtc) {
  EXPECT_EQ(timestamp(1'795'368'497'123), "2026-11-22T17:28:17Z");
  EXPECT_EQ(timestamp(0), "");
}

TEST(Size, HasOneDigitBehindThePoint) {
  EXPECT_EQ(size(Bytes(0)), "0");
  EXPECT_EQ(size(Bytes(512)), "512B");
  EXPECT_EQ(size(2_GiB), "2GiB");
  EXPECT_EQ(size(1536_MiB), "1.5GiB");
  EXPECT_EQ(size(Bytes(8'160'437'862)), "7.6GiB");
  EXPECT_EQ(size(Bytes((1_GiB).count() - 1)), "1GiB");
  EXPECT_EQ(size(2048_GiB), "2TiB");
}

TEST(ParseDuration, TakesWhatPeopleType) {
  EXPECT_EQ(parseDuration("90"), 90s);
  EXPECT_EQ(parseDuration("90s"), 90s);
  EXPECT_EQ(parseDuration("1h30m"), 90min);
  EXPECT_EQ(parseDuration("1d"), 24h);
}

TEST(ParseDuration, RefusesTheRest) {
  for (const char* text : {"", "s", "-5s", "5 s", "5x", "1.5h", "99999999999999999999s"}) {
    EXPECT_EQ(parseDuration(text), std::nullopt) << text;
  }
}

TEST(Count, KnowsThePlural) {
  EXPECT_EQ(count(0, "node"), "0 nodes");
  EXPECT_EQ(count(1, "node"), "1 node");
  EXPECT_EQ(count(2, "node"), "2 nodes");
}

}  // namespace
}  // namespace berth::show
