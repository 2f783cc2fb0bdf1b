// SPDX-License-Identifier: Apache-2.0
#include "planner/node/parts.h"

#include <gtest/gtest.h>

#include "planner/butane/translate.h"
#include "planner/ignition/write.h"

namespace berth::node {
namespace {

constexpr const char* kButane = R"(variant: fcos
version: 1.4.0
passwd:
  users:
    - name: core
      ssh_authorized_keys: [ssh-ed25519 AAAA]
storage:
  files:
    - path: /etc/motd
      mode: 0644
      contents:
        inline: hello
  links:
    - path: /etc/localtime
      target: ../usr/share/zoneinfo/UTC
systemd:
  units:
    - name: hello.service
      enabled: true
)";

TEST(Parts, areCalledWhatAPersonCallsThem) {
  const auto result = butane::translate(kButane, {.file = "base.bu"});
  ASSERT_TRUE(result.config);
  const auto parts = partsOf(ignition::write(*result.config));
  for (const PartMember& part :
       {PartMember{"/etc/motd", "contents"}, PartMember{"/etc/motd", "mode"},
        PartMember{"link /etc/localtime", "target"}, PartMember{"unit hello.service", "enabled"},
        PartMember{"user core", "sshAuthorizedKeys"}, PartMember{"ignition", "version"}}) {
    EXPECT_TRUE(parts.contains(part)) << part.first << " " << part.second;
  }
}

TEST(Parts, knowTheLineThatCausedThem) {
  const auto result = butane::translate(kButane, {.file = "base.bu"});
  ASSERT_TRUE(result.config);
  const auto marks = marksOf(*result.config);
  const auto contents = marks.find({"/etc/motd", "contents"});
  ASSERT_NE(contents, marks.end());
  EXPECT_EQ(contents->second.file, "base.bu");
  EXPECT_EQ(contents->second.line, 12u);
  EXPECT_EQ(marks.at({"link /etc/localtime", "target"}).line, 15u);
  EXPECT_EQ(marks.at({"unit hello.service", "enabled"}).line, 19u);
}

TEST(Parts, ofWhatIsNoConfigAreNone) {
  EXPECT_TRUE(partsOf("").empty());
  EXPECT_TRUE(partsOf("[]").empty());
  EXPECT_TRUE(partsOf("{\"storage\": 3}").empty());
  EXPECT_EQ(partsOf("{\"storage\": {\"files\": [1, {}, {\"path\": 7}]}}").size(), 0u);
}

}  // namespace
}  // namespace berth::node
