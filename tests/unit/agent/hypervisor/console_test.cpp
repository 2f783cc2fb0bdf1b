// SPDX-License-Identifier: Apache-2.0
#include "agent/hypervisor/console.h"

#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "agent/disks/file.h"
#include "agent/disks/instance_files.h"
#include "tests/unit/agent/temporary_directory.h"

namespace berth::hypervisor {
namespace {

namespace fs = std::filesystem;

class Console : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(disks::failure(disks::openLayout(layout_)));
    ASSERT_FALSE(disks::failure(disks::prepare(layout_, uuid_)));
  }
  void write(const std::string& text) { std::ofstream(paths_.console, std::ios::app) << text; }
  /// As virtlogd does it.
  void rotate() {
    std::error_code ignored;
    fs::rename(paths_.console.string() + ".1", paths_.console.string() + ".2", ignored);
    fs::rename(paths_.console.string() + ".0", paths_.console.string() + ".1", ignored);
    fs::rename(paths_.console, paths_.console.string() + ".0");
    write("");
  }
  message::Console read(std::uint64_t offset, std::uint32_t limit = kConsoleReadMax) {
    const auto read = readConsole(paths_, offset, limit);
    EXPECT_FALSE(disks::failure(read));
    return std::get<message::Console>(read);
  }
  std::string tail(std::size_t lines) { return std::get<std::string>(consoleTail(paths_, lines)); }

  berth::testing::TemporaryDirectory directory_;
  disks::Layout layout_{directory_.path() / "state"};
  Uuid uuid_ = Uuid::random();
  disks::InstancePaths paths_ = layout_.instance(uuid_);
};

TEST_F(Console, IsReadInWindows) {
  write("0123456789");
  EXPECT_EQ(read(0, 4).data, "0123");
  EXPECT_EQ(read(4, 100).data, "456789");
  EXPECT_EQ(read(4, 100).end, 10U);
  EXPECT_EQ(read(10).data, "");
  EXPECT_EQ(read(99).offset, 10U);
  write("ab");
  EXPECT_EQ(read(10).data, "ab");
}

TEST_F(Console, ThatIsNotThereIsEmpty) {
  fs::remove(paths_.console);
  EXPECT_EQ(read(5).end, 0U);
  EXPECT_EQ(tail(5), "");
}

TEST_F(Console, OffsetsSurviveRotation) {
  write("first ");
  EXPECT_EQ(read(0).end, 6U);
  rotate();
  write("second ");
  EXPECT_EQ(read(0).data, "first second ");
  rotate();
  write("third");
  EXPECT_EQ(read(6, 9).data, "second th");
  EXPECT_EQ(read(0).end, 18U);
}

TEST_F(Console, OffsetsSurviveTheLossOfTheOldestParts) {
  for (int i = 0; i < 6; ++i) {
    write("part " + std::to_string(i) + " ");
    EXPECT_EQ(read(0).end, 7U * static_cast<unsigned>(i + 1));
    rotate();
  }
  const auto all = read(0);
  EXPECT_EQ(all.offset, 21U);  // three old parts and the empty new one are left
  EXPECT_EQ(all.data, "part 3 part 4 part 5 ");
  EXPECT_EQ(all.end, 42U);
}

TEST_F(Console, OffsetsNeverGoBackWhenMoreWasRotatedThanIsKept) {
  write("seen ");
  const auto before = read(0).end;
  for (int i = 0; i < 5; ++i) {
    rotate();
    write("x");
  }
  EXPECT_GE(read(0).end + 5, before);
  EXPECT_FALSE(read(0).data.empty());
}

TEST_F(Console, TrimmingFreesTheDiskAndKeepsOffsets) {
  constexpr std::uint64_t kKeep = 128u << 10;
  std::string text;
  for (int i = 0; text.size() < 6 * kKeep; ++i) text += "line " + std::to_string(i) + "\n";
  write(text);
  ASSERT_FALSE(disks::failure(trimConsole(paths_, kKeep)));
  struct stat found {};
  ASSERT_EQ(::stat(paths_.console.c_str(), &found), 0);
  if (static_cast<std::uint64_t>(found.st_blocks) * 512 >= text.size()) GTEST_SKIP() << "this file system has no holes";
  const auto rest = read(0);
  EXPECT_EQ(rest.end, text.size());
  EXPECT_GE(rest.data.size(), kKeep);
  EXPECT_LE(rest.data.size(), 2 * kKeep);
  EXPECT_EQ(rest.data, text.substr(rest.offset));
  write("more\n");
  EXPECT_EQ(read(text.size()).data, "more\n");
}

TEST_F(Console, ThatIsSmallIsNotTrimmed) {
  write(std::string(1000, 'x'));
  ASSERT_FALSE(disks::failure(trimConsole(paths_)));
  EXPECT_EQ(read(0).offset, 0U);
}

TEST_F(Console, TailIsItsLastLines) {
  write("one\ntwo\nthree\n");
  EXPECT_EQ(tail(2), "two\nthree\n");
  EXPECT_EQ(tail(9), "one\ntwo\nthree\n");
  EXPECT_EQ(tail(0), "");
  write("unfinished");
  EXPECT_EQ(tail(2), "three\nunfinished");
  rotate();
  EXPECT_EQ(tail(1), "unfinished");
}

TEST_F(Console, ALinkInItsPlaceIsNotFollowed) {
  fs::remove(paths_.console);
  fs::create_symlink("/etc/passwd", paths_.console);
  EXPECT_TRUE(disks::failure(readConsole(paths_, 0, 100)));
}

}  // namespace
}  // namespace berth::hypervisor
