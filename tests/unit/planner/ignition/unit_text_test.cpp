// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/unit_text.h"

#include <gtest/gtest.h>

namespace berth::ignition {
namespace {

std::string readingOf(std::string_view text) {
  auto read = readUnit(text);
  if (auto* wrong = std::get_if<UnreadableUnit>(&read)) return wrong->reason;
  return std::get<UnitText>(read).installs ? "installs" : "fine";
}

TEST(UnitText, FindsWhetherItInstalls) {
  EXPECT_EQ(readingOf("[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=a.target\n"), "installs");
  EXPECT_EQ(readingOf("[Install]\n# WantedBy=a.target\n"), "fine");
  EXPECT_EQ(readingOf("[Install]\r\nAlias=\r\n"), "installs");
  EXPECT_EQ(readingOf(""), "fine");
}

TEST(UnitText, ContinuesLinesBehindABackslash) {
  EXPECT_EQ(readingOf("[Service]\nExecStart=/bin/sh \\\n  no equals sign here\nNice=1\n"), "fine");
  EXPECT_EQ(readingOf("# comment \\\nstill comment [X\n[Service]\n"), "fine");
}

TEST(UnitText, SaysWhatIsWrong) {
  EXPECT_EQ(readingOf("[Service"), "unable to find end of section");
  EXPECT_EQ(readingOf("[Service] x"), "found garbage after section name : \"x\"");
  EXPECT_EQ(readingOf("[Service]\nfoo\n"), "unexpected newline encountered while parsing option name");
  EXPECT_EQ(readingOf("[Service]\nfoo"), "EOF");
  EXPECT_EQ(readingOf("[Service]\nA=" + std::string(2046, 'x')), "line too long (max 2048 bytes)");
  EXPECT_EQ(readingOf("[Service]\nA=" + std::string(2045, 'x')), "fine");
}

TEST(UnitText, ContinuesNoLineBehindABackslashAndACarriageReturn) {
  EXPECT_EQ(readingOf("# a \\\r\n[X\n"), "unable to find end of section");
  EXPECT_EQ(readingOf("# a \\ \n[X\n"), "fine");
  EXPECT_EQ(readingOf("[Service]\r\nA=b \\\r\nno equals sign\r\n"),
            "unexpected newline encountered while parsing option name");
}

TEST(UnitText, KnowsTheBlanksOfAllScripts) {
  EXPECT_EQ(readingOf("[Service]\u00a0\n\u2003A=b\n"), "fine");
  EXPECT_EQ(readingOf("[Service] \u200b"), "found garbage after section name : \"\u200b\"");
}

// As much as is in the buffer of the original counts, and that begins anew every 4096 bytes.
TEST(UnitText, SeesNoLongLineBehindTheEndOfABuffer) {
  std::string before = "[A]\n" + std::string(2100, '\n');
  EXPECT_EQ(readingOf(before + "B=" + std::string(3000, 'x')), "fine");
  EXPECT_EQ(readingOf(std::string(4, ' ') + "B=" + std::string(3000, 'x')), "line too long (max 2048 bytes)");
  EXPECT_EQ(readingOf(std::string(2048, 'x')), "fine");
}

}  // namespace
}  // namespace berth::ignition
