// SPDX-License-Identifier: Apache-2.0
#include "agent/disks/program.h"

#include <gtest/gtest.h>

namespace berth::disks {
namespace {

using namespace std::chrono_literals;

TEST(Program, SaysHowItEndedAndWhatItPrinted) {
  const auto ran = runProgram({"/bin/sh", "-c", "echo out; echo err >&2; exit 3"}, 10s);
  ASSERT_TRUE(std::holds_alternative<Finished>(ran));
  EXPECT_EQ(std::get<Finished>(ran).status, 3);
  EXPECT_EQ(std::get<Finished>(ran).output, "out\nerr\n");
}

TEST(Program, GetsItsArgumentsAsTheyAre) {
  const auto ran = runProgram({"/bin/echo", "$HOME", "a b", "; rm -rf /"}, 10s);
  EXPECT_EQ(std::get<Finished>(ran).output, "$HOME a b ; rm -rf /\n");
}

TEST(Program, KnowsNothingOfOurEnvironment) {
  ::setenv("BERTH_SECRET", "x", 1);
  EXPECT_EQ(std::get<Finished>(runProgram({"/usr/bin/env"}, 10s)).output, "LC_ALL=C\n");
}

TEST(Program, OutputIsBoundedAndDoesNotBlockIt) {
  const auto ran = runProgram({"/bin/sh", "-c", "head -c 1000000 /dev/zero"}, 10s);
  EXPECT_EQ(std::get<Finished>(ran).status, 0);
  EXPECT_EQ(std::get<Finished>(ran).output.size(), kProgramOutputMax);
}

TEST(Program, ThatTakesTooLongIsKilledWithItsChildren) {
  const auto began = std::chrono::steady_clock::now();
  const auto ran = runProgram({"/bin/sh", "-c", "sleep 60 & sleep 60"}, 100ms);
  ASSERT_TRUE(std::holds_alternative<Error>(ran));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 30s);
}

TEST(Program, ThatIsNotThereIsAnError) {
  const auto ran = runProgram({"/nonexistent/qemu-img"}, 10s);
  ASSERT_TRUE(std::holds_alternative<Error>(ran));
  EXPECT_EQ(std::get<Error>(ran).str(), "running /nonexistent/qemu-img: No such file or directory");
}

TEST(Program, EndedByASignalSaysWhich) {
  EXPECT_EQ(std::get<Finished>(runProgram({"/bin/sh", "-c", "kill -TERM $$"}, 10s)).status, 128 + 15);
}

}  // namespace
}  // namespace berth::disks
