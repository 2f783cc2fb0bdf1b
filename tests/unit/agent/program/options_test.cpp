// SPDX-License-Identifier: Apache-2.0
#include "agent/program/options.h"

#include <gtest/gtest.h>

namespace berth::program {
namespace {

std::string mistake(const std::vector<std::string>& arguments) {
  const auto parsed = parseCommand(arguments);
  const auto* found = std::get_if<command::Mistake>(&parsed);
  return found != nullptr ? found->message : "";
}

TEST(Options, JoinTakesATokenAndWhatTheHostIs) {
  const auto parsed = parseCommand(
      {"join", "--zone", "a", "--label=rack=7", "berth1.x", "--label", "disk=", "--state-dir", "/s", "--config=/c"});
  const auto* join = std::get_if<command::Join>(&parsed);
  ASSERT_NE(join, nullptr);
  EXPECT_EQ(join->token, "berth1.x");
  EXPECT_EQ(join->zone, "a");
  EXPECT_EQ(join->labels, (std::map<std::string, std::string>{{"disk", ""}, {"rack", "7"}}));
  EXPECT_EQ(join->stateDirectory, "/s");
  EXPECT_EQ(join->config, "/c");
}

TEST(Options, ADashIsATokenToo) {
  const auto parsed = parseCommand({"join", "-"});
  ASSERT_TRUE(std::holds_alternative<command::Join>(parsed));
  EXPECT_EQ(std::get<command::Join>(parsed).token, "-");
}

TEST(Options, RunHelpAndVersion) {
  EXPECT_TRUE(std::holds_alternative<command::Run>(parseCommand({"run"})));
  EXPECT_TRUE(std::holds_alternative<command::Help>(parseCommand({"--help"})));
  EXPECT_TRUE(std::holds_alternative<command::Help>(parseCommand({"join", "-h"})));
  EXPECT_TRUE(std::holds_alternative<command::Version>(parseCommand({"--version"})));
  EXPECT_NE(helpText().find("berth host token"), std::string::npos);
}

TEST(Options, MistakesSayWhatToDo) {
  EXPECT_EQ(mistake({}), "say what to do: join or run");
  EXPECT_EQ(mistake({"walk"}), "unknown command 'walk'; the commands are join, run and fence");
  EXPECT_NE(mistake({"join"}).find("`berth host token HOST` prints one"), std::string::npos);
  EXPECT_EQ(mistake({"join", "a", "b"}), "'join' takes one token");
  EXPECT_EQ(mistake({"join", "a", "--label", "b"}), "--label takes key=value, not 'b'");
  EXPECT_EQ(mistake({"join", "a", "--zone"}), "--zone takes a word");
  EXPECT_EQ(mistake({"run", "--frob"}), "'run' does not take '--frob'");
  EXPECT_EQ(mistake({"run", "--state-dir", "here"}), "--state-dir takes an absolute path");
  EXPECT_EQ(mistake({"run", "--config"}), "--config takes a file");
}

}  // namespace
}  // namespace berth::program
