// SPDX-License-Identifier: Apache-2.0
#include "planner/butane/translate.h"

#include <gtest/gtest.h>

#include "planner/ignition/write.h"

namespace berth::butane {
namespace {

using source::BundleFiles;
using Kind = source::TreeEntry::Kind;

const std::string kHead = "variant: fcos\nversion: 1.5.0\n";

std::string findingsOf(const Result& result) {
  std::string out;
  for (const auto& each : result.findings) {
    out += std::to_string(each.where.line) + ":" + std::to_string(each.where.column) + " " + each.path + " " +
           each.message + "\n";
  }
  return out + result.failure;
}

TEST(Translate, MarksEachValueWithTheLineThatCausedIt) {
  auto result = translate(kHead + "storage:\n  files:\n    - path: /etc/a\n      contents:\n        inline: x\n",
                          {.file = "a.bu"});
  ASSERT_TRUE(result.config) << findingsOf(result);
  const auto& file = result.config->entries("storage", "files").at(0);
  EXPECT_EQ(file.find("path")->origin().mark, (source::Mark{"a.bu", 5, 13, 6}));
  const auto& source = *file.at("contents", "source");
  EXPECT_EQ(source.origin().path, "$.storage.files.0.contents.inline");
  EXPECT_EQ(source.origin().mark, (source::Mark{"a.bu", 7, 17, 1}));
}

TEST(Translate, MarksWhatItGeneratesWithTheKeyThatAskedForIt) {
  auto result = translate(kHead +
                          "storage:\n  filesystems:\n    - device: /dev/vdb\n      path: /var\n"
                          "      format: xfs\n      with_mount_unit: true\n");
  ASSERT_TRUE(result.config) << findingsOf(result);
  const auto& unit = result.config->entries("systemd", "units").at(0);
  EXPECT_EQ(unit.textOr("name"), "var.mount");
  EXPECT_EQ(unit.find("contents")->origin().mark.line, 8U);
}

TEST(Translate, EmbedsTreesFromABundle) {
  BundleFiles files(source::Bundle{
      {"tree/bin/run", {"#!/bin/sh\n", Kind::file, true}}, {"tree/etc/a", {"a\n"}}, {"tree/etc/b", {"a", Kind::link}}});
  auto result = translate(kHead + "storage:\n  trees:\n    - local: tree\n", {.files = &files});
  ASSERT_TRUE(result.config) << findingsOf(result);
  EXPECT_EQ(ignition::write(*result.config),
            R"({"ignition":{"version":"3.4.0"},"storage":{"files":[{"path":"/bin/run","contents":{"compression":"",)"
            R"("source":"data:,%23!%2Fbin%2Fsh%0A"},"mode":493},{"path":"/etc/a","contents":{"compression":"",)"
            R"("source":"data:,a%0A"},"mode":420}],"links":[{"path":"/etc/b","target":"a"}]}})");
}

TEST(Translate, TakesALinkToADirectoryForALink) {
  BundleFiles files(source::Bundle{{"real/a", {"a\n"}}, {"tree", {"real", Kind::link}}});
  auto result = translate(kHead + "storage:\n  trees:\n    - local: tree\n      path: /srv\n", {.files = &files});
  ASSERT_TRUE(result.config) << findingsOf(result);
  EXPECT_EQ(result.config->entries("storage", "links").at(0).textOr("target"), "real");
}

TEST(Translate, PrefersWhatIsExplicitToWhatIsMerged) {
  auto result =
      translate(kHead + "x: &x {mode: 0600}\nstorage:\n  files:\n    - path: /a\n      mode: ~\n      <<: *x\n");
  ASSERT_TRUE(result.config) << findingsOf(result);
  EXPECT_EQ(result.config->entries("storage", "files").at(0).find("mode"), nullptr);
}

TEST(Translate, SaysWhereYamlCannotBeRead) {
  auto result = translate(kHead + "a: [\n", {.file = "a.bu"});
  EXPECT_EQ(result.failure, "Error unmarshaling yaml: yaml: line 3: did not find expected node content");
  EXPECT_EQ(diagnosticsOf(result).at(0).where.file, "a.bu");
}

TEST(Translate, NamesTheCircle) {
  auto result = translate(kHead + "storage: &s\n  files:\n    - path: /a\n      <<: *s\n");
  ASSERT_TRUE(result.config) << findingsOf(result);
  result = translate(kHead + "passwd: &p\n  users:\n    - &u\n      name: a\n      <<: *u\n");
  EXPECT_EQ(result.failure, "yaml: anchor 'u' value contains itself");
}

}  // namespace
}  // namespace berth::butane
