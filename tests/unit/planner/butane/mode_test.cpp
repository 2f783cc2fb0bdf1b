// SPDX-License-Identifier: Apache-2.0
#include "planner/butane/mode.h"

#include <gtest/gtest.h>

namespace berth::butane {
namespace {

TEST(Mode, IsWarnedOfWhenItLooksLikeOctalWrittenInDecimal) {
  for (int mode : {644, 755, 600, 400, 444, 4755}) EXPECT_TRUE(looksLikeDecimalTypo(mode, NodeKind::file)) << mode;
  for (int mode : {1000, 420, 493, 888, 0, 0644, -1, 99999}) {
    EXPECT_FALSE(looksLikeDecimalTypo(mode, NodeKind::file)) << mode;
  }
  for (int mode : {755, 700, 1777, 2775}) EXPECT_TRUE(looksLikeDecimalTypo(mode, NodeKind::directory)) << mode;
  EXPECT_FALSE(looksLikeDecimalTypo(644, NodeKind::directory));
}

}  // namespace
}  // namespace berth::butane
