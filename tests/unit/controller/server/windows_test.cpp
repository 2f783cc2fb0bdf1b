// SPDX-License-Identifier: Apache-2.0
#include "controller/server/windows.h"

#include <gtest/gtest.h>

namespace berth::server {
namespace {

using std::chrono::minutes;

/// 2026-07-04, a Saturday, 20:29 and 20:30 in UTC, which are 22:29 and 22:30 in Warsaw.
constexpr std::int64_t kJust = 1'783'196'940'000;
constexpr std::int64_t kMinute = 60'000;

store::RebootPolicy at(std::uint8_t days, minutes start, minutes length, const std::string& zone) {
  store::RebootPolicy policy;
  policy.windows = {{days, start, length}};
  policy.timeZone = zone;
  return policy;
}

constexpr std::uint8_t kSaturday = 1 << 5;
constexpr std::uint8_t kSunday = 1 << 6;

TEST(Windows, NoneIsAlwaysOpen) { EXPECT_EQ(closedBecause({}, kJust), std::nullopt); }

TEST(Windows, OpenAndCloseByTheClockOfTheirZone) {
  const auto policy = at(kSaturday, minutes(22 * 60 + 30), minutes(90), "Europe/Warsaw");
  EXPECT_EQ(closedBecause(policy, kJust), "no window is open; the next one opens Sat 22:30 (Europe/Warsaw)");
  EXPECT_EQ(closedBecause(policy, kJust + kMinute), std::nullopt);
  EXPECT_EQ(closedBecause(policy, kJust + 90 * kMinute), std::nullopt) << "past midnight";
  EXPECT_NE(closedBecause(policy, kJust + 91 * kMinute), std::nullopt);
}

TEST(Windows, ReachFromTheEndOfAWeekIntoTheNext) {
  const auto policy = at(kSunday, minutes(23 * 60), minutes(120), "UTC");
  // Sunday, 23:30, and Monday, 00:30 and 01:00.
  const std::int64_t sunday = kJust + (27 * 60 + 1) * kMinute - 20 * kMinute + 20 * kMinute;
  EXPECT_EQ(closedBecause(policy, sunday), std::nullopt);
  EXPECT_EQ(closedBecause(policy, sunday + 60 * kMinute), std::nullopt);
  EXPECT_NE(closedBecause(policy, sunday + 90 * kMinute), std::nullopt);
}

TEST(Windows, FollowSummerTime) {
  // 2026-01-03, a Saturday, 21:30 UTC: 22:30 in Warsaw in winter.
  const auto policy = at(kSaturday, minutes(22 * 60 + 30), minutes(60), "Europe/Warsaw");
  EXPECT_EQ(closedBecause(policy, 1'767'475'800'000), std::nullopt);
  EXPECT_NE(closedBecause(policy, 1'767'475'800'000 - kMinute), std::nullopt);
}

TEST(Windows, StayClosedInAZoneThatNobodyKnows) {
  EXPECT_FALSE(isTimeZone("Europe/Atlantis"));
  EXPECT_TRUE(isTimeZone("UTC"));
  EXPECT_EQ(closedBecause(at(0x7f, minutes(0), minutes(1440), "Europe/Atlantis"), kJust),
            "the controller's machine does not know the time zone Europe/Atlantis");
}

}  // namespace
}  // namespace berth::server
