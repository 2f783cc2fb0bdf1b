// SPDX-License-Identifier: Apache-2.0
#include "agent/images/qcow2.h"

#include <gtest/gtest.h>

#include "tests/unit/agent/images/qcow2_image.h"

namespace berth::images {
namespace {

using Image = testing::Qcow2Image;

std::string refusal(const Image& image) {
  const auto parsed = parseQcow2(image.bytes());
  return std::holds_alternative<std::string>(parsed) ? std::get<std::string>(parsed) : "";
}

TEST(Qcow2, TellsTheVirtualSizeOfAnImageThatStandsAlone) {
  const auto parsed = parseQcow2(Image().bytes());
  ASSERT_TRUE(std::holds_alternative<Qcow2>(parsed));
  EXPECT_EQ(std::get<Qcow2>(parsed).virtualSize, 10_GiB);
  EXPECT_EQ(std::get<Qcow2>(parsed).version, 3U);
}

TEST(Qcow2, Version2HasItsExtensionsRightAfterTheOldHeader) {
  EXPECT_EQ(refusal(Image().set(4, 4, 2).set(72, 8, 0)), "");
  EXPECT_EQ(refusal(Image().set(4, 4, 2).set(72, 4, 0x44415441)), "keeps its data in another file");
}

TEST(Qcow2, WhatReachesForOtherFilesIsRefused) {
  EXPECT_EQ(refusal(Image().set(8, 8, 400).set(16, 4, 11)), "has a backing file");
  EXPECT_EQ(refusal(Image().set(8, 8, 400)), "has a backing file");
  EXPECT_EQ(refusal(Image().set(16, 4, 11)), "has a backing file");
  EXPECT_EQ(refusal(Image().set(72, 8, 4)), "keeps its data in another file");
  EXPECT_EQ(refusal(Image().set(104, 4, 0x44415441).set(108, 4, 8)), "keeps its data in another file");
  EXPECT_EQ(refusal(Image().set(104, 4, 0xe2792aca).set(108, 4, 3)), "names the format of a backing file");
}

TEST(Qcow2, AnExtensionBehindAHarmlessOneIsFoundToo) {
  EXPECT_EQ(refusal(Image().set(104, 4, 0x6803f857).set(108, 4, 13).set(128, 4, 0x44415441)),
            "keeps its data in another file");
}

TEST(Qcow2, WhatIsBrokenOrStrangeIsRefused) {
  EXPECT_EQ(refusal(Image().set(0, 4, 0x7f454c46)), "is not a qcow2 file");
  EXPECT_EQ(refusal(Image().resize(71)), "is not a qcow2 file");
  EXPECT_EQ(refusal(Image().resize(0)), "is not a qcow2 file");
  EXPECT_EQ(refusal(Image().set(4, 4, 4)), "is qcow2 of an unknown version");
  EXPECT_EQ(refusal(Image().set(20, 4, 40)), "has an impossible cluster size");
  EXPECT_EQ(refusal(Image().set(24, 8, 0)), "has an impossible size");
  EXPECT_EQ(refusal(Image().set(24, 8, ~0ULL)), "has an impossible size");
  EXPECT_EQ(refusal(Image().set(32, 4, 2)), "is encrypted");
  EXPECT_EQ(refusal(Image().set(72, 8, 2)), "is marked as corrupt");
  EXPECT_EQ(refusal(Image().set(72, 8, 1ULL << 40)), "needs features that are not known");
}

TEST(Qcow2, AHeaderThatDoesNotEndIsRefusedWhereverItBreaksOff) {
  for (const std::size_t size : {72U, 103U, 104U, 111U}) {
    EXPECT_EQ(refusal(Image().resize(size)), "has a header that does not end") << size;
  }
  EXPECT_EQ(refusal(Image().set(100, 4, 0xffffffff)), "has a header that does not end");
  EXPECT_EQ(refusal(Image().set(104, 4, 1).set(108, 4, 0xffffffff)), "has a header extension that does not end");
}

}  // namespace
}  // namespace berth::images
