// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/local_files.h"

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace berth::cli {
namespace {

using source::TreeEntry;
using source::Unreadable;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Key;

/// A directory `spec` with a few files, and a `secret` beside it.
class LocalFilesOnDisk : public testing::Test {
protected:
  LocalFilesOnDisk() {
    std::string pattern = testing::TempDir() + "berth-files-XXXXXX";
    above_ = ::mkdtemp(pattern.data());
    root_ = above_ / "spec";
    write(above_ / "secret", "secret");
    write(root_ / "cluster.yaml", "cluster: first");
    write(root_ / "sub/run", "#!/bin/sh");
    std::filesystem::permissions(root_ / "sub/run", std::filesystem::perms::owner_all);
  }
  ~LocalFilesOnDisk() override { std::filesystem::remove_all(above_); }

  static void write(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }

  void link(const std::string& target, const std::string& path) const {
    std::filesystem::create_symlink(target, root_ / path);
  }

  [[nodiscard]] std::string read(const std::string& path) const {
    auto read = files_->read(path);
    if (const auto* why = std::get_if<Unreadable>(&read)) return why->reason;
    return std::get<std::string>(read);
  }

  std::filesystem::path above_;
  std::filesystem::path root_;
  std::unique_ptr<LocalFiles> files_ = nullptr;

  void SetUp() override { files_ = std::make_unique<LocalFiles>(root_); }
};

TEST_F(LocalFilesOnDisk, ReadAndRememberWhatWasRead) {
  EXPECT_EQ(read("cluster.yaml"), "cluster: first");
  EXPECT_EQ(read("./sub/../sub/run"), "#!/bin/sh");
  EXPECT_THAT(files_->bundle(), ElementsAre(Key("cluster.yaml"), Key("sub/run")));
  EXPECT_TRUE(files_->bundle().at("sub/run").executable);
  EXPECT_FALSE(files_->bundle().at("cluster.yaml").executable);
}

TEST_F(LocalFilesOnDisk, SayWhatIsNotThere) {
  EXPECT_EQ(read("missing.bu"), "open missing.bu: no such file or directory");
  EXPECT_EQ(read("sub"), "read sub: is a directory");
  EXPECT_EQ(read("cluster.yaml/x"), "open cluster.yaml/x: not a directory");
  EXPECT_TRUE(files_->bundle().empty());
}

TEST_F(LocalFilesOnDisk, NeverLeaveTheirDirectory) {
  link("../secret", "up");
  link(above_ / "secret", "absolute");
  link("..", "parent");
  link("sub", "inside");
  link("../../secret", "sub/twice");
  EXPECT_THAT(read("../secret"), HasSubstr("outside of the directory"));
  EXPECT_THAT(read("sub/../../secret"), HasSubstr("outside of the directory"));
  EXPECT_THAT(read("up"), HasSubstr("leads out of the directory"));
  EXPECT_THAT(read("absolute"), HasSubstr("leads out of the directory"));
  EXPECT_THAT(read("parent/secret"), HasSubstr("leads out of the directory"));
  EXPECT_THAT(read("inside/twice"), HasSubstr("leads out of the directory"));
}

TEST_F(LocalFilesOnDisk, FollowLinksInsideAndRememberThem) {
  link("sub", "alias");
  link("../cluster.yaml", "sub/spec");
  EXPECT_EQ(read("alias/spec"), "cluster: first");
  EXPECT_THAT(files_->bundle(), ElementsAre(Key("alias"), Key("cluster.yaml"), Key("sub/spec")));
  // Whoever has only the bundle sees the same.
  EXPECT_EQ(std::get<std::string>(source::BundleFiles(files_->bundle()).read("alias/spec")), "cluster: first");
}

TEST_F(LocalFilesOnDisk, DoNotFollowLinksForEver) {
  link("b", "a");
  link("a", "b");
  EXPECT_THAT(read("a"), HasSubstr("too many levels of symbolic links"));
}

TEST_F(LocalFilesOnDisk, RefuseWhatWouldBlockOrNeverEnd) {
  ASSERT_EQ(::mkfifo((root_ / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(read("fifo"), "read fifo: not a regular file");
  std::ofstream(root_ / "huge").close();
  std::filesystem::resize_file(root_ / "huge", kMaxSpecBytes + 1);
  EXPECT_THAT(read("huge"), HasSubstr("too large"));
}

TEST_F(LocalFilesOnDisk, AreBoundedTogether) {
  std::ofstream(root_ / "a").close();
  std::filesystem::resize_file(root_ / "a", kMaxSpecBytes - 10);
  write(root_ / "b", "more than ten bytes");
  EXPECT_EQ(read("a").size(), kMaxSpecBytes - 10);
  EXPECT_EQ(read("a").size(), kMaxSpecBytes - 10) << "counted once";
  EXPECT_THAT(read("b"), HasSubstr("too large"));
}

TEST_F(LocalFilesOnDisk, ListATreeAsTheBundleDoes) {
  std::filesystem::create_directories(root_ / "tree/empty");
  write(root_ / "tree/b/file", "x");
  write(root_ / "tree/a", "y");
  link("a", "tree/link");
  const auto listed = std::get<source::Tree>(files_->tree("tree"));
  for (const TreeEntry& entry : listed.entries) {
    if (entry.kind == TreeEntry::Kind::file) {
      EXPECT_NE(read("tree/" + entry.path), "");
    }
  }
  const auto bundled = std::get<source::Tree>(source::BundleFiles(files_->bundle()).tree("tree"));
  ASSERT_EQ(listed.entries.size(), 5U);
  ASSERT_EQ(bundled.entries.size(), listed.entries.size());
  for (std::size_t index = 0; index < listed.entries.size(); ++index) {
    EXPECT_EQ(bundled.entries[index].path, listed.entries[index].path);
    EXPECT_EQ(bundled.entries[index].kind, listed.entries[index].kind);
    EXPECT_EQ(bundled.entries[index].linkTarget, listed.entries[index].linkTarget);
  }
}

}  // namespace
}  // namespace berth::cli
