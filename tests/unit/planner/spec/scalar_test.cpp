// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/scalar.h"

#include <gtest/gtest.h>

#include "planner/spec/probe_url.h"

namespace berth::spec {
namespace {

using std::chrono::seconds;

TEST(Duration, isReadInDaysHoursMinutesAndSeconds) {
  EXPECT_EQ(parseDuration("0s"), seconds(0));
  EXPECT_EQ(parseDuration("45s"), seconds(45));
  EXPECT_EQ(parseDuration("5m"), seconds(300));
  EXPECT_EQ(parseDuration("1h30m"), seconds(5400));
  EXPECT_EQ(parseDuration("2d1h1m1s"), seconds(2 * 86'400 + 3'661));
}

TEST(Duration, isNothingElse) {
  for (const char* text : {"", "5", "m", "5 m", "-5m", "5m1h", "5m5m", "1.5h", "5ms", "5M", "9999999999999999999s",
                           "9223372036854775807d"}) {
    EXPECT_FALSE(parseDuration(text)) << text;
  }
}

TEST(Duration, isWrittenAsItIsRead) {
  for (const std::int64_t each : {0, 1, 59, 60, 90, 3'600, 5'400, 86'399, 86'400, 100'000}) {
    EXPECT_EQ(parseDuration(formatDuration(seconds(each))), seconds(each));
  }
  EXPECT_EQ(formatDuration(seconds(5'400)), "1h30m");
}

TEST(ProbeUrl, isRefusedWithAReason) {
  EXPECT_EQ(probeUrlProblem("http://10.20.0.11:8080/"), std::nullopt);
  EXPECT_EQ(probeUrlProblem("https://example.org/"), std::nullopt);
  EXPECT_EQ(probeUrlProblem("ftp://x/"), "the address must begin with http:// or https://");
  EXPECT_EQ(probeUrlProblem("http:///x"), "the address names no host");
  EXPECT_EQ(probeUrlProblem("http://a b/"), "the address holds a space or another character that must be escaped");
  EXPECT_EQ(probeUrlProblem("http://" + std::string(3000, 'a')), "the address is longer than 2000 characters");
}

}  // namespace
}  // namespace berth::spec
