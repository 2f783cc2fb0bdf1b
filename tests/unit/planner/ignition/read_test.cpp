// SPDX-License-Identifier: Apache-2.0
//
// The rules themselves are held to by the cases of tests/conformance/ignition-validate.
#include "planner/ignition/read.h"

#include <gtest/gtest.h>

namespace berth::ignition {
namespace {

TEST(Parse, KeepsThePlaceOfEachValue) {
  auto parsed =
      parse("{\"ignition\": {\"version\": \"3.4.0\"},\n \"storage\": {\"files\": [{\"path\": \"/a\"}]}}", "base.ign");
  ASSERT_TRUE(parsed.config);
  const Value& path = *parsed.config->entries("storage", "files").at(0).find("path");
  EXPECT_EQ(path.origin().path, "$.storage.files.0.path");
  EXPECT_EQ(path.origin().mark, (source::Mark{"base.ign", 2, 33, 0}));
}

TEST(Parse, LetsTheLastOfEqualKeysWin) {
  auto parsed = parse(R"({"ignition":{"version":"3.4.0"},"storage":{"files":[{"path":"/a"}]},"storage":{"links":[]}})");
  ASSERT_TRUE(parsed.config);
  EXPECT_EQ(parsed.config->entries("storage", "files").size(), 1U);
}

TEST(Parse, RefusesWithAReason) {
  EXPECT_EQ(parse("").refusal, "not a config (empty)");
  EXPECT_EQ(parse("{}").refusal, "invalid config version (couldn't parse)");
  EXPECT_EQ(parse(R"({"ignition":{"version":"2.0.0"}})").refusal, "unsupported config version");
  EXPECT_EQ(parse("{").findings.at(0).message, "unexpected end of JSON input");
}

}  // namespace
}  // namespace berth::ignition
