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

TEST(Translate, KeepsACarriageReturnThatEndsNoLineOfAKeyFile) {
  BundleFiles files(source::Bundle{{"keys", {"one\r\n\ntwo \nthree\r"}}});
  auto result = translate(kHead + "passwd:\n  users:\n    - name: core\n      ssh_authorized_keys_local: [keys]\n",
                          {.files = &files});
  ASSERT_TRUE(result.config) << findingsOf(result);
  const auto& keys = result.config->entries("passwd", "users").at(0).find("sshAuthorizedKeys")->items();
  ASSERT_EQ(keys.size(), 3U);
  EXPECT_EQ(keys[0].text(), "one");
  EXPECT_EQ(keys[1].text(), "two ");
  EXPECT_EQ(keys[2].text(), "three\r");
}

TEST(Translate, AdvisesNobodyToNumberThePartitionsOfAMirrorThatIsNotWiped) {
  auto result = translate(
      "variant: fcos\nversion: 1.6.0\nboot_device:\n  layout: x86_64\n  mirror:\n    devices: [/dev/vda, /dev/vdb]\n"
      "storage:\n  disks:\n    - device: /dev/vda\n      wipe_table: false\n"
      "    - device: /dev/vdc\n      partitions: [{label: data}]\n");
  ASSERT_TRUE(result.config) << findingsOf(result);
  EXPECT_EQ(findingsOf(result),
            "12:20 $.storage.disks.1.partitions.0.number partitions cannot be reused by label; number must be "
            "specified except on boot disk (/dev/disk/by-id/coreos-boot-disk) or when wipe_table is true\n");
}

