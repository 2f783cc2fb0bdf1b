// SPDX-License-Identifier: Apache-2.0
#include "planner/source/text.h"

#include <gtest/gtest.h>

namespace berth::source {
namespace {

using namespace std::string_literals;

TEST(Text, CountsCharactersAndBrokenBytes) {
  EXPECT_EQ(countCharacters("aé€😀"), 4U);
  EXPECT_EQ(countCharacters("a\xff\xc3"), 3U);
  EXPECT_EQ(characters("aé€😀b", 1, 3), "é€😀");
  EXPECT_EQ(characters("ab", 5, 3), "");
}

TEST(Text, KnowsIllFormedUtf8) {
  for (const char* broken : {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe0\x80\x80", "\x80"}) {
    EXPECT_EQ(utf8Length(broken), 0U);
  }
}

TEST(Text, QuotesWhatCannotBeSeen) {
  EXPECT_EQ(quoted("a\"\\\n\x01\x7f\xff"), R"("a\"\\\n\x01\x7f\xff")");
  EXPECT_EQ(quoted("\u00a0ä€\u2028"), R"("\u00a0ä€\u2028")");
}

TEST(Text, TrimsTheBlanksOfAllScripts) {
  EXPECT_EQ(trimmed(" \t\u00a0\u3000a \u2028b\u0085\r\n"), "a \u2028b");
  EXPECT_EQ(trimmed("\u2003\v"), "");
  EXPECT_EQ(trimmed("\u200b\x80"), "\u200b\x80");
}

TEST(Text, ReadsUtf16WithAMark) {
  EXPECT_EQ(toUtf8("\xff\xfe"s + "a\0\xe4\0"s), "aä");
  EXPECT_EQ(toUtf8("\xfe\xff\xd8\x3d\xde\x00"s), "😀");
  EXPECT_EQ(toUtf8("\xff\xfe\x3d\xd8"s), std::nullopt);
  EXPECT_EQ(toUtf8("\xef\xbb\xbfx"s), "x");
}

TEST(TextLines, NumbersThemFromOne) {
  TextLines lines("a\r\n\nb");
  ASSERT_EQ(lines.count(), 3U);
  EXPECT_EQ(lines.line(1), "a");
  EXPECT_EQ(lines.line(2), "");
  EXPECT_EQ(lines.line(3), "b");
}

}  // namespace
}  // namespace berth::source
