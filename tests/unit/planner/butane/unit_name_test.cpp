// SPDX-License-Identifier: Apache-2.0
#include "planner/butane/unit_name.h"

#include <gtest/gtest.h>

namespace berth::butane {
namespace {

TEST(UnitName, IsThePathEscaped) {
  EXPECT_EQ(escapedUnitPath("/var/lib//data/"), "var-lib-data");
  EXPECT_EQ(escapedUnitPath("/"), "-");
  EXPECT_EQ(escapedUnitPath("/.hidden"), "\\x2ehidden");
  EXPECT_EQ(escapedUnitPath("/a-b/\tc"), "a\\x2db-\\x9c");
  EXPECT_EQ(escapedUnitPath("/ä"), "\\xc3\\xa4");
}

}  // namespace
}  // namespace berth::butane
