// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/config.h"

#include <gtest/gtest.h>

#include "planner/ignition/read.h"
#include "planner/ignition/write.h"

namespace berth::ignition {
namespace {

Config parsed(const std::string& sections, const std::string& version = "3.4.0") {
  auto result =
      parse("{\"ignition\":{\"version\":\"" + version + "\"}" + (sections.empty() ? "" : "," + sections) + "}");
  EXPECT_TRUE(result.config) << (result.findings.empty() ? result.refusal : result.findings[0].message);
  return result.config ? *result.config : Config(SpecVersion::v3_4);
}

std::string merged(const std::string& parent, const std::string& child) {
  return write(merge(parsed(parent), parsed(child)));
}

const std::string kHead = R"({"ignition":{"version":"3.4.0"},)";

TEST(Config, IsBuiltPieceByPiece) {
  Config config(SpecVersion::v3_3);
  config.addFile("/etc/hostname", "node-0\n", 0644);
  config.addLink("/etc/localtime", "../usr/share/zoneinfo/UTC");
  config.addUnit("a.service", "[Service]\nExecStart=/bin/true\n", UnitState::enabled);
  config.addUnit("b.service", "", UnitState::disabled);
  config.addUser("core", {"ssh-ed25519 AAAA"});
  EXPECT_EQ(write(config),
            R"({"ignition":{"version":"3.3.0"},"passwd":{"users":[{"name":"core","sshAuthorizedKeys":)"
            R"(["ssh-ed25519 AAAA"]}]},"storage":{"files":[{"path":"/etc/hostname","contents":{"compression":"",)"
            R"("source":"data:,node-0%0A"},"mode":420}],"links":[{"path":"/etc/localtime","target":)"
            R"("../usr/share/zoneinfo/UTC"}]},"systemd":{"units":[{"contents":"[Service]\nExecStart=/bin/true\n",)"
            R"("enabled":true,"name":"a.service"},{"enabled":false,"name":"b.service"}]}})");
}

TEST(Merge, LetsScalarsOfTheChildWinAndKeepsTheParentsOrder) {
  EXPECT_EQ(merged(R"("storage":{"files":[{"path":"/a","mode":420},{"path":"/b","mode":420}]})",
                   R"("storage":{"files":[{"path":"/c"},{"path":"/a","mode":384}]})"),
            kHead + R"("storage":{"files":[{"path":"/a","mode":384},{"path":"/b","mode":420},{"path":"/c"}]}})");
}

TEST(Merge, KnowsThatOnePathIsOneNode) {
  EXPECT_EQ(
      merged(R"("storage":{"files":[{"path":"/a"},{"path":"/b"}],"directories":[{"path":"/c"}]})",
             R"("storage":{"links":[{"path":"/a","target":"x"},{"path":"/c","target":"y"}]})"),
      kHead +
          R"("storage":{"files":[{"path":"/b"}],"links":[{"path":"/a","target":"x"},{"path":"/c","target":"y"}]}})");
}

TEST(Merge, UnitesPlainListsAndAppendsWhatIsAppended) {
  EXPECT_EQ(
      merged(
          R"("passwd":{"users":[{"name":"core","groups":["a","b"]}]},"storage":{"files":[{"path":"/a","append":[{"source":"data:,1"}]}]})",
          R"("passwd":{"users":[{"name":"core","groups":["b","c"]}]},"storage":{"files":[{"path":"/a","append":[{"source":"data:,1"}]}]})"),
      kHead + R"("passwd":{"users":[{"groups":["a","b","c"],"name":"core"}]},)"
              R"("storage":{"files":[{"path":"/a","append":[{"source":"data:,1"},{"source":"data:,1"}]}]}})");
}

TEST(Merge, TakesAHeaderBackThatTheChildGivesNoValue) {
  EXPECT_EQ(
      merged(R"("storage":{"files":[{"path":"/a","contents":{"source":"http://a","httpHeaders":)"
             R"([{"name":"A","value":"1"},{"name":"B","value":"2"}]}}]})",
             R"("storage":{"files":[{"path":"/a","contents":{"source":"http://b","httpHeaders":[{"name":"A"}]}}]})"),
      kHead + R"("storage":{"files":[{"path":"/a","contents":{"httpHeaders":[{"name":"B","value":"2"}],)"
              R"("source":"http://b"}}]}})");
}

TEST(Merge, MatchesPartitionsByNumberOrLabel) {
  EXPECT_EQ(
      merged(
          R"("storage":{"disks":[{"device":"/dev/a","partitions":[{"label":"x","sizeMiB":1},{"number":2,"label":"y"}]}]})",
          R"("storage":{"disks":[{"device":"/dev/a","partitions":[{"label":"x","sizeMiB":9},{"number":2,"label":"z"}]}]})"),
      kHead +
          R"("storage":{"disks":[{"device":"/dev/a","partitions":[{"label":"x","sizeMiB":9},{"label":"z","number":2}]}]}})");
}

TEST(Merge, TakesTheHigherVersion) {
  Config both = merge(parsed("", "3.2.0"), parsed("", "3.5.0"));
  EXPECT_EQ(both.version(), SpecVersion::v3_5);
  EXPECT_EQ(write(both), R"({"ignition":{"version":"3.5.0"}})");
  EXPECT_EQ(write(merge(parsed("", "3.6.0"), parsed("", "3.0.0"))), R"({"ignition":{"version":"3.6.0"}})");
}

TEST(Merge, KeepsTheSourceOfEachValue) {
  Config parent(SpecVersion::v3_4);
  parent.addFile("/a", "1", 0644, {"$.x", {"base.bu", 3, 1, 0}});
  Config child(SpecVersion::v3_4);
  child.addFile("/a", "2", 0644, {"$.y", {"server.bu", 9, 1, 0}});
  Config both = merge(parent, child);
  const Value& file = both.entries("storage", "files").at(0);
  EXPECT_EQ(file.at("contents", "source")->origin().mark.file, "server.bu");
  EXPECT_EQ(file.at("contents", "source")->origin().mark.line, 9U);
}

TEST(Convert, DropsModeBitsThatNeverWorked) {
  Config old = parsed(R"("storage":{"files":[{"path":"/a","mode":2541}]})", "3.4.0");
  EXPECT_EQ(convert(old, SpecVersion::v3_6)->entries("storage", "files")[0].integerOr("mode", 0), 0755);
  EXPECT_EQ(convert(old, SpecVersion::v3_5)->entries("storage", "files")[0].integerOr("mode", 0), 04755);
  EXPECT_FALSE(convert(old, SpecVersion::v3_3));
}

}  // namespace
}  // namespace berth::ignition
