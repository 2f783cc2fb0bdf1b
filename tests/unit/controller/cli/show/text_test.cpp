// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/text.h"

#include <gtest/gtest.h>

namespace berth::show {
namespace {

struct Case {
  std::string name;
  std::string text;
  std::string shown;
};
std::ostream& operator<<(std::ostream& out, const Case& each) { return out << each.name; }

class OneLine : public testing::TestWithParam<Case> {};

TEST_P(OneLine, IsHarmless) { EXPECT_EQ(oneLine(GetParam().text), GetParam().shown); }

INSTANTIATE_TEST_SUITE_P(
    Texts, OneLine,
    testing::Values(Case{"Plain", "units failed: a.service", "units failed: a.service"},
                    Case{"Umlauts", "größer ✓", "größer ✓"}, Case{"Colour", "\x1b[31;1mred\x1b[0m", "red"},
                    Case{"Title", "a\x1b]0;owned\x07z", "az"}, Case{"TitleEndedByString", "a\x1b]0;owned\x1b\\z", "az"},
                    Case{"DeviceControl", "a\x1bP1;2|x\x1b\\z", "az"}, Case{"Charset", "a\x1b(0z", "az"},
                    Case{"LoneEscape", "a\x1b", "a"}, Case{"CutSequence", "a\x1b[31", "a"},
                    Case{"ClearScreenOfC1", "a\xC2\x9B\x32Jz", "a 2Jz"}, Case{"RawC1Byte", "a\x9Bz", "a\xEF\xBF\xBDz"},
                    Case{"Bell", "a\x07z", "a z"}, Case{"Delete", "a\x7Fz", "a z"},
                    Case{"LineEnds", "a\r\nb\tc", "a  b c"}, Case{"BrokenUtf8", "a\xC3(", "a\xEF\xBF\xBD("},
                    Case{"OverlongSlash", "\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
                    Case{"Surrogate", "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
                    Case{"DirectionOverride", "evil\xE2\x80\xAEtxt.exe", "eviltxt.exe"}),
    [](const auto& each) { return each.param.name; });

TEST(ManyLines, KeepsLinesAndTabs) { EXPECT_EQ(manyLines("a\tb\r\n\x1b[2Jc\n"), "a\tb\nc\n"); }

TEST(ManyLines, DoesNotLetACarriageReturnHideWhatStoodBefore) {
  EXPECT_EQ(manyLines("failed\rok    \n"), "failed\nok    \n");
}

TEST(ManyLines, LosesNoMoreThanALineToAnUnfinishedTitle) { EXPECT_EQ(manyLines("a\x1b]0;title\nb\n"), "a\nb\n"); }

TEST(Columns, CountWhatATerminalShows) {
  EXPECT_EQ(columnsOf("abc"), 3U);
  EXPECT_EQ(columnsOf("größer"), 6U);
  EXPECT_EQ(columnsOf("日本"), 4U);
  EXPECT_EQ(columnsOf("e\xCC\x81"), 1U);
}

TEST(Cutting, LeavesRoomForTheSignThatSaysSo) {
  EXPECT_EQ(cutTo("abcdef", 6), "abcdef");
  EXPECT_EQ(cutTo("abcdef", 4), "abc…");
  EXPECT_EQ(cutTo("日本語", 4), "日…");
  EXPECT_EQ(cutTo("abc", 0), "");
}

TEST(Wrapping, BreaksAtSpacesAndIndentsEachLine) {
  EXPECT_EQ(wrapped("one two three", 9, "  "), "  one two\n  three\n");
  EXPECT_EQ(wrapped("averylongword b", 8, "  "), "  averylongword\n  b\n");
  EXPECT_EQ(wrapped("  ", 8, "  "), "");
}

TEST(Padding, FillsColumnsNotBytes) {
  EXPECT_EQ(padded("größer", 8), "größer  ");
  EXPECT_EQ(rightPadded("12s", 5), "  12s");
  EXPECT_EQ(padded("too long", 3), "too long");
}

}  // namespace
}  // namespace berth::show
