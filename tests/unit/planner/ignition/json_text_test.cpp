// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/json_text.h"

#include <gtest/gtest.h>

namespace berth::ignition {
namespace {

std::string failureOf(std::string_view text) {
  auto document = readJson(text);
  return document.failure() ? document.failure()->message : "none";
}

TEST(Json, ReadsStringsWithTheirEscapes) {
  auto document = readJson(R"({"a":"\u00e4\n\ud83d\ude00\ud800"})");
  ASSERT_NE(document.root(), nullptr);
  EXPECT_EQ(document.root()->value(0).text(), "ä\n😀\ufffd");
  EXPECT_EQ(document.root()->value(0).begin(), 5U);
}

TEST(Json, SaysWhatIsWrongAsUsersOfIgnitionKnowIt) {
  EXPECT_EQ(failureOf("{a"), "invalid character 'a' looking for beginning of object key string");
  EXPECT_EQ(failureOf("[1 2]"), "invalid character '2' after array element");
  EXPECT_EQ(failureOf("nul!"), "invalid character '!' in literal null (expecting 'l')");
  EXPECT_EQ(failureOf("1.x"), "invalid character 'x' after decimal point in numeric literal");
  EXPECT_EQ(failureOf("{} {"), "invalid character '{' after top-level value");
  EXPECT_EQ(failureOf("[1,"), "unexpected end of JSON input");
  EXPECT_EQ(failureOf("[tru"), "invalid character ' ' in literal true (expecting 'e')");
  EXPECT_EQ(failureOf("-"), "invalid character ' ' in numeric literal");
  EXPECT_EQ(failureOf("\v"), R"(invalid character '\v' looking for beginning of value)");
  EXPECT_EQ(failureOf("\"\x01\""), R"(invalid character '\x01' in string literal)");
}

TEST(Json, HasLimits) {
  EXPECT_EQ(failureOf(std::string(100'000, '[')), "exceeded max depth");
  EXPECT_EQ(readJson("[1,2,3]", {.nodes = 2}).failure()->message, "more than 2 values");
  EXPECT_EQ(readJson("[1,2,3]", {.bytes = 2}).failure()->message, "longer than 2 bytes");
}

}  // namespace
}  // namespace berth::ignition
