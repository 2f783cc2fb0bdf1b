// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/diff.h"

#include <gtest/gtest.h>

#include "planner/ignition/secrecy.h"

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
  after.addFile("/etc/a", "eleven\n", 0755, {"$.storage.files.0", {"x.bu", 14, 7, 0}});
  after.addUnit("a.service", "[Service]\n", UnitState::enabled);
  after.addUser("core", {"key1", "key2"});
  after.addUser("deploy", {});
  auto differences = diff(before, after);
  EXPECT_EQ(linesOf(differences),
            "user core: sshAuthorizedKeys: 1 added, 0 removed\n"
            "user deploy added\n"
            "file /etc/a: contents changed, 4 → 7 bytes\n"
            "file /etc/a: mode 0644 → 0755\n"
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

TEST(Diff, NeverShowsPasswordHashes) {
  Config before(SpecVersion::v3_4);
  Config after(SpecVersion::v3_4);
  before.addUser("core", {}).put("passwordHash", Value::ofText("old-hash", {}));
  after.addUser("core", {}).put("passwordHash", Value::ofText("new-hash", {}));
  auto differences = diff(before, after, Secrets::shown);
  EXPECT_EQ(linesOf(differences), "user core: passwordHash changed\n");
  EXPECT_FALSE(differences[0].contents);
  EXPECT_TRUE(differences[0].isSecret);
}

TEST(Diff, NeverShowsTheHashesOfTheBootLoader) {
  Config before(SpecVersion::v3_4);
  Config after(SpecVersion::v3_4);
  after.addFile("/boot/grub2/user.cfg", "password_pbkdf2 root HASH\n", 0644);
  auto differences = diff(before, after, Secrets::shown);
  EXPECT_FALSE(differences[0].contents);
  EXPECT_TRUE(differences[0].isSecret);
}

TEST(Diff, HidesContentsThatNotEverybodyMayRead) {
  Config before(SpecVersion::v3_4);
  before.addFile("/etc/key", "old", 0600);
  before.addFile("/etc/grouped", "old", 0640);
  before.addFile("/etc/opened", "was secret", 0640);
  before.addFile("/etc/closed", "was open", 0644);
  Config after(SpecVersion::v3_4);
  after.addFile("/etc/key", "new key", 0600);
  after.addFile("/etc/grouped", "new", 0640);
  after.addFile("/etc/opened", "was secret", 0644);
  after.addFile("/etc/closed", "is secret", 0400);
  after.addFile("/etc/fresh", "secret", 0700);
  auto masked = diff(before, after);
  EXPECT_EQ(linesOf(masked),
            "file /etc/key: contents changed\n"
            "file /etc/grouped: contents changed\n"
            "file /etc/opened: mode 0640 → 0644\n"
            "file /etc/closed: contents changed\n"
            "file /etc/closed: mode 0644 → 0400\n"
            "file /etc/fresh added\n");
  for (const Difference& each : masked) EXPECT_FALSE(each.contents) << each.line;
  auto shown = diff(before, after, Secrets::shown);
  EXPECT_EQ(shown[0].line, "file /etc/key: contents changed, 3 → 7 bytes");
  EXPECT_EQ(shown[0].contents->after, "new key");
}

TEST(Diff, ShowsWhatIsAddedAndRemovedWithItsContents) {
  Config before(SpecVersion::v3_4);
  before.addFile("/etc/gone", "bye\n", 0644);
  Config after(SpecVersion::v3_4);
  Value& unit = after.addUnit("a.service", "[Service]\n", UnitState::enabled);
  Value dropin = Value::object(*unit.shape().field("dropins")->shape, {});
  dropin.put("name", Value::ofText("10.conf", {}));
  dropin.put("contents", Value::ofText("[Unit]\n", {}));
  unit.ensure("dropins").items().push_back(std::move(dropin));
  auto differences = diff(before, after);
  EXPECT_EQ(linesOf(differences),
            "file /etc/gone removed\nunit a.service added\nunit a.service dropin 10.conf added\n");
  EXPECT_EQ(differences[0].contents->before, "bye\n");
  EXPECT_EQ(differences[1].contents->after, "[Service]\n");
  EXPECT_EQ(differences[2].contents->after, "[Unit]\n");
}

TEST(Diff, ListsWordsOneALine) {
  Config before(SpecVersion::v3_4);
  before.addUser("core", {"a", "b"});
  Config after(SpecVersion::v3_4);
  after.addUser("core", {"b", "c"});
  auto differences = diff(before, after);
  EXPECT_EQ(linesOf(differences), "user core: sshAuthorizedKeys: 1 added, 1 removed\n");
  EXPECT_EQ(differences[0].contents->before, "a\nb\n");
  EXPECT_EQ(differences[0].contents->after, "b\nc\n");
}

TEST(Diff, TellsUrlsWithoutWhatLetsOneIn) {
  EXPECT_EQ(withoutCredentials("https://ann:pw@host/path?token=x"), "https://host/path?…");
  EXPECT_EQ(withoutCredentials("https://host?token=a/b@c"), "https://host?…");
  EXPECT_EQ(withoutCredentials("https://host/a@b"), "https://host/a@b");
  EXPECT_EQ(withoutCredentials("no url"), "no url");
}

TEST(Diff, IsEmptyForTheSame) {
  Config config(SpecVersion::v3_4);
  config.addFile("/etc/a", "x", 0644);
  EXPECT_TRUE(diff(config, config).empty());
}

}  // namespace
}  // namespace berth::ignition
