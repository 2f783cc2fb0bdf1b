// SPDX-License-Identifier: Apache-2.0
#include "planner/change/details.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/ignition/config.h"
#include "planner/ignition/data_url.h"
#include "planner/ignition/write.h"

namespace berth::change {
namespace {

using ignition::Config;
using testing::ElementsAre;
using testing::IsEmpty;

std::string configWith(const std::string& path, const std::string& contents, std::int64_t mode) {
  Config config(ignition::SpecVersion::v3_3);
  config.addFile(path, contents, mode);
  return ignition::write(config);
}

TEST(Details, showAFileAsADiffOfLines) {
  EXPECT_THAT(detailOf(configWith("/etc/motd", "Hello.\nThis is eu.\nBye.\n", 0644),
                       configWith("/etc/motd", "Hello.\nThis is us.\nBye.\n", 0644)),
              ElementsAre(Part{"file /etc/motd", "", "@@ -1,3 +1,3 @@\n Hello.\n-This is eu.\n+This is us.\n Bye.\n"}));
}

TEST(Details, keepWhatOthersMayNotReadToThemselves) {
  const Part masked{"file /etc/token", "secret, not shown", ""};
  EXPECT_THAT(detailOf(configWith("/etc/token", "hunter1", 0600), configWith("/etc/token", "hunter2", 0600)),
              ElementsAre(masked));
  EXPECT_THAT(detailOf(configWith("/etc/token", "hunter1", 0640), configWith("/etc/token", "hunter1", 0640)),
              IsEmpty());
}

TEST(Details, keepToThemselvesWhatWasSecretEvenWhenItIsNoLonger) {
  for (const auto& [before, after] : {std::pair{0600, 0644}, std::pair{0644, 0600}}) {
    const Detail detail =
        detailOf(configWith("/etc/token", "hunter1", before), configWith("/etc/token", "hunter2", after));
    for (const Part& part : detail) {
      EXPECT_EQ((part.note + part.diff).find("hunter"), std::string::npos) << part.note << part.diff;
    }
  }
}

TEST(Details, describeBinariesByTheirSizeAndDigest) {
  const auto detail =
      detailOf(configWith("/bin/x", std::string("a\0b", 3), 0755), configWith("/bin/x", std::string("a\0bc", 4), 0755));
  ASSERT_EQ(detail.size(), 1u);
  EXPECT_THAT(detail[0].note, testing::MatchesRegex("binary, 3 → 4 bytes, sha256 [0-9a-f]{12} → [0-9a-f]{12}"));
  EXPECT_EQ(detail[0].diff, "");
}

TEST(Details, sayWhatElseOfAFileIsOtherwise) {
  const auto detail = detailOf(configWith("/etc/motd", "x", 0644), configWith("/etc/motd", "x", 0755));
  ASSERT_EQ(detail.size(), 1u);
  EXPECT_EQ(detail[0].subject, "file /etc/motd");
  EXPECT_THAT(detail[0].note, testing::HasSubstr("0755"));
}

TEST(Details, areNoneForWhatIsNoConfig) {
  EXPECT_THAT(detailOf("no config", configWith("/a", "b", 0644)), IsEmpty());
  EXPECT_THAT(detailOf("{}", "{}"), IsEmpty());
}

}  // namespace
}  // namespace berth::change
