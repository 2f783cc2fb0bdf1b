// SPDX-License-Identifier: Apache-2.0
#include "agent/health/signal.h"

#include <random>

#include <gtest/gtest.h>

namespace berth::health {
namespace {

constexpr const char* kBoot = "6f6b3d2e-0d5c-4b43-9c1c-0f6b2e1a7d10";

TEST(Signal, SaysAllThatTheGuestSaid) {
  const auto signal =
      parseSignal(std::string("berth-ready 1 boot=") + kBoot +
                  " state=degraded failed=a.service,dev-disk-by\\x2dlabel.device addresses=10.20.0.11,fe80::1");
  ASSERT_TRUE(signal);
  EXPECT_EQ(signal->bootId, kBoot);
  EXPECT_EQ(signal->state, SystemState::degraded);
  EXPECT_EQ(signal->failedUnits, (std::vector<std::string>{"a.service", "dev-disk-by\\x2dlabel.device"}));
  EXPECT_EQ(signal->addresses, (std::vector<std::string>{"10.20.0.11", "fe80::1"}));
}

TEST(Signal, ADashIsAnEmptyList) {
  const auto signal = parseSignal("berth-ready 1 boot=abc state=running failed=- addresses=-\r\n");
  ASSERT_TRUE(signal);
  EXPECT_TRUE(signal->failedUnits.empty());
  EXPECT_TRUE(signal->addresses.empty());
}

TEST(Signal, SaysHowTheStackIsAndIsNoneTheLessForWhatItDoesNotUnderstand) {
  const auto signal = parseSignal(
      "berth-ready 1 boot=abc state=running failed=- addresses=- "
      "stack=consul/1.8.7/leader/well/3/10.20.0.11/accepted,etcd/3/leader/well/3/-/-,consul/2/client/well/-/-/-,"
      "nomad/-/client/silent/-/-/-");
  ASSERT_TRUE(signal);
  ASSERT_EQ(signal->tools.size(), 2U) << "one of each kind, the first";
  EXPECT_EQ(signal->tools[0].version, "1.8.7");
  EXPECT_EQ(signal->tools[1].kind, message::ToolKind::nomad);
  for (const char* stack : {"", ",,,", "-"}) {
    const auto without = parseSignal("berth-ready 1 boot=abc state=running stack=" + std::string(stack));
    ASSERT_TRUE(without) << stack;
    EXPECT_TRUE(without->tools.empty()) << stack;
  }
}

TEST(Signal, SaysWhichReleaseRunsAndWhichWaitsForTheNextBoot) {
  const auto signal = parseSignal(
      "berth-ready 1 boot=abc state=running failed=- addresses=- os=44.20260707.3.1 staged=44.20260721.3.0");
  ASSERT_TRUE(signal);
  EXPECT_EQ(signal->os, (message::OsRelease{"44.20260707.3.1", "44.20260721.3.0"}));
  EXPECT_EQ(parseSignal("berth-ready 1 boot=abc state=running")->os, message::OsRelease());
  EXPECT_FALSE(parseSignal("berth-ready 1 boot=abc state=running os=\x1b[31m"));
  EXPECT_FALSE(parseSignal("berth-ready 1 boot=abc state=running staged=" + std::string(65, '4')));
}

TEST(Signal, KeysOfANewerGuestAreSkipped) {
  EXPECT_TRUE(parseSignal("berth-ready 1 boot=abc state=running load=0.4 failed=- addresses=-"));
}

TEST(Signal, AnythingThatIsNotExactlyRightIsNone) {
  const char* const wrong[] = {
      "",
      "berth-ready",
      "berth-ready 2 boot=abc state=running",
      "berth-ready 1 state=running failed=- addresses=-",
      "berth-ready 1 boot=abc failed=- addresses=-",
      "berth-ready 1 boot= state=running",
      "berth-ready 1 boot=abc state=fine",
      "berth-ready 1 boot=abc state=running failed=",
      "berth-ready 1 boot=abc state=running failed=a.service,",
      "berth-ready 1 boot=abc state=running failed=a;b",
      "berth-ready 1 boot=a/b state=running",
      "berth-ready 1 boot=abc state=running addresses=ten",
      "berth-ready 1 boot=abc state=running addresses=10.0.0.1:22",
      "berth-ready 1 boot=abc state=running noise",
      "xberth-ready 1 boot=abc state=running",
  };
  for (const auto* line : wrong) EXPECT_FALSE(parseSignal(line)) << line;
}

TEST(Signal, ListsAreBounded) {
  std::string units;
  for (int i = 0; i < 300; ++i) units += (i ? ",u" : "u") + std::to_string(i);
  const auto signal = parseSignal("berth-ready 1 boot=abc state=degraded failed=" + units);
  ASSERT_TRUE(signal);
  EXPECT_EQ(signal->failedUnits.size(), kFailedUnitsMax);
  EXPECT_FALSE(parseSignal("berth-ready 1 boot=abc state=running x=" + std::string(5000, 'y')));
}

TEST(Signal, SurvivesWhateverIsWrittenToThePort) {
  std::mt19937 random(7);
  const std::string good = "berth-ready 1 boot=abc state=running failed=a.service addresses=10.0.0.1,::1";
  for (int i = 0; i < 20000; ++i) {
    auto line = good;
    for (auto flips = random() % 6; flips > 0; --flips) line[random() % line.size()] = static_cast<char>(random());
    line.resize(random() % (line.size() + 1));
    if (const auto signal = parseSignal(line)) {
      EXPECT_FALSE(signal->bootId.empty());
    }
  }
}

}  // namespace
}  // namespace berth::health
