// SPDX-License-Identifier: Apache-2.0
#include "agent/health/console.h"

#include <fstream>
#include <random>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/checkout.h"

namespace berth::health {
namespace {

using testing::HasSubstr;
using testing::Not;

std::optional<Finding> findIn(std::string_view text) {
  ConsoleWatch watch;
  watch.feed(text);
  return watch.finding();
}

std::string testdata(const std::string& name) {
  std::ifstream file(std::string(checkout::kRoot) + "/tests/unit/agent/health/testdata/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

constexpr const char* kFailure =
    "[    0.000000] Linux version 6.9.7 (mockbuild@x)\r\n"
    "[    4.100000] ignition[650]: Ignition 2.19.0\r\n"
    "[    4.200000] ignition[650]: error at $.storage.files.0.path, line 1 col 90: path not absolute\r\n"
    "[    4.300000] ignition[650]: CRITICAL : failed to fetch config: config is not valid\r\n"
    "[\x1b[0;1;31mFAILED\x1b[0m] Failed to start \x1b[0;1;39mignition-fetch.service\x1b[0m - Ignition (fetch).\r\n"
    "Displaying logs from failed units: ignition-fetch.service\r\n"
    "Ignition has failed. Please ensure your config is valid. Note that only\r\n"
    "Ignition spec v3.0.0+ configs are accepted.\r\n"
    "You are in emergency mode. After logging in, type \"journalctl -xb\"\r\n";

TEST(Console, AFailureOfIgnitionIsFoundWithTheLineThatSaysWhy) {
  const auto finding = findIn(kFailure);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->trouble, Trouble::ignitionFailed);
  EXPECT_EQ(finding->why, "failed to fetch config: config is not valid");
  EXPECT_THAT(finding->lines, HasSubstr("path not absolute"));
  EXPECT_THAT(finding->lines, HasSubstr("[FAILED] Failed to start ignition-fetch.service"));
  EXPECT_THAT(finding->lines, Not(HasSubstr("Linux version")));
}

TEST(Console, ItIsTheSameHoweverTheTextIsCut) {
  const auto whole = findIn(kFailure);
  for (std::size_t size : {1u, 2u, 3u, 7u, 50u}) {
    ConsoleWatch watch;
    const std::string_view text(kFailure);
    for (std::size_t at = 0; at < text.size(); at += size) watch.feed(text.substr(at, size));
    EXPECT_EQ(watch.finding(), whole) << size;
  }
}

TEST(Console, EachMarkerIsRecognised) {
  const std::pair<const char*, Trouble> table[] = {
      {"Ignition has failed. Please ensure your config is valid.", Trouble::ignitionFailed},
      {"ignition[12]: CRITICAL : Ignition failed: no", Trouble::ignitionFailed},
      {"IGNITION-FAILED", Trouble::ignitionFailed},
      {"Entering emergency mode. Exit the shell to continue.", Trouble::emergencyMode},
      {"You are in emergency mode.", Trouble::emergencyMode},
      {"[   1.2] Kernel panic - not syncing: VFS: Unable to mount root fs", Trouble::kernelPanic},
  };
  for (const auto& [text, trouble] : table) {
    const auto finding = findIn(std::string(text) + "\n");
    ASSERT_TRUE(finding) << text;
    EXPECT_EQ(finding->trouble, trouble) << text;
    EXPECT_FALSE(finding->lines.empty());
    EXPECT_TRUE(findIn(text)) << "without a line end: " << text;
  }
}

TEST(Console, AHealthyBootRaisesNoAlarm) {
  const char* const lines[] = {
      "[    0.000000] Linux version 6.9.7",
      "[    0.000000] Command line: ignition.platform.id=qemu systemd.unit=multi-user.target panic=10",
      ("[    3.1] systemd[1]: dracut-emergency.service - Dracut Emergency Shell was skipped because of an unmet "
       "condition"),
      "[    3.2] ignition[650]: INFO     : Ignition 2.19.0",
      "[    3.3] ignition[650]: DEBUG    : parsing config",
      "[    3.4] ignition[650]: WARNING  : failed to find key /x, going on",
      "[    3.5] ignition[650]: INFO     : Ignition finished successfully",
      "[  OK  ] Reached target ignition-complete.target",
      "[FAILED] Failed to start something.service",
      "prod-server-0 login: ",
  };
  ConsoleWatch watch;
  for (const auto* line : lines) watch.feed(std::string(line) + "\r\n");
  EXPECT_FALSE(watch.finding());
}

TEST(Console, ANewBootForgetsWhatTheLastOneSaid) {
  ConsoleWatch watch;
  watch.feed(kFailure);
  ASSERT_TRUE(watch.finding());
  watch.feed("[    0.000000] Linux version 6.9.7\r\n");
  EXPECT_FALSE(watch.finding());
}

TEST(Console, MemoryIsBoundedWhateverTheGuestWrites) {
  ConsoleWatch watch;
  watch.feed("You are in emergency mode\n");
  const std::string noise(1 << 20, 'x');
  for (int i = 0; i < 8; ++i) watch.feed(noise);
  for (int i = 0; i < 1000; ++i)
    watch.feed("ignition[1]: error failed " + std::to_string(i) + std::string(2000, 'y') + "\n");
  ASSERT_TRUE(watch.finding());
  EXPECT_LE(watch.finding()->lines.size(), kFindingMax + kFindingLines);
  EXPECT_LE(watch.tail().size(), kFindingMax + kFindingLines);
}

TEST(Console, ControlCharactersDoNotReachAPerson) {
  ConsoleWatch watch;
  std::mt19937 random(3);
  for (int i = 0; i < 50000; ++i) watch.feed(std::string(1, static_cast<char>(random())));
  for (const char c : watch.tail()) EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f));
}

TEST(Console, TheStandInGuestBootsWithoutAlarm) { EXPECT_FALSE(findIn(testdata("console-ok.txt"))); }

TEST(Console, TheStandInGuestsFailureIsExplained) {
  const auto finding = findIn(testdata("console-ignition-failed.txt"));
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->trouble, Trouble::ignitionFailed);
  EXPECT_THAT(finding->why, testing::StartsWith("failed to create files"));
}

TEST(Console, AConfigThatTheStandInGuestRefusesIsExplained) {
  const auto finding = findIn(testdata("console-ignition-refused.txt"));
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->trouble, Trouble::ignitionFailed);
  EXPECT_THAT(finding->lines, HasSubstr("ignition"));
}

}  // namespace
}  // namespace berth::health
