// SPDX-License-Identifier: Apache-2.0
#include "planner/source/yaml.h"

#include <gtest/gtest.h>

namespace berth::source {
namespace {

std::string placeOf(const YamlNode& node) {
  return std::to_string(node.line()) + ":" + std::to_string(node.column()) + "+" + std::to_string(node.length());
}

std::string failureOf(const YamlDocument& document) {
  if (!document.failure()) return "none";
  const Mark& at = document.failure()->where;
  return std::to_string(at.line) + ":" + std::to_string(at.column) + " " + document.failure()->message;
}

TEST(Yaml, KnowsWhereEveryStyleOfValueStands) {
  auto document = readYaml(
      "a: !!str tagged\n"
      "b: &x anchored\n"
      "c: |\n"
      "  block\n"
      "d: \"qü\"\n"
      "e:\n"
      "f: *x\n"
      "g:\n"
      "  - {h: 1}\n",
      "f");
  ASSERT_FALSE(document.failure()) << failureOf(document);
  const YamlNode& root = *document.root();
  EXPECT_EQ(placeOf(*root.find("a")), "1:4+12");
  EXPECT_EQ(root.find("a")->tag(), "tag:yaml.org,2002:str");
  EXPECT_EQ(placeOf(*root.find("b")), "2:4+11");
  EXPECT_EQ(placeOf(*root.find("c")), "3:4+0");
  EXPECT_EQ(root.find("c")->text(), "block\n");
  EXPECT_EQ(placeOf(*root.find("d")), "5:4+4");
  EXPECT_EQ(root.find("d")->style(), YamlNode::Style::doubleQuoted);
  EXPECT_EQ(placeOf(*root.find("e")), "6:3+0");
  EXPECT_TRUE(root.find("e")->isNull());
  EXPECT_TRUE(root.find("f")->isAlias());
  EXPECT_EQ(root.find("f")->resolved().text(), "anchored");
  EXPECT_EQ(placeOf(*root.find("g")), "9:3+0");
  EXPECT_EQ(placeOf(*root.find("g")->items()[0]->find("h")), "9:9+1");
  EXPECT_EQ(root.mark(), (Mark{"f", 1, 1, 0}));
}

TEST(Yaml, ReadsTheFirstDocumentOnly) {
  auto document = readYaml("a: 1\n---\n: : [", "f");
  ASSERT_FALSE(document.failure()) << failureOf(document);
  EXPECT_EQ(document.root()->find("a")->text(), "1");
  EXPECT_EQ(readYaml("# nothing\n", "f").root(), nullptr);
}

TEST(Yaml, FindsKeysThatStandThereTwice) {
  auto document = readYaml("a: 1\nb: 2\na: 3\na: 4\n", "f");
  auto twice = duplicateKeys(*document.root());
  ASSERT_EQ(twice.size(), 3U);
  EXPECT_EQ(twice[0].second, 2U);
  EXPECT_EQ(twice[2].first, 2U);
}

TEST(Yaml, PointsAtWhatItCannotRead) {
  EXPECT_EQ(failureOf(readYaml("a: [1, 2", "f")), "2:1 did not find expected ',' or ']'");
  EXPECT_EQ(failureOf(readYaml("a: *b", "f")), "1:4 unknown anchor 'b' referenced");
  EXPECT_EQ(failureOf(readYaml("a: é\nb: \xff", "f")), "2:4 invalid leading UTF-8 octet");
  EXPECT_EQ(failureOf(readYaml("a: &x [*x]", "f")), "1:8 anchor 'x' contains itself");
}

TEST(Yaml, RefusesAnEscapedSlashAndYaml12OnlyForButane) {
  std::string slash = R"(a: "ä\\/\/")";
  EXPECT_EQ(readYaml(slash, "f").root()->find("a")->text(), "ä\\//");
  EXPECT_EQ(failureOf(readYaml(slash, "f", {.dialect = YamlDialect::butane})), "1:4 found unknown escape character");
  EXPECT_FALSE(readYaml("%YAML 1.2\n---\na: 1\n", "f").failure());
  EXPECT_TRUE(readYaml("%YAML 1.2\n---\na: 1\n", "f", {.dialect = YamlDialect::butane}).failure());
}

TEST(Yaml, KeepsCirclesWhenAsked) {
  auto document = readYaml("a: &x {b: *x}", "f", {.circles = YamlCircles::keep});
  ASSERT_FALSE(document.failure());
  EXPECT_TRUE(document.root()->find("a")->find("b")->isCircular());
}

TEST(YamlLimits, StopAnAliasBomb) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 40; ++i) {
    std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int j = 0; j < 9; ++j) bomb += ", " + last;
    bomb += "]\n";
  }
  EXPECT_EQ(failureOf(readYaml(bomb, "f")), "7:15 the aliases stand for more than 2000000 values");
}

TEST(YamlLimits, StopDepthNodesAndBytes) {
  EXPECT_EQ(failureOf(readYaml(std::string(10'000, '['), "f")), "1:1001 values are nested deeper than 1000 levels");
  EXPECT_EQ(failureOf(readYaml("[1, 2, 3]", "f", {.limits = {.nodes = 3}})), "1:8 more than 3 values");
  EXPECT_EQ(failureOf(readYaml("12345", "f", {.limits = {.bytes = 4}})), "1:1 longer than 4 bytes");
}

}  // namespace
}  // namespace berth::source
