// SPDX-License-Identifier: Apache-2.0
#include "planner/source/files.h"

#include <gtest/gtest.h>

namespace berth::source {
namespace {

using Kind = TreeEntry::Kind;

std::string bytesOf(const BundleFiles& files, std::string_view path) {
  auto result = files.read(path);
  if (auto* why = std::get_if<Unreadable>(&result)) return "! " + why->reason;
  return std::get<std::string>(result);
}

TEST(Normalised, NeverLeavesTheRoot) {
  EXPECT_EQ(normalised("a/./b//c/../d"), "a/b/d");
  EXPECT_EQ(normalised("/etc/x"), "etc/x");
  EXPECT_EQ(normalised(""), "");
  EXPECT_EQ(normalised("a/.."), "");
  EXPECT_EQ(normalised("../x"), std::nullopt);
  EXPECT_EQ(normalised("a/../../x"), std::nullopt);
}

TEST(BundleFiles, ReadsByNormalisedPath) {
  BundleFiles files(Bundle{{"dir/a", {"text"}}});
  EXPECT_EQ(bytesOf(files, "/dir/./a"), "text");
  EXPECT_EQ(bytesOf(files, "dir"), "! read dir: is a directory");
  EXPECT_EQ(bytesOf(files, "b"), "! open b: no such file or directory");
  EXPECT_EQ(bytesOf(files, "../dir/a"), "! open ../dir/a: outside of the files at hand");
}

TEST(BundleFiles, FollowsLinksInsideOnly) {
  BundleFiles files(Bundle{{"dir/a", {"text"}},
                           {"here", {"dir/a", Kind::link}},
                           {"both", {"dir", Kind::link}},
                           {"out", {"../secret", Kind::link}},
                           {"root", {"/etc/passwd", Kind::link}},
                           {"loop", {"loop", Kind::link}}});
  EXPECT_EQ(bytesOf(files, "here"), "text");
  EXPECT_EQ(bytesOf(files, "both/a"), "text");
  for (const char* path : {"out", "root"}) {
    EXPECT_EQ(bytesOf(files, path), "! open " + std::string(path) + ": a symbolic link leads out of the files at hand");
  }
  EXPECT_EQ(bytesOf(files, "loop"), "! open loop: too many levels of symbolic links");
}

TEST(BundleFiles, ListsATreeDepthFirstInByteOrderOfNames) {
  BundleFiles files(
      Bundle{{"t/b/x", {"1", Kind::file, true}}, {"t/b-c", {"2"}}, {"t/a", {"b", Kind::link}}, {"u", {"3"}}});
  auto tree = std::get<Tree>(files.tree("t"));
  EXPECT_EQ(tree.root.kind, Kind::directory);
  std::vector<std::string> paths;
  for (const TreeEntry& each : tree.entries) paths.push_back(each.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"a", "b", "b/x", "b-c"}));
  EXPECT_EQ(tree.entries[0].linkTarget, "b");
  EXPECT_EQ(tree.entries[1].kind, Kind::directory);
  EXPECT_TRUE(tree.entries[2].executable);
}

}  // namespace
}  // namespace berth::source
