// SPDX-License-Identifier: Apache-2.0
//
// Texts that mean harm end with a clear error, soon.
#include <gtest/gtest.h>

#include "planner/butane/translate.h"
#include "planner/ignition/read.h"

namespace berth::butane {
namespace {

const std::string kHead = "variant: fcos\nversion: 1.5.0\n";

TEST(Hostile, AliasBomb) {
  std::string bomb = kHead + "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int j = 0; j < 9; ++j) bomb += ", " + last;
    bomb += "]\n";
  }
  EXPECT_EQ(translate(bomb).failure,
            "Error unmarshaling yaml: yaml: line 9: the aliases stand for more than 2000000 values");
}

TEST(Hostile, TenThousandLevels) {
  std::string deep = kHead + "a: " + std::string(10'000, '[');
  EXPECT_NE(translate(deep).failure.find("nested deeper than 1000 levels"), std::string::npos);
  std::string blocks = kHead;
  for (std::size_t i = 0; i < 2000; ++i) blocks += std::string(i, ' ') + "a:\n";
  EXPECT_NE(translate(blocks).failure.find("nested deeper than 1000 levels"), std::string::npos);
  EXPECT_EQ(ignition::parse(std::string(100'000, '{')).findings.at(0).message,
            "invalid character '{' looking for beginning of object key string");
}

TEST(Hostile, AHundredMegabytes) {
  std::string large(100'000'000, 'x');
  EXPECT_NE(translate(large).failure.find("longer than 33554432 bytes"), std::string::npos);
  EXPECT_EQ(ignition::parse(large).findings.at(0).message, "longer than 67108864 bytes");
}

TEST(Hostile, InvalidUtf8) {
  EXPECT_NE(translate(kHead + "a: \xff\n").failure.find("invalid leading UTF-8 octet"), std::string::npos);
}

TEST(Hostile, PathsOutOfTheFiles) {
  source::BundleFiles files(source::Bundle{{"link", {"../../etc/shadow", source::TreeEntry::Kind::link}}});
  auto result = translate(kHead +
                              "storage:\n  files:\n    - path: /a\n      contents: {local: link}\n"
                              "    - path: /b\n      contents: {local: ../x}\n",
                          {.files = &files});
  ASSERT_EQ(result.findings.size(), 2U);
  EXPECT_EQ(result.findings[0].message, "open link: a symbolic link leads out of the files at hand");
  EXPECT_EQ(result.findings[1].message, "local file path traverses outside the files directory");
}

TEST(Hostile, LinksInACircle) {
  using Kind = source::TreeEntry::Kind;
  source::BundleFiles files(source::Bundle{{"a", {"b", Kind::link}}, {"b", {"a", Kind::link}}});
  auto result =
      translate(kHead + "storage:\n  files:\n    - path: /a\n      contents: {local: a}\n", {.files = &files});
  ASSERT_EQ(result.findings.size(), 1U);
  EXPECT_EQ(result.findings[0].message, "open a: too many levels of symbolic links");
  EXPECT_EQ(result.findings[0].where.line, 6U);
}

TEST(Hostile, DeepJson) {
  auto deep = ignition::parse("{\"a\":" + std::string(10'000, '['));
  EXPECT_EQ(deep.findings.at(0).message, "exceeded max depth");
  EXPECT_EQ(deep.findings.at(0).where.column, 1006U);
}

TEST(Hostile, BrokenUtf16) {
  EXPECT_EQ(translate(std::string("\xff\xfev\0\0\xd8", 6)).failure,
            "Error unmarshaling yaml: yaml: line 1: broken UTF-16");
}

TEST(Hostile, AListOfAliasesOfAList) {
  std::string text = kHead + "a: &a [x";
  for (int i = 0; i < 2000; ++i) text += ", x";
  text += "]\nb: [*a";
  for (int i = 0; i < 2000; ++i) text += ", *a";
  EXPECT_EQ(translate(text + "]\n").failure,
            "Error unmarshaling yaml: yaml: line 4: the aliases stand for more than 2000000 values");
}

TEST(Hostile, ThousandsOfEqualKeys) {
  std::string text = kHead;
  for (int i = 0; i < 20'000; ++i) text += "a: 1\n";
  EXPECT_TRUE(translate(text).failure.starts_with("Error unmarshaling yaml: yaml: unmarshal errors:"));
}

}  // namespace
}  // namespace berth::butane
