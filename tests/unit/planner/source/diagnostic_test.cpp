// SPDX-License-Identifier: Apache-2.0
#include "planner/source/diagnostic.h"

#include <gtest/gtest.h>

namespace berth::source {
namespace {

TextOf only(std::string text) {
  return [text = std::move(text)](std::string_view) { return std::optional<std::string>(text); };
}

TEST(Render, ShowsTheLineTheCaretAndTheWayOut) {
  Findings findings{error({"prod.yaml", 2, 3, 5}, "unknown key \"cuont\"", "did you mean \"count\"?")};
  EXPECT_EQ(render(findings, only("pool:\n  cuont: 3\n")),
            "prod.yaml:2:3: error: unknown key \"cuont\"\n"
            "  2 |   cuont: 3\n"
            "    |   ^~~~~\n"
            "    = did you mean \"count\"?\n");
}

TEST(Render, OrdersByPlaceAndCountsCharacters) {
  Findings findings{warning({"a", 2, 4, 0}, "later"), error({"a", 1, 1, 2}, "earlier")};
  EXPECT_EQ(render(findings, only("éé\nüüüx")),
            "a:1:1: error: earlier\n  1 | éé\n    | ^~\n"
            "a:2:4: warning: later\n  2 | üüüx\n    |    ^\n");
}

TEST(Render, WorksWithoutTextAndWithoutPlace) {
  EXPECT_EQ(render({error({"x.yaml", 7, 1, 0}, "wrong")}, nullptr), "x.yaml:7:1: error: wrong\n");
  EXPECT_EQ(render({error({}, "wrong", "try again")}, nullptr), "error: wrong\n   = try again\n");
}

TEST(Render, ShowsAWindowOfAVeryLongLineAndNoControlCharacters) {
  std::string text = std::string(5000, 'a') + "\x1b[2J!" + std::string(5000, 'b');
  std::string shown = render({error({"x", 1, 5005, 1}, "here")}, only(text));
  EXPECT_LT(shown.size(), 600U);
  EXPECT_EQ(shown.find('\x1b'), std::string::npos);
  EXPECT_NE(shown.find("a?[2J!b"), std::string::npos);
}

TEST(Nearest, FindsSlipsAndNothingElse) {
  std::vector<std::string> known{"count", "resources", "butane", "ip"};
  EXPECT_EQ(nearest("cuont", known), "count");
  EXPECT_EQ(nearest("resource", known), "resources");
  EXPECT_EQ(nearest("but", known), std::nullopt);
  EXPECT_EQ(nearest("pi", known), std::nullopt);
  EXPECT_EQ(nearest("addresses", known), std::nullopt);
  EXPECT_EQ(nearest(std::string(100'000, 'x'), known), std::nullopt);
}

}  // namespace
}  // namespace berth::source
