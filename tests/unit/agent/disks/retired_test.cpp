// SPDX-License-Identifier: Apache-2.0
#include "agent/disks/retired.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

#include "agent/disks/file.h"
#include "agent/disks/instance_files.h"
#include "tests/unit/agent/temporary_directory.h"

namespace berth::disks {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string contentOf(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class Retired : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(failure(openLayout(layout_)));
    make(disk_.instance, "what the guest wrote");
  }
  void make(const Uuid& instance, const std::string& content) {
    ASSERT_FALSE(failure(prepare(layout_, instance)));
    ASSERT_FALSE(failure(writeIgnition(layout_, instance, "{}")));
    std::ofstream(layout_.instance(instance).rootDisk) << content;
  }
  [[nodiscard]] std::vector<RetiredDisk> listed(const Uuid& fleet) const {
    auto found = listRetired(layout_, fleet);
    EXPECT_FALSE(failure(found));
    return std::get<0>(std::move(found));
  }

  testing::TemporaryDirectory directory_;
  Layout layout_{directory_.path() / "state"};
  RetiredDisk disk_{Uuid::random(),      NodeName::parse("a-0").value(), Uuid::random(),
                    Digest::of("image"), Digest::of("machine"),          20_GiB,
                    1'700'000'000'000};
};

TEST_F(Retired, ARootDiskOutlivesItsInstanceUnderItsLabelAndNothingElseDoes) {
  ASSERT_FALSE(failure(retire(layout_, disk_)));
  EXPECT_FALSE(fs::exists(layout_.instance(disk_.instance).ignition)) << "it holds secrets";
  ASSERT_FALSE(failure(removeInstance(layout_, disk_.instance)));
  EXPECT_THAT(listed(disk_.fleet), ElementsAre(disk_));
  EXPECT_EQ(contentOf(layout_.retired(disk_.instance).rootDisk), "what the guest wrote");
  EXPECT_THAT(std::get<0>(listInstances(layout_)), IsEmpty());
}

TEST_F(Retired, RetiringCanBeRepeatedAndKeepsTheFirstLabel) {
  ASSERT_FALSE(failure(retire(layout_, disk_)));
  RetiredDisk later = disk_;
  later.sinceMs += 5;
  ASSERT_FALSE(failure(retire(layout_, later)));
  EXPECT_THAT(listed(disk_.fleet), ElementsAre(disk_));
  // Killed between the label and the disk.
  fs::rename(layout_.retired(disk_.instance).rootDisk, layout_.instance(disk_.instance).rootDisk);
  ASSERT_FALSE(failure(retire(layout_, later)));
  EXPECT_THAT(listed(disk_.fleet), ElementsAre(disk_));
}

TEST_F(Retired, AnInstanceWithoutARootDiskLeavesNothing) {
  fs::remove(layout_.instance(disk_.instance).rootDisk);
  ASSERT_FALSE(failure(retire(layout_, disk_)));
  EXPECT_THAT(listed(disk_.fleet), IsEmpty());
  EXPECT_FALSE(fs::exists(layout_.retired(disk_.instance).directory));
}

TEST_F(Retired, AnHeirGetsTheVeryDiskAndKeepsItsOwnIfItHasOne) {
  ASSERT_FALSE(failure(retire(layout_, disk_)));
  const Uuid heir = Uuid::random();
  ASSERT_FALSE(failure(prepare(layout_, heir)));
  ASSERT_FALSE(failure(revive(layout_, disk_.instance, heir)));
  EXPECT_EQ(contentOf(layout_.instance(heir).rootDisk), "what the guest wrote");
  auto left = disk_;
  left.isThere = false;
  EXPECT_THAT(listed(disk_.fleet), ElementsAre(left)) << "its label is swept later";
  EXPECT_FALSE(failure(revive(layout_, disk_.instance, heir))) << "once more does nothing";
  const Uuid late = Uuid::random();
  ASSERT_FALSE(failure(prepare(layout_, late)));
  const auto failed = failure(revive(layout_, disk_.instance, late));
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->kind, Error::Kind::temporary) << "it is made from its image then";
}

TEST_F(Retired, WhatIsDroppedIsGoneAndOnlyThat) {
  auto other = disk_;
  other.instance = Uuid::random();
  make(other.instance, "more");
  ASSERT_FALSE(failure(retire(layout_, disk_)));
  ASSERT_FALSE(failure(retire(layout_, other)));
  ASSERT_FALSE(failure(dropRetired(layout_, disk_.instance)));
  ASSERT_FALSE(failure(dropRetired(layout_, disk_.instance)));
  EXPECT_THAT(listed(disk_.fleet), ElementsAre(other));
}

TEST_F(Retired, WhatBearsNoLabelOfThisFleetIsNotSeen) {
  ASSERT_FALSE(failure(retire(layout_, disk_)));
  EXPECT_THAT(listed(Uuid::random()), IsEmpty());
  const auto label = layout_.retired(disk_.instance).label;
  const auto text = contentOf(label);
  for (const std::string& damaged : {text.substr(0, text.size() / 2), text + "more x\n", std::string()}) {
    std::ofstream(label, std::ios::trunc) << damaged;
    EXPECT_THAT(listed(disk_.fleet), IsEmpty()) << damaged;
  }
  // Somebody has moved it.
  std::ofstream(label, std::ios::trunc) << text;
  fs::rename(layout_.retired(disk_.instance).directory, layout_.retired(Uuid::random()).directory);
  EXPECT_THAT(listed(disk_.fleet), IsEmpty());
}

TEST_F(Retired, ALabelSaysAllOfItAgain) {
  EXPECT_EQ(readRetired(write(disk_)), disk_);
  auto text = write(disk_);
  text.replace(text.find("size "), 5, "size -");
  EXPECT_EQ(readRetired(text), std::nullopt);
}

TEST_F(Retired, WhatWasBeingLabelledWhenTheAgentWasKilledIsSwept) {
  const auto half = halfMade(layout_.retired(disk_.instance).directory);
  fs::create_directories(half);
  std::ofstream(half / "label") << "fl";
  ASSERT_FALSE(failure(openLayout(layout_)));
  EXPECT_FALSE(fs::exists(half));
}

}  // namespace
}  // namespace berth::disks
