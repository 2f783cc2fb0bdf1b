// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/butane/report.h"

#include <gtest/gtest.h>

namespace berth::cli {
namespace {

std::string excerptAt(std::uint32_t line, std::uint32_t column, std::string_view text) {
  ignition::Finding finding{source::Severity::error, "$.a", {"x.bu", line, column, 0}, "wrong"};
  return excerptOf(finding, ReportedText("x.bu", text), ReportStyle::plain);
}

TEST(Report, UnderlinesUpToTheNextBlank) {
  EXPECT_EQ(excerptAt(1, 4, "a: b\u00a0c\n"),
            "error[$.a]:\n  --> x.bu:1:4\n   |\n 1 | a: b\u00a0c\n   |    ^ wrong\n 2 | \n   |");
}

// A value that is missing stands right behind its colon.
TEST(Report, ShowsTheLineOfWhatIsNotThere) {
  EXPECT_EQ(excerptAt(1, 3, "a: # why\n"),
            "error[$.a]:\n  --> x.bu:1:3\n   |\n 1 | a: # why\n   |    wrong\n 2 | \n   |");
  EXPECT_EQ(excerptAt(1, 3, "a:\n"), "error at $.a, line 1 col 3: wrong");
}

}  // namespace
}  // namespace berth::cli
