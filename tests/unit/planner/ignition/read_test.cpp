// SPDX-License-Identifier: Apache-2.0
//
// The rules themselves are held to by the cases of tests/conformance/ignition-validate.
#include "planner/ignition/read.h"

#include <gtest/gtest.h>

namespace berth::ignition {
namespace {

TEST(Parse, KeepsThePlaceOfEachValue) {
  auto parsed =
      parse("{\"ignition\": {\"version\": \"3.4.0\"},\n \"storage\": {\"files\": [{\"path\": \"/a\"}]}}", "base.ign");
  ASSERT_TRUE(parsed.config);
  const Value& path = *parsed.config->entries("storage", "files").at(0).find("path");
  EXPECT_EQ(path.origin().path, "$.storage.files.0.path");
  EXPECT_EQ(path.origin().mark, (source::Mark{"base.ign", 2, 33, 0}));
}

TEST(Parse, LetsTheLastOfEqualKeysWin) {
  auto parsed = parse(R"({"ignition":{"version":"3.4.0"},"storage":{"files":[{"path":"/a"}]},"storage":{"links":[]}})");
  ASSERT_TRUE(parsed.config);
  EXPECT_EQ(parsed.config->entries("storage", "files").size(), 1U);
}

TEST(Parse, RefusesWithAReason) {
  EXPECT_EQ(parse("").refusal, "not a config (empty)");
  EXPECT_EQ(parse("{}").refusal, "invalid config version (couldn't parse)");
  EXPECT_EQ(parse(R"({"ignition":{"version":"2.0.0"}})").refusal, "unsupported config version");
  EXPECT_EQ(parse("{").findings.at(0).message, "unexpected end of JSON input");
}

TEST(Parse, TakesAVersionHoweverItIsWritten) {
  EXPECT_EQ(parse(R"({"ignition":{"version":"03.04.0-"}})").config->version(), SpecVersion::v3_4);
  EXPECT_EQ(parse(R"({"ignition":{"version":"3.4.0+x"}})").refusal, "unsupported config version");
  EXPECT_EQ(parse(R"({"ignition":{"version":"3.4.0+x_y"}})").refusal, "invalid config version (couldn't parse)");
  EXPECT_EQ(normalisedVersion("01.5.0-rc1+7"), "1.5.0-rc1+7");
  EXPECT_EQ(normalisedVersion("1.5"), std::nullopt);
  EXPECT_EQ(normalisedVersion("1.5.0-a..b"), std::nullopt);
  EXPECT_EQ(normalisedVersion("1.5.9223372036854775808"), std::nullopt);
}

TEST(Parse, HasNoPlaceForWhatTheLastByteDoes) {
  EXPECT_EQ(parse("{x").findings.at(0).where, (source::Mark{"", 0, 0, 0}));
  EXPECT_EQ(parse("{x\n").findings.at(0).where, (source::Mark{"", 1, 3, 0}));
}

/// What is said of a config with this storage and systemd, one finding a line.
std::string findingsOf(const std::string& version, const std::string& sections) {
  auto parsed = parse("{\"ignition\":{\"version\":\"" + version + "\"}," + sections + "}");
  std::string out = parsed.refusal;
  for (const Finding& each : parsed.findings) out += each.path + ": " + each.message + "\n";
  return out;
}

TEST(Parse, TellsOneCollisionOfEachKind) {
  EXPECT_EQ(findingsOf("3.4.0", R"("storage":{"disks":[{"device":"/dev/a","partitions":[{"number":1,"label":""},)"
                                R"({"number":2,"label":""},{"number":3,"label":""}]}]})"),
            "$.storage.disks.0.partitions.1: cannot use the same partition label twice\n");
  EXPECT_EQ(findingsOf("3.4.0", R"("storage":{"disks":[{"partitions":[{"number":1,"label":"a"},{"label":"a"}]}]})"),
            "$.storage.disks.0.device: disk device is required\n");
}

TEST(Parse, TakesAnEmptyLabelForOne) {
  EXPECT_EQ(findingsOf("3.4.0", R"("storage":{"disks":[{"device":"/dev/a","partitions":[{"label":""}]}]})"), "");
  EXPECT_EQ(findingsOf("3.4.0", R"("storage":{"disks":[{"device":"/dev/a","partitions":[{"label":""},{}]}]})"),
            "$.storage.disks.0.partitions.1: a partition number >= 1 or a label must be specified\n");
}

TEST(Parse, LetsAFileLieWhereAUnitHasNoText) {
  std::string file = R"("storage":{"files":[{"path":"/etc/systemd/system/a.service"}]},)";
  EXPECT_EQ(findingsOf("3.4.0", file + R"("systemd":{"units":[{"name":"a.service","contents":""}]})"), "");
  EXPECT_EQ(findingsOf("3.4.0", file + R"("systemd":{"units":[{"name":"a.service","contents":"[A]"}]})"),
            "$.storage.files.0.path: path conflicts with systemd unit or dropin\n");
}

TEST(Parse, WarnsOfEnabledUnitsThatInstallNothing) {
  EXPECT_EQ(
      findingsOf("3.4.0", R"("systemd":{"units":[{"name":"a.service","enabled":true,"contents":"[A"}]})"),
      "$.systemd.units.0.contents: invalid unit content: unable to find end of section\n"
      "$.systemd.units.0.contents: unit \"a.service\" is enabled, but has no install section so enable does nothing\n");
  EXPECT_EQ(findingsOf("3.4.0", R"("systemd":{"units":[{"name":"a@.timer","contents":"[A]"},)"
                                R"({"name":"a@b.timer","enabled":true}]})"),
            "");
  EXPECT_EQ(
      findingsOf("3.4.0", R"("systemd":{"units":[{"name":"a@.service","contents":"[A]"},)"
                          R"({"name":"a@b.service","enabled":true}]})"),
      "$.systemd.units.1.contents: template unit \"a@.service\" for \"a@b.service\" doesn't have Install section\n");
}

TEST(Parse, MindsOnlyAClevisThatBindsBesideCex) {
  auto luks = [](const std::string& clevis) {
    return R"("storage":{"luks":[{"name":"a","device":"/dev/a","cex":{"enabled":true},"keyFile":{"source":""},)"
           R"("clevis":)" +
           clevis + "}]}";
  };
  EXPECT_EQ(findingsOf("3.6.0", luks(R"({"tpm2":false,"threshold":0})")), "");
  EXPECT_EQ(findingsOf("3.6.0", luks(R"({"tpm2":true})")), "$.storage.luks.0.cex: cannot use cex with clevis\n");
}

}  // namespace
}  // namespace berth::ignition
