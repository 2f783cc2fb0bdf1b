// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::show {
namespace {

Table sample() {
  Table table({{"NODE"}, {"AGE", Align::right}, {"REASON", Align::left, Fit::cut}});
  table.add({{"first-server-0"}, {"3m12s"}, {""}});
  table.add({{"größer"}, {"5s"}, {"units failed: chronyd.service, sshd.service", Tone::bad}});
  return table;
}

TEST(Table, AlignsColumnsAndLeavesNoSpaceAtTheEnd) {
  EXPECT_EQ(sample().render(kPlain, std::nullopt),
            "NODE              AGE  REASON\n"
            "first-server-0  3m12s\n"
            "größer             5s  units failed: chronyd.service, sshd.service\n");
}

TEST(Table, CutsWhatMayBeCutToTheWidth) {
  EXPECT_EQ(sample().render(kPlain, 40),
            "NODE              AGE  REASON\n"
            "first-server-0  3m12s\n"
            "größer             5s  units failed: ch…\n");
}

TEST(Table, KeepsAReadableRestOnATinyTerminal) {
  EXPECT_THAT(sample().render(kPlain, 10), testing::HasSubstr("units f…"));
}

TEST(Table, ShowsADashForWhatIsNotKnown) {
  Table table({{"A"}, {"B"}});
  table.add({{""}, {"x"}});
  EXPECT_EQ(table.render(kPlain, std::nullopt), "A  B\n-  x\n");
}

TEST(Table, IsNothingWithoutRows) { EXPECT_EQ(Table({{"A"}}).render(kPlain, std::nullopt), ""); }

TEST(Table, PaintsOnlyTheText) {
  Table table({{"A"}, {"B"}});
  table.add({{"ok", Tone::good}, {"x"}});
  EXPECT_EQ(table.render({Colour::on, Signs::unicode}, std::nullopt),
            "\x1b[1mA\x1b[0m   \x1b[1mB\x1b[0m\n\x1b[32mok\x1b[0m  x\n");
}

TEST(Table, NeverPassesOnAnEscapeSequence) {
  Table table({{"A"}});
  table.add({{"\x1b[2Jx\ny"}});
  EXPECT_EQ(table.render(kPlain, std::nullopt), "A\nx y\n");
}

}  // namespace
}  // namespace berth::show
