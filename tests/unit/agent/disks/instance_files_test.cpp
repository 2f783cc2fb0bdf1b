// SPDX-License-Identifier: Apache-2.0
#include "agent/disks/instance_files.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "agent/disks/file.h"
#include "tests/unit/agent/temporary_directory.h"

namespace berth::disks {
namespace {

namespace fs = std::filesystem;

unsigned modeOf(const fs::path& path) {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0 ? found.st_mode & 07777 : 0;
}

std::string contentOf(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class InstanceFiles : public ::testing::Test {
protected:
  void SetUp() override { ASSERT_FALSE(failure(openLayout(layout_))); }

  testing::TemporaryDirectory directory_;
  Layout layout_{directory_.path() / "state"};
  Uuid uuid_ = Uuid::random();
  InstancePaths paths_ = layout_.instance(uuid_);
};

TEST_F(InstanceFiles, DirectoriesLetQemuPassWhateverTheUmask) {
  const mode_t before = ::umask(077);
  ASSERT_FALSE(failure(prepare(layout_, uuid_)));
  ::umask(before);
  EXPECT_EQ(modeOf(paths_.directory), 0711U);
  EXPECT_EQ(modeOf(layout_.root()), 0711U);
  EXPECT_EQ(modeOf(paths_.console), 0600U);
}

TEST_F(InstanceFiles, IgnitionIsSecretAndReplacedAsAWhole) {
  ASSERT_FALSE(failure(prepare(layout_, uuid_)));
  ASSERT_FALSE(failure(writeIgnition(layout_, uuid_, "{\"a\":1}")));
  ASSERT_FALSE(failure(writeIgnition(layout_, uuid_, "{}")));
  EXPECT_EQ(contentOf(paths_.ignition), "{}");
  EXPECT_EQ(modeOf(paths_.ignition), 0600U);
  EXPECT_FALSE(fs::exists(halfMade(paths_.ignition)));
  ASSERT_FALSE(failure(removeIgnition(layout_, uuid_)));
  ASSERT_FALSE(failure(removeIgnition(layout_, uuid_)));
}

TEST_F(InstanceFiles, AnIgnitionConfigIsOverwrittenBeforeItGoes) {
  ASSERT_FALSE(failure(prepare(layout_, uuid_)));
  ASSERT_FALSE(failure(writeIgnition(layout_, uuid_, "swordfish")));
  const fs::path other = directory_.path() / "the-same-file";
  fs::create_hard_link(paths_.ignition, other);
  ASSERT_FALSE(failure(removeIgnition(layout_, uuid_)));
  EXPECT_FALSE(fs::exists(paths_.ignition));
  EXPECT_EQ(contentOf(other), std::string(9, '\0'));
  EXPECT_TRUE(fs::exists(paths_.console)) << "and nothing else";

  ASSERT_FALSE(failure(writeIgnition(layout_, uuid_, "swordfish")));
  fs::remove(other);
  fs::create_hard_link(paths_.ignition, other);
  ASSERT_FALSE(failure(removeInstance(layout_, uuid_)));
  EXPECT_EQ(contentOf(other), std::string(9, '\0'));
}

TEST_F(InstanceFiles, ASecretIsNeverWrittenIntoAFileThatACrashLeft) {
  ASSERT_FALSE(failure(prepare(layout_, uuid_)));
  std::ofstream(halfMade(paths_.ignition)) << "old";
  fs::permissions(halfMade(paths_.ignition), fs::perms(0666));
  ASSERT_FALSE(failure(writeIgnition(layout_, uuid_, "{}")));
  EXPECT_EQ(modeOf(paths_.ignition), 0600U);
}

TEST_F(InstanceFiles, PreparingTwiceKeepsTheConsole) {
  ASSERT_FALSE(failure(prepare(layout_, uuid_)));
  std::ofstream(paths_.console) << "boot";
  ASSERT_FALSE(failure(prepare(layout_, uuid_)));
  EXPECT_EQ(contentOf(paths_.console), "boot");
}

TEST_F(InstanceFiles, AConsoleThatIsALinkIsRefused) {
  fs::create_directory(paths_.directory);
  fs::create_symlink("/etc/passwd", paths_.console);
  EXPECT_TRUE(failure(prepare(layout_, uuid_)));
}

TEST_F(InstanceFiles, RemovingTakesAllAndCanBeRepeated) {
  ASSERT_FALSE(failure(prepare(layout_, uuid_)));
  ASSERT_FALSE(failure(writeIgnition(layout_, uuid_, "{}")));
  ASSERT_FALSE(failure(removeInstance(layout_, uuid_)));
  ASSERT_FALSE(failure(removeInstance(layout_, uuid_)));
  EXPECT_TRUE(fs::is_empty(layout_.instances()));
}

TEST_F(InstanceFiles, OpeningSweepsWhatIsHalfMadeAndNothingElse) {
  ASSERT_FALSE(failure(prepare(layout_, uuid_)));
  ASSERT_FALSE(failure(writeIgnition(layout_, uuid_, "{}")));
  std::ofstream(halfMade(paths_.rootDisk)) << "half";
  std::ofstream(layout_.instances() / "notes.txt") << "mine";
  fs::create_directory(layout_.gone(Uuid::random()));
  std::ofstream(layout_.gone(uuid_)) << "x";
  const auto swept = openLayout(layout_);
  ASSERT_FALSE(failure(swept));
  EXPECT_EQ(std::get<0>(swept).size(), 3U);
  EXPECT_TRUE(fs::exists(paths_.ignition));
  EXPECT_TRUE(fs::exists(layout_.instances() / "notes.txt"));
  EXPECT_THAT(std::get<0>(listInstances(layout_)), ::testing::ElementsAre(uuid_));
}

TEST_F(InstanceFiles, TellsTheSpaceOfItsFileSystem) {
  const auto found = space(layout_);
  ASSERT_FALSE(failure(found));
  EXPECT_GT(std::get<Space>(found).total, std::get<Space>(found).free);
  EXPECT_GT(std::get<Space>(found).free, Bytes(0));
}

TEST(Layout, AMissingStateDirectorySaysSo) {
  EXPECT_EQ(failure(openLayout(Layout("/nonexistent/berth")))->str(),
            "making /nonexistent/berth: No such file or directory");
}

}  // namespace
}  // namespace berth::disks
