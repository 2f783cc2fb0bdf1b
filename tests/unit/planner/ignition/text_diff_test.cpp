// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/text_diff.h"

#include <chrono>
#include <random>

#include <gtest/gtest.h>

namespace berth::ignition {
namespace {

std::string shown(std::string_view before, std::string_view after, std::size_t context = kDiffContext) {
  std::string out;
  for (const Hunk& hunk : textDiff(before, after, context)) out += unified(hunk);
  return out;
}

/// `before` with the hunks applied, as `patch` would.
std::string patched(std::string_view before, const std::vector<Hunk>& hunks) {
  std::string out;
  std::size_t line = 1;
  auto copyUntil = [&](std::size_t end) {
    for (; line < end && !before.empty(); ++line) {
      std::size_t length = std::min(before.find('\n'), before.size() - 1) + 1;
      out += before.substr(0, length);
      before.remove_prefix(length);
    }
  };
  auto skip = [&](const DiffLine& expected) {
    std::string text = expected.text + (expected.hasLineBreak ? "\n" : "");
    EXPECT_EQ(before.substr(0, text.size()), text);
    before.remove_prefix(text.size());
    ++line;
  };
  for (const Hunk& hunk : hunks) {
    copyUntil(hunk.beforeStart + (hunk.beforeCount == 0 ? 1 : 0));
    for (const DiffLine& each : hunk.lines) {
      if (each.in != DiffLine::In::before) out += each.text + (each.hasLineBreak ? "\n" : "");
      if (each.in != DiffLine::In::after) skip(each);
    }
  }
  return out + std::string(before);
}

std::size_t changedLines(const std::vector<Hunk>& hunks) {
  std::size_t count = 0;
  for (const Hunk& hunk : hunks) {
    for (const DiffLine& line : hunk.lines) count += line.in == DiffLine::In::both ? 0 : 1;
  }
  return count;
}

TEST(TextDiff, LooksLikeThatOfDiff) {
  EXPECT_EQ(shown("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
            "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
  EXPECT_EQ(shown("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
  EXPECT_EQ(shown("a\n", ""), "@@ -1 +0,0 @@\n-a\n");
  EXPECT_EQ(shown("a\nb\n", "a\nx\nb\n", 0), "@@ -1,0 +2 @@\n+x\n");
}

TEST(TextDiff, KeepsDistantChangesApart) {
  std::string before;
  for (int i = 1; i <= 30; ++i) before += std::to_string(i) + "\n";
  std::string after = before;
  after.replace(after.find("\n5\n") + 1, 1, "five");
  after.replace(after.find("\n12\n") + 1, 2, "twelve");
  after.replace(after.find("\n20\n") + 1, 2, "twenty");
  auto hunks = textDiff(before, after);
  ASSERT_EQ(hunks.size(), 2U);
  EXPECT_EQ(headingOf(hunks[0]), "@@ -2,14 +2,14 @@");
  EXPECT_EQ(headingOf(hunks[1]), "@@ -17,7 +17,7 @@");
}

TEST(TextDiff, SeesAMissingLastLineBreak) {
  EXPECT_EQ(shown("a\nb", "a\nb\n"), "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
}

TEST(TextDiff, IsNothingForTheSame) { EXPECT_TRUE(textDiff("a\nb", "a\nb").empty()); }

TEST(TextDiff, AlwaysLeadsFromTheOneToTheOther) {
  std::mt19937 random(20260703);
  for (int round = 0; round < 2000; ++round) {
    auto text = [&] {
      std::string out;
      for (auto lines = random() % 14; lines > 0; --lines)
        out += std::string(1, static_cast<char>('a' + random() % 4)) + "\n";
      if (random() % 4 == 0 && !out.empty()) out.pop_back();
      return out;
    };
    std::string before = text();
    std::string after = text();
    auto hunks = textDiff(before, after, random() % 4);
    ASSERT_EQ(patched(before, hunks), after) << before << "---\n" << after;
  }
}

TEST(TextDiff, FindsTheFewestLines) {
  EXPECT_EQ(changedLines(textDiff("a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n")), 5U);
}

TEST(TextDiff, KeepsFixedPointsWhereThereAreTooManyChangesForTheSearch) {
  std::string before;
  std::string after;
  for (int i = 0; i < 3000; ++i) {
    before += "same " + std::to_string(i) + "\nold\n";
    after += "same " + std::to_string(i) + "\nnew\n";
  }
  auto hunks = textDiff(before, after);
  EXPECT_EQ(patched(before, hunks), after);
  EXPECT_EQ(changedLines(hunks), 6000U);
}

TEST(TextDiff, TakesABoundedTimeForTextsWithNothingInCommon) {
  std::string before;
  std::string after;
  for (int i = 0; i < 1'000'000; ++i) {
    before += i % 2 == 0 ? "a\n" : "b\n";
    after += i % 3 == 0 ? "a\n" : "c\n";
  }
  auto begun = std::chrono::steady_clock::now();
  auto hunks = textDiff(before, after);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(60));
  EXPECT_EQ(patched(before, hunks), after);
}

TEST(TextDiff, TellsTextFromOtherBytes) {
  EXPECT_TRUE(isText("grüße\n\tx\r\n"));
  EXPECT_TRUE(isText(""));
  EXPECT_FALSE(isText(std::string_view("a\0b", 3)));
  EXPECT_FALSE(isText("\xff\xfe"));
  EXPECT_FALSE(isText("\x1b[31m"));
}

}  // namespace
}  // namespace berth::ignition
