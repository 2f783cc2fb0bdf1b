// SPDX-License-Identifier: Apache-2.0
#include "agent/images/tar.h"

#include <gmock/gmock.h>

namespace berth::images {
namespace {

using ::testing::Each;

TEST(Tar, AHeaderHasItsFieldsWhereUstarHasThem) {
  const std::string header = tarHeader("consul.zip", 1000001);
  ASSERT_EQ(header.size(), 512u);
  EXPECT_EQ(header.substr(0, 11), std::string("consul.zip\0", 11));
  EXPECT_EQ(header.substr(100, 8), std::string("0000444\0", 8));
  EXPECT_EQ(header.substr(108, 16), std::string("0000000\0"
                                                "0000000\0",
                                                16))
      << "root";
  EXPECT_EQ(header.substr(124, 12), std::string("00003641101\0", 12));
  EXPECT_EQ(header.substr(136, 12), std::string("00000000000\0", 12));
  EXPECT_EQ(header.substr(156, 1), "0");
  EXPECT_EQ(header.substr(257, 8), std::string("ustar\0"
                                               "00",
                                               8));
}

TEST(Tar, TheSumIsThatOfAllBytesWithItsOwnFieldBlank) {
  std::string header = tarHeader("consul.zip", 7);
  const std::string field = header.substr(148, 8);
  header.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char byte : header) sum += static_cast<unsigned char>(byte);
  EXPECT_EQ(std::stoul(field.substr(0, 6), nullptr, 8), sum);
  EXPECT_EQ(field.substr(6), std::string("\0 ", 2));
}

TEST(Tar, TheLongestNameAndTheLargestFileFit) {
  const std::string header = tarHeader(std::string(kTarNameMax, 'x'), kTarFileMax);
  ASSERT_EQ(header.size(), 512u);
  EXPECT_THAT(header.substr(0, kTarNameMax), Each('x'));
  EXPECT_EQ(header.substr(124, 12), std::string("77777777777\0", 12));
}

TEST(Tar, FilesEndAtABlockAndArchivesAtARecordWithTwoEmptyBlocks) {
  EXPECT_EQ(tarPadding(0), 0u);
  EXPECT_EQ(tarPadding(1), 511u);
  EXPECT_EQ(tarPadding(512), 0u);
  EXPECT_EQ(tarPadding(513), 511u);
  EXPECT_EQ(tarEnd(512), 10240u - 512);
  EXPECT_EQ(tarEnd(10240 - 1024), 1024u);
  EXPECT_EQ(tarEnd(10240 - 512), 512u + 10240);
}

}  // namespace
}  // namespace berth::images
