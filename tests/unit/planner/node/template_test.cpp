// SPDX-License-Identifier: Apache-2.0
#include "planner/node/template.h"

#include <gtest/gtest.h>

namespace berth::node {
namespace {

TEST(Template, isFilledWithWords) {
  const Template greeting("Hello @n, you are @m and @n.", {"@n", "@m"});
  EXPECT_EQ(greeting.fill({"Ada", "here"}), "Hello Ada, you are here and Ada.");
  EXPECT_EQ(greeting.fill({"@m", ""}), "Hello @m, you are  and @m.") << "words are not looked into";
}

TEST(Template, withoutTokensStaysAsItIs) {
  EXPECT_EQ(Template("plain", {"@n"}).fill({"x"}), "plain");
  EXPECT_EQ(Template("", {"@n"}).fill({"x"}), "");
  EXPECT_EQ(Template("@n", {"@n"}).fill({"x"}), "x");
}

}  // namespace
}  // namespace berth::node
