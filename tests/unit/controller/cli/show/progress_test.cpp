// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/cli/show/text.h"
#include "tests/unit/controller/cli/golden.h"
#include "tests/unit/controller/cli/show/rows_of_a_fleet.h"

namespace berth::show {
namespace {

using ::testing::ElementsAre;
using testing::expectGolden;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kNow;

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

/// A rollout of many nodes: the first ones done, then one under way and one failed, the others waiting.
message::reply::Rollout large() {
  using namespace std::chrono_literals;
  message::reply::Rollout reply{testing::rollout(message::RolloutState::running), {}};
  for (std::uint32_t index = 0; index < 40; ++index) {
    const auto state = index < 30    ? message::ChangeState::done
                       : index == 30 ? message::ChangeState::failed
                       : index == 31 ? message::ChangeState::starting
                                     : message::ChangeState::waiting;
    reply.changes.push_back(testing::change("first-server-" + std::to_string(index), "vh1", index + 1, state,
                                            message::Phase::booting, 12s));
  }
  return reply;
}

TEST(Progress, IsGolden) {
  expectGolden("progress.txt", joined(progressLines(testing::running(), kNow, kPlain, {80, 24})));
  expectGolden("progress-ascii.txt",
               joined(progressLines(testing::running(), kNow, {Colour::off, Signs::ascii}, {80, 24})));
  expectGolden("progress-narrow.txt", joined(progressLines(testing::running(), kNow, kPlain, {40, 24})));
  expectGolden("progress-large.txt", joined(progressLines(large(), kNow, kPlain, {80, 10})));
  expectGolden("progress-failed.txt", outcomeText(testing::failed(), kNow, kPlain));
}

TEST(Progress, NeverFillsALineOrMoreThanTheScreen) {
  for (const std::size_t columns : {10U, 20U, 33U, 80U, 200U}) {
    for (const std::size_t rows : {1U, 5U, 10U, 60U}) {
      const auto lines = progressLines(large(), kNow, kPlain, {columns, rows});
      EXPECT_LT(lines.size(), std::max<std::size_t>(rows, 5)) << columns << "x" << rows;
      for (const std::string& line : lines) EXPECT_LT(columnsOf(line), std::max<std::size_t>(columns, 20)) << line;
    }
  }
}

TEST(Progress, KeepsWhatIsUnderWayInSightWhenThereIsNoRoomForAll) {
  const std::string text = joined(progressLines(large(), kNow, kPlain, {80, 10}));
  EXPECT_THAT(text, HasSubstr("first-server-31"));
  EXPECT_THAT(text, HasSubstr("first-server-30"));
  EXPECT_THAT(text, HasSubstr("and 33 more"));
}

TEST(Progress, SaysWhatIsWaitedForWhenNothingMovesAndWhenThatIsGivenUp) {
  auto rollout = testing::running();
  rollout.rollout.reason = "the canaries are ready; to go on with the others: berth rollout promote 3";
  EXPECT_THAT(joined(progressLines(rollout, kNow, kPlain, {120, 24})), Not(HasSubstr("promote")))
      << "a node is booting";
  for (auto& change : rollout.changes) change.state = message::ChangeState::waiting;
  EXPECT_THAT(joined(progressLines(rollout, kNow, kPlain, {120, 24})), HasSubstr("berth rollout promote 3\n"));
  rollout.rollout.deadlineMs = testing::kNowMs + 90'000;
  EXPECT_THAT(joined(progressLines(rollout, kNow, kPlain, {120, 24})), HasSubstr("(given up in 1m30s)"));
  Steps steps;
  EXPECT_THAT(steps.news(rollout, kNow), ::testing::SizeIs(1));
  rollout.rollout.deadlineMs += 1000;
  EXPECT_THAT(steps.news(rollout, kNow), IsEmpty()) << "no line for each second";
}

TEST(Steps, SayEachStepOnce) {
  Steps steps;
  auto rollout = testing::running();
  EXPECT_THAT(steps.news(rollout, kNow),
              ElementsAre(" 1m12s  first-server-0  vh1  ready",
                          " 1m12s  first-server-1  vh2  booting  waits for the guest to say that it is up"));
  EXPECT_THAT(steps.news(rollout, kNow), IsEmpty());
  rollout.changes[1].state = message::ChangeState::done;
  EXPECT_THAT(steps.news(rollout, kNow), ElementsAre(" 1m12s  first-server-1  vh2  ready"));
}

TEST(Repaint, GoesBackOverWhatItPainted) {
  EXPECT_EQ(repaint({}, {"a"}, {80, 24}), "\ra\x1b[K\n\x1b[J");
  EXPECT_EQ(repaint({"a", "b"}, {"c"}, {80, 24}), "\r\x1b[2Ac\x1b[K\n\x1b[J");
}

TEST(Repaint, CountsLinesThatANarrowerTerminalHasWrapped) {
  EXPECT_EQ(repaint({std::string(50, 'x')}, {"c"}, {20, 24}), "\r\x1b[3Ac\x1b[K\n\x1b[J");
}

TEST(Repaint, NeverGoesAboveTheScreen) { EXPECT_EQ(repaint({"a", "b", "c", "d"}, {}, {80, 3}), "\r\x1b[2A\x1b[J"); }

TEST(Outcome, OfASuccessIsOneLine) {
  auto rollout = testing::running();
  rollout.rollout.state = message::RolloutState::done;
  EXPECT_EQ(outcomeText(rollout, kNow, kPlain), "Done: 3 changes in 1m12s.\n");
}

}  // namespace
}  // namespace berth::show
