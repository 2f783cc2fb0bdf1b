// SPDX-License-Identifier: Apache-2.0
#include "agent/disks/overlay.h"

#include <fstream>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "agent/disks/file.h"
#include "agent/disks/program.h"
#include "tests/unit/agent/temporary_directory.h"

namespace berth::disks {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

class Overlay : public ::testing::Test {
protected:
  void SetUp() override {
    if (!fs::exists(qemuImg_.program)) GTEST_SKIP() << "no qemu-img here";
    const auto ran = runProgram({qemuImg_.program, "create", "-q", "-f", "qcow2", base_, "64M"}, 30s);
    ASSERT_EQ(std::get<Finished>(ran).status, 0) << std::get<Finished>(ran).output;
  }

  testing::TemporaryDirectory directory_;
  QemuImg qemuImg_;
  fs::path base_ = directory_.path() / "base image.qcow2";
  fs::path overlay_ = directory_.path() / "root.qcow2";
};

TEST_F(Overlay, IsACompleteQcow2OnItsBaseThatOnlyItsOwnerReads) {
  ASSERT_FALSE(failure(makeOverlay(qemuImg_, base_, 128_MiB, overlay_)));
  const auto info = std::get<Finished>(runProgram({qemuImg_.program, "info", "--output=json", overlay_}, 30s));
  EXPECT_THAT(info.output, HasSubstr("\"virtual-size\": 134217728"));
  EXPECT_THAT(info.output, HasSubstr(base_.string()));
  struct stat found {};
  ASSERT_EQ(::stat(overlay_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777U, 0600U);
  EXPECT_FALSE(fs::exists(halfMade(overlay_)));
}

TEST_F(Overlay, ThatIsThereIsKept) {
  std::ofstream(overlay_) << "a guest's data";
  ASSERT_FALSE(failure(makeOverlay(qemuImg_, base_, 128_MiB, overlay_)));
  EXPECT_EQ(fs::file_size(overlay_), 14U);
}

TEST_F(Overlay, OfWhatIsNoQcow2FailsAndLeavesNothing) {
  std::ofstream(base_, std::ios::trunc) << "not an image";
  const auto made = failure(makeOverlay(qemuImg_, base_, 128_MiB, overlay_));
  ASSERT_TRUE(made);
  EXPECT_THAT(made->reason, HasSubstr("not in qcow2 format"));
  EXPECT_FALSE(fs::exists(overlay_));
  EXPECT_FALSE(fs::exists(halfMade(overlay_)));
}

TEST_F(Overlay, OfAMissingImageIsAPermanentError) {
  fs::remove(base_);
  const auto made = failure(makeOverlay(qemuImg_, base_, 128_MiB, overlay_));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->kind, Error::Kind::permanent);
}

TEST(RootDiskSize, IsNeverSmallerThanTheImage) {
  EXPECT_EQ(std::get<Bytes>(rootDiskSize(20_GiB, 10_GiB)), 20_GiB);
  EXPECT_EQ(std::get<Bytes>(rootDiskSize(10_GiB, 10_GiB)), 10_GiB);
  EXPECT_EQ(std::get<Bytes>(rootDiskSize(Bytes(1025), 0_MiB)), Bytes(1536));
  EXPECT_EQ(failure(rootDiskSize(5_GiB, 10_GiB))->str(),
            "sizing the root disk: 5GiB asked for, but the image needs 10GiB");
}

}  // namespace
}  // namespace berth::disks
