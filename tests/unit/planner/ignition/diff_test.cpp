// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/diff.h"

#include <gtest/gtest.h>

namespace berth::ignition {
namespace {

std::string linesOf(const std::vector<Difference>& differences) {
  std::string out;
  for (const Difference& each : differences) out += each.line + "\n";
  return out;
}

TEST(Diff, SpeaksOfFilesUnitsAndUsers) {
  Config before(SpecVersion::v3_4);
  before.addFile("/etc/a", "one\n", 0644);
  before.addFile("/etc/gone", "", 0644);
  before.addUnit("a.service", "[Service]\n", UnitState::disabled);
  before.addUser("core", {"key1"});
  Config after(SpecVersion::v3_4);
  after.addFile("/etc/a", "eleven\n", 0600, {"$.storage.files.0", {"x.bu", 14, 7, 0}});
  after.addUnit("a.service", "[Service]\n", UnitState::enabled);
  after.addUser("core", {"key1", "key2"});
  after.addUser("deploy", {});
  auto differences = diff(before, after);
  EXPECT_EQ(linesOf(differences),
            "user core: sshAuthorizedKeys: 1 added, 0 removed\n"
            "user deploy added\n"
            "file /etc/a: contents changed, 4 → 7 bytes\n"
            "file /etc/a: mode 0644 → 0600\n"
            "file /etc/gone removed\n"
            "unit a.service: enabled\n");
  EXPECT_EQ(differences[2].origin.mark.line, 14U);
  EXPECT_EQ(differences[2].contents->after, "eleven\n");
}

TEST(Diff, ComparesWhatIsEmbeddedAndNotHow) {
  Config before(SpecVersion::v3_4);
  Config after(SpecVersion::v3_0);
  std::string text(1000, 'x');
  before.addFile("/etc/a", text, 0644);
  after.addFile("/etc/a", text, 0644);
  EXPECT_EQ(linesOf(diff(before, after)), "");
}

TEST(Diff, NeverShowsSecrets) {
  Config before(SpecVersion::v3_4);
  Config after(SpecVersion::v3_4);
  before.addUser("core", {}).put("passwordHash", Value::ofText("old-hash", {}));
  after.addUser("core", {}).put("passwordHash", Value::ofText("new-hash", {}));
  EXPECT_EQ(linesOf(diff(before, after)), "user core: passwordHash changed\n");
}

TEST(Diff, IsEmptyForTheSame) {
  Config config(SpecVersion::v3_4);
  config.addFile("/etc/a", "x", 0644);
  EXPECT_TRUE(diff(config, config).empty());
}

}  // namespace
}  // namespace berth::ignition
