// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/write.h"

#include <gtest/gtest.h>

namespace berth::ignition {
namespace {

TEST(Write, EscapesAsButaneDoes) {
  std::string out;
  appendJsonString(out, "<a href=\"x\">&\\\n\r\t\x01\x7f ä \u2028 \xff");
  EXPECT_EQ(out, "\"\\u003ca href=\\\"x\\\"\\u003e\\u0026\\\\\\n\\r\\t\\u0001\x7f ä \\u2028 \\ufffd\"");
}

TEST(Write, IndentsWhenAsked) {
  Config config(SpecVersion::v3_4);
  config.addLink("/l", "t");
  EXPECT_EQ(write(config, Layout::pretty),
            "{\n  \"ignition\": {\n    \"version\": \"3.4.0\"\n  },\n  \"storage\": {\n    \"links\": [\n      {\n"
            "        \"path\": \"/l\",\n        \"target\": \"t\"\n      }\n    ]\n  }\n}");
}

}  // namespace
}  // namespace berth::ignition