TEST(Translate, StopsAtTheFirstTreeWithoutFilesDirectory) {
  auto result = translate(kHead + "storage:\n  trees:\n    - local: a\n    - local: b\n");
  ASSERT_EQ(result.findings.size(), 1U);
  EXPECT_EQ(result.findings[0].path, "$.storage.trees.0");
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

/// Why the header and `rest` cannot be read.
std::string failureOf(const std::string& rest) { return translate(kHead + rest).failure; }

TEST(Translate, TakesAQuestionMarkInBracketsForTheBeginningOfAKey) {
  EXPECT_EQ(failureOf("storage:\n  files:\n    - {path: /a, contents: {source: http://a/?b}}\n"),
            "Error unmarshaling yaml: yaml: line 5: did not find expected ',' or '}'");
  EXPECT_EQ(failureOf("ignition: {proxy: {no_proxy: [a, b?]}}\n"),
            "Error unmarshaling yaml: yaml: line 3: did not find expected ',' or ']'");
  auto result = translate(kHead + "storage:\n  files:\n    - path: /a?\n    - {path: '/b?'}\n");
  EXPECT_TRUE(result.config) << findingsOf(result);
}

TEST(Translate, TakesAColonAtTheEndOfAWordInBracketsForALetter) {
  auto result = translate(kHead + "ignition: {proxy: {no_proxy: [fe80::, \"\\ue000\", a:b:]}}\n");
  ASSERT_TRUE(result.config) << findingsOf(result);
  const auto& names = result.config->root().find("ignition")->at("proxy", "noProxy")->items();
  ASSERT_EQ(names.size(), 3U);
  EXPECT_EQ(names[0].text(), "fe80::");
  EXPECT_EQ(names[1].text(), "\ue000");
  EXPECT_EQ(names[2].text(), "a:b:");
  EXPECT_EQ(names[2].origin().mark.column, 49U);
}

TEST(Translate, KnowsTheEscapedSingleQuote) {
  auto result = translate(kHead + R"(ignition: {proxy: {no_proxy: ["it\'s \\\' \ue000\'", 'a\', b:]}})" + "\n");
  ASSERT_TRUE(result.config) << findingsOf(result);
  const auto& names = result.config->root().find("ignition")->at("proxy", "noProxy")->items();
  ASSERT_EQ(names.size(), 3U);
  EXPECT_EQ(names[0].text(), "it's \\' \ue000'");
  EXPECT_EQ(names[1].text(), "a\\");
  EXPECT_EQ(names[2].text(), "b:");
  EXPECT_EQ(failureOf("x: \"\\q\"\n"), "Error unmarshaling yaml: yaml: line 3: found unknown escape character");
}

TEST(Translate, EndsReadingWhereATagDoesNotFit) {
  EXPECT_EQ(failureOf("storage: !!null x\n"), "yaml: cannot decode !!str `x` as a !!null");
  EXPECT_EQ(failureOf("storage:\n  files: !!binary x\n"), "yaml: !!binary value contains invalid base64 data");
  EXPECT_EQ(translate("!!int variant: fcos\n").failure,
            "Error unmarshaling yaml: yaml: cannot decode !!str `variant` as a !!int");
}

TEST(Translate, LooksForDuplicateKeysInWhatIsMergedAndInWhatIsNoMapping) {
  EXPECT_EQ(failureOf("storage:\n  files:\n    - <<: {path: /a, path: /b}\n"),
            "yaml: unmarshal errors:\n  line 5: mapping key \"path\" already defined at line 5");
  EXPECT_EQ(failureOf("passwd:\n  users: {core: 1, core: 2}\n"),
            "yaml: unmarshal errors:\n  line 4: mapping key \"core\" already defined at line 4");
}

TEST(Translate, NamesTheTagThatWasWritten) {
  EXPECT_EQ(failureOf("storage:\n  files:\n    - path: !!set {a}\n      mode: !own 1\n"),
            "yaml: unmarshal errors:\n  line 5: cannot unmarshal !!set `` into string\n"
            "  line 6: cannot unmarshal !own `1` into int");
}

const std::string kHead16 = "variant: fcos\nversion: 1.6.0\n";

TEST(Translate, AsksForAMountPointBelowEtcOrVarWhateverTheFormat) {
  auto result =
      translate(kHead16 +
                "storage:\n  filesystems:\n    - device: /dev/a\n      path: /x\n      with_mount_unit: true\n"
                "    - device: /dev/b\n      path: ''\n      format: swap\n      with_mount_unit: true\n");
  EXPECT_EQ(findingsOf(result),
            "5:7 $.storage.filesystems.0.format format is required if with_mount_unit is true\n"
            "6:13 $.storage.filesystems.0.path path must be under /etc or /var if with_mount_unit is true\n"
            "9:13 $.storage.filesystems.1.path path must be under /etc or /var if with_mount_unit is true\n"
            "source config is invalid");
}

TEST(Translate, AskedForPathAndFormatAtOnceBeforeThereWereSwapUnits) {
  std::string filesystem = "storage:\n  filesystems:\n    - device: /dev/a\n      with_mount_unit: true\n";
  std::string path = "path is required if with_mount_unit is true and format is not swap\n";
  std::string format = "5:7 $.storage.filesystems.0.format format is required if with_mount_unit is true\n";
  EXPECT_EQ(findingsOf(translate("variant: fcos\nversion: 1.3.0\n" + filesystem)),
            "5:7 $.storage.filesystems.0.path " + path + format + "source config is invalid");
  EXPECT_EQ(findingsOf(translate(kHead + filesystem)), format + "source config is invalid");
}

TEST(Translate, WritesEmptyMountOptionsDown) {
  auto result = translate(kHead +
                          "storage:\n  filesystems:\n    - device: /dev/a\n      path: /var\n      format: xfs\n"
                          "      mount_options: ['', ro, '']\n      with_mount_unit: true\n");
  ASSERT_TRUE(result.config) << findingsOf(result);
  std::string_view unit = result.config->entries("systemd", "units").at(0).textOr("contents");
  EXPECT_NE(unit.find("\nOptions=,ro,\n"), std::string_view::npos) << unit;
}

TEST(Translate, SaysOnceThatKeysCannotBeRead) {
  auto result = translate(kHead + "passwd:\n  users:\n    - name: a\n      ssh_authorized_keys_local: [x, y]\n");
  EXPECT_EQ(findingsOf(result),
            "6:34 $.passwd.users.0.ssh_authorized_keys_local local file paths are relative to a files directory that "
            "must be specified with -d/--files-dir\nsource config is invalid");
}

TEST(Translate, LaysTheLastOfEqualEntriesOverWhatItGenerates) {
  auto result = translate(
      "variant: fcos\nversion: 1.5.0\nboot_device:\n  layout: x86_64\n  mirror: {devices: [/dev/vda, /dev/vdb]}\n"
      "storage:\n  disks:\n    - device: /dev/vda\n    - {device: /dev/vda, wipe_table: false}\n");
  ASSERT_TRUE(result.config) << findingsOf(result);
  const auto& disks = result.config->entries("storage", "disks");
  ASSERT_EQ(disks.size(), 2U);
  EXPECT_FALSE(disks[0].isTrue("wipeTable"));
}

TEST(Translate, RefusesAnOpenOptionTwice) {
  auto result = translate(kHead +
                          "storage:\n  luks:\n    - name: a\n      device: /dev/a\n      open_options: [b, b]\n"
                          "      options: [b, b]\n");
  EXPECT_EQ(findingsOf(result),
            "7:25 $.storage.luks.0.open_options.1 duplicate entry defined\nconfig generated was invalid");
}

TEST(Translate, LooksIntoAnInlineConfigOnlyWhereItIsTheOnlySource) {
  auto result = translate(kHead + "ignition:\n  config:\n    merge:\n      - inline: x\n        local: y\n");
  EXPECT_EQ(findingsOf(result),
            "6:17 $.ignition.config.merge.0.inline only one of the following can be set: inline, local, source\n"
            "source config is invalid");
}

/// What is said of a text that is given to be merged by the node.
std::string findingsOfInline(const std::string& text) {
  return findingsOf(translate(kHead + "ignition:\n  config:\n    replace:\n      inline: '" + text + "'\n"));
}

TEST(Translate, ReadsAnInlineConfigWhateverItsVersion) {
  std::string invalid = "6:15 $.ignition.config.replace.inline config is not valid\nsource config is invalid";
  EXPECT_EQ(findingsOfInline(R"({"ignition":{"version":"3.9.0"},"passwd":{"users":[{"name":5}]}})"),
            "1:1  json: cannot unmarshal number into Go struct field PasswdUser.passwd.users.name of type string\n" +
                invalid);
  EXPECT_EQ(findingsOfInline("[]"), "1:1  json: cannot unmarshal array into Go value of type types.Config\n" + invalid);
  EXPECT_EQ(findingsOfInline(R"({"ignition":{"version":"03.4.0"}})"), "");
  EXPECT_EQ(findingsOfInline(R"({"ignition":{},"storage":{"files":[{"path":"a"}]}})"),
            "4:3 $.ignition.version invalid config version (couldn't parse)\n"
            "1:1 $.storage.files.0.path path not absolute\nsource config is invalid");
}

TEST(Translate, AdvisesOnPartitionsBesideErrors) {
  auto result = translate(kHead16 +
                          "storage:\n  disks:\n    - device: /dev/a\n      partitions: [{label: ''}]\n"
                          "  trees: [{path: /}]\n");
  EXPECT_EQ(findingsOf(result),
            "6:20 $.storage.disks.0.partitions.0.number partitions cannot be reused by label; number must be specified "
            "except on boot disk (/dev/disk/by-id/coreos-boot-disk) or when wipe_table is true\n"
            "7:11 $.storage.trees.0 local is required\n"
            "source config is invalid");
}

}  // namespace
}  // namespace berth::butane
