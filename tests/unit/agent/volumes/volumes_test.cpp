// SPDX-License-Identifier: Apache-2.0
#include "agent/volumes/volumes.h"

#include <fstream>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "agent/disks/file.h"
#include "agent/disks/program.h"
#include "agent/volumes/medium.h"
#include "tests/unit/agent/temporary_directory.h"
#include "tests/unit/agent/volumes/places.h"

namespace berth::volumes {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

unsigned modeOf(const fs::path& path) {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0 ? found.st_mode & 07777 : 0;
}

class Volumes : public ::testing::TestWithParam<testing::Where> {
protected:
  void SetUp() override { ASSERT_FALSE(disks::failure(open(layout_))); }

  void make(const Label& wanted) {
    ASSERT_FALSE(disks::failure(announce(layout_, wanted)));
    ASSERT_FALSE(disks::failure(fill(layout_, qemuImg_, wanted)));
    ASSERT_FALSE(disks::failure(confirm(layout_, wanted)));
  }
  Standing standing(const Label& wanted) {
    const auto found = look(layout_, wanted);
    EXPECT_FALSE(disks::failure(found)) << disks::failure(found)->str();
    return disks::failure(found) ? Standing::absent : std::get<Standing>(found);
  }
  std::string whyNot(const Label& wanted) {
    const auto failed = disks::failure(look(layout_, wanted));
    return failed ? failed->str() : "";
  }
  Remains remains() {
    const auto found = remainsOf(layout_, data_.fleet, order_);
    EXPECT_FALSE(disks::failure(found)) << disks::failure(found)->str();
    return disks::failure(found) ? Remains::nothing : std::get<Remains>(found);
  }
  std::string whyItStays() {
    const auto failed = disks::failure(remainsOf(layout_, data_.fleet, order_));
    return failed ? failed->str() : "";
  }
  std::string imageInfo() const {
    const auto ran = disks::runProgram({"/usr/bin/qemu-img", "info", disk_.string()}, std::chrono::seconds(20));
    return std::get<disks::Finished>(ran).output;
  }
  Label sized(Bytes size) const {
    Label label = data_;
    label.volume.size = size;
    return label;
  }

  /// With LVM the disk of a volume is no file.
  [[nodiscard]] bool isFile() const { return !layout_.isOnDevices(); }
  [[nodiscard]] fs::path labelsOf(const NodeName& node) const { return layout_.directory(node); }

  berth::testing::TemporaryDirectory directory_;
  const Uuid fleet_ = Uuid::random();
  const testing::Place place_{GetParam(), directory_.path(), "vh1", fleet_};
  const Layout& layout_ = place_.layout;
  disks::QemuImg qemuImg_;
  Label data_{fleet_,
              ClusterName::parse("prod").value(),
              NodeName::parse("prod-server-0").value(),
              {VolumeName::parse("data").value(), 1_GiB, true},
              Label::State::made,
              Generation(5)};
  message::VolumeOrder order_{
      message::VolumeOrder::Verb::remove, data_.cluster, data_.node, data_.volume.name, {}, Generation(5)};
  fs::path disk_ = layout_.disk(data_.node, data_.volume.name);
  fs::path label_ = layout_.label(data_.node, data_.volume.name);
};

TEST_P(Volumes, AreMadeInThreeStepsThatCanEachBeRepeated) {
  EXPECT_EQ(standing(data_), Standing::absent);
  for (int i = 0; i < 2; ++i) ASSERT_FALSE(disks::failure(announce(layout_, data_)));
  EXPECT_EQ(standing(data_), Standing::announced);
  EXPECT_THAT(std::get<0>(list(layout_, data_.fleet)), IsEmpty()) << "a half-made volume is none";
  for (int i = 0; i < 2; ++i) ASSERT_FALSE(disks::failure(fill(layout_, qemuImg_, data_)));
  EXPECT_EQ(standing(data_), Standing::announced);
  for (int i = 0; i < 2; ++i) ASSERT_FALSE(disks::failure(confirm(layout_, data_)));
  EXPECT_EQ(standing(data_), Standing::asWanted);
  EXPECT_THAT(std::get<0>(list(layout_, data_.fleet)), ElementsAre(data_));
  EXPECT_EQ(modeOf(labelsOf(data_.node)), 0711U);
  EXPECT_THAT(imageInfo(), HasSubstr("virtual size: 1 GiB"));
  if (!isFile()) return;
  EXPECT_EQ(modeOf(disk_), 0600U);
  EXPECT_LT(fs::file_size(disk_), 1u << 20) << "an empty volume takes no room";
}

TEST_P(Volumes, AnnouncedForAnOrderThatWasOvertakenHaveTheNewSize) {
  ASSERT_FALSE(disks::failure(announce(layout_, data_)));
  ASSERT_FALSE(disks::failure(fill(layout_, qemuImg_, data_)));
  make(sized(2_GiB));
  EXPECT_THAT(imageInfo(), HasSubstr("virtual size: 2 GiB"));
}

TEST_P(Volumes, GrowAndAreNeverMadeSmaller) {
  make(data_);
  EXPECT_EQ(standing(sized(2_GiB)), Standing::changed);
  for (int i = 0; i < 2; ++i) ASSERT_FALSE(disks::failure(grow(layout_, qemuImg_, 2_GiB, disk_)));
  if (!isFile()) {
    EXPECT_GE(used(layout_, disk_), allocationOf(2_GiB)) << "a guest may fill it";
  }
  ASSERT_FALSE(disks::failure(confirm(layout_, sized(2_GiB))));
  EXPECT_EQ(standing(sized(2_GiB)), Standing::asWanted);
  EXPECT_THAT(whyNot(data_), HasSubstr("it has 2GiB and is never made smaller, but 1GiB are wanted"));
  EXPECT_TRUE(disks::failure(grow(layout_, qemuImg_, 1_GiB, disk_))) << "qemu-img refuses, too";
  EXPECT_THAT(imageInfo(), HasSubstr("virtual size: 2 GiB"));
}

TEST_P(Volumes, WhoseDiskIsGoneAreNotReplacedByEmptyOnes) {
  make(data_);
  place_.lose(disk_);
  EXPECT_THAT(whyNot(data_), HasSubstr("its disk is gone"));
}

TEST_P(Volumes, WithoutALabelAreSomebodyElses) {
  make(data_);
  fs::remove(label_);
  EXPECT_THAT(whyNot(data_), HasSubstr("bears no label of Berth's"));
  std::ofstream(label_) << "garbage";
  EXPECT_THAT(whyNot(data_), HasSubstr("bears no label of Berth's"));
  fs::remove(label_);
  fs::create_symlink("/etc/passwd", label_);
  EXPECT_THAT(whyNot(data_), HasSubstr("bears no label of Berth's"));
  EXPECT_THAT(std::get<0>(list(layout_, data_.fleet)), IsEmpty());
}

TEST_P(Volumes, OfAnotherFleetOrClusterAreRefused) {
  make(data_);
  Label other = data_;
  other.fleet = Uuid::random();
  EXPECT_THAT(whyNot(other), HasSubstr("belongs to another fleet"));
  EXPECT_THAT(std::get<0>(list(layout_, other.fleet)), IsEmpty());
  other = data_;
  other.cluster = ClusterName::parse("test").value();
  EXPECT_THAT(whyNot(other), HasSubstr("belongs to cluster prod"));
}

TEST_P(Volumes, LabelsThatWereCopiedByHandAreNotBelieved) {
  make(data_);
  fs::create_directory(layout_.directory(NodeName::parse("prod-server-1").value()));
  fs::copy(label_, layout_.label(NodeName::parse("prod-server-1").value(), data_.volume.name));
  EXPECT_THAT(std::get<0>(list(layout_, data_.fleet)), ElementsAre(data_));
}

TEST_P(Volumes, AreDeletedInThreeStepsThatCanEachBeRepeated) {
  make(data_);
  EXPECT_EQ(remains(), Remains::untouched);
  for (int i = 0; i < 2; ++i) ASSERT_FALSE(disks::failure(condemn(layout_, order_)));
  EXPECT_EQ(remains(), Remains::condemned);
  EXPECT_TRUE(place_.has(disk_));
  EXPECT_THAT(std::get<0>(list(layout_, data_.fleet)), IsEmpty()) << "what is left of it is no volume";
  EXPECT_THAT(whyNot(data_), HasSubstr("order it once more: berth volume delete prod-server-0/data"));
  for (int i = 0; i < 2; ++i) ASSERT_FALSE(disks::failure(erase(layout_, order_)));
  EXPECT_FALSE(place_.has(disk_));
  EXPECT_EQ(remains(), Remains::condemned);
  for (int i = 0; i < 2; ++i) ASSERT_FALSE(disks::failure(forget(layout_, order_)));
  EXPECT_EQ(remains(), Remains::nothing);
  tidy(layout_, data_.node);
  EXPECT_FALSE(fs::exists(labelsOf(data_.node)));
  EXPECT_EQ(standing(data_), Standing::absent);
}

TEST_P(Volumes, OfANodeThatHasOthersLeaveThose) {
  make(data_);
  Label logs = data_;
  logs.volume.name = VolumeName::parse("logs").value();
  make(logs);
  ASSERT_FALSE(disks::failure(condemn(layout_, order_)));
  ASSERT_FALSE(disks::failure(erase(layout_, order_)));
  ASSERT_FALSE(disks::failure(forget(layout_, order_)));
  tidy(layout_, data_.node);
  EXPECT_THAT(std::get<0>(list(layout_, data_.fleet)), ElementsAre(logs));
  EXPECT_EQ(standing(logs), Standing::asWanted);
}

TEST_P(Volumes, ThatWereMadeAfterAnOrderAreNotMeantByIt_I2) {
  data_.since = Generation(6);
  make(data_);
  EXPECT_EQ(remains(), Remains::nothing);
  ASSERT_FALSE(disks::failure(confirm(layout_, sized(2_GiB))));
  order_.at = Generation(6);
  EXPECT_EQ(remains(), Remains::untouched) << "growing it makes no other of it";
}

TEST_P(Volumes, ThatAreSomebodyElsesAreNotDeleted_I9) {
  make(data_);
  order_.cluster = ClusterName::parse("test").value();
  EXPECT_THAT(whyItStays(), HasSubstr("belongs to cluster prod"));
  order_.cluster = data_.cluster;
  fs::remove(label_);
  EXPECT_THAT(whyItStays(), HasSubstr("bears no label of Berth's"));
  EXPECT_TRUE(disks::failure(condemn(layout_, order_)));
  EXPECT_TRUE(place_.has(disk_));
}

TEST_P(Volumes, HaveSnapshotsWithLabelsAndLivesOfTheirOwn) {
  make(data_);
  Label snapshot = data_;
  snapshot.snapshot = message::SnapshotName::parse("before").value();
  snapshot.since = Generation(7);
  snapshot.takenMs = 1234;
  const fs::path copy = layout_.disk(data_.node, data_.volume.name, snapshot.snapshot);
  EXPECT_EQ(standing(snapshot), Standing::absent);
  ASSERT_FALSE(disks::failure(announce(layout_, snapshot)));
  EXPECT_EQ(standing(snapshot), Standing::announced);
  ASSERT_FALSE(disks::failure(volumes::copy(layout_, qemuImg_, disk_, 1_GiB, layout_.fresh(copy))));
  if (isFile()) {
    EXPECT_EQ(modeOf(layout_.fresh(copy)), 0600U);
  }
  ASSERT_FALSE(disks::failure(publish(layout_, layout_.fresh(copy), copy)));
  EXPECT_EQ(standing(snapshot), Standing::announced);
  EXPECT_THAT(std::get<0>(list(layout_, data_.fleet)), ElementsAre(data_)) << "a half-made snapshot is none";
  ASSERT_FALSE(disks::failure(confirm(layout_, snapshot)));
  EXPECT_EQ(standing(snapshot), Standing::asWanted);
  snapshot.state = Label::State::made;
  EXPECT_THAT(std::get<0>(list(layout_, data_.fleet)), ElementsAre(data_, snapshot));
  Label other = snapshot;
  other.since = Generation(9);
  EXPECT_THAT(whyNot(other), HasSubstr("there is another snapshot of that name"));

  // An order about the snapshot leaves the volume alone, and one about the volume the snapshot.
  order_.snapshot = snapshot.snapshot;
  order_.at = Generation(6);
  EXPECT_EQ(remains(), Remains::nothing) << "it was made after that";
  order_.at = Generation(8);
  EXPECT_EQ(remains(), Remains::untouched);
  ASSERT_FALSE(disks::failure(condemn(layout_, order_)));
  ASSERT_FALSE(disks::failure(erase(layout_, order_)));
  ASSERT_FALSE(disks::failure(forget(layout_, order_)));
  EXPECT_EQ(remains(), Remains::nothing);
  EXPECT_EQ(standing(data_), Standing::asWanted);
}

TEST_P(Volumes, RememberTheOrderByWhichTheyWereRestoredHoweverTheyGrow) {
  make(data_);
  order_.verb = message::VolumeOrder::Verb::restore;
  order_.at = Generation(9);
  ASSERT_FALSE(disks::failure(markRestored(layout_, order_)));
  ASSERT_FALSE(disks::failure(confirm(layout_, sized(2_GiB))));
  const auto label = std::get<std::optional<Label>>(labelOf(layout_, order_, {}));
  ASSERT_TRUE(label);
  EXPECT_EQ(label->restored, Generation(9));
  EXPECT_EQ(label->since, data_.since);
  EXPECT_EQ(label->volume.size, 2_GiB);
}

TEST_P(Volumes, OpeningSweepsWhatIsHalfMadeAndNothingElse) {
  make(data_);
  place_.begin(layout_.fresh(disk_));
  std::ofstream(labelsOf(data_.node) / "notes.txt") << "a person's";
  EXPECT_THAT(std::get<0>(open(layout_)), ElementsAre(layout_.fresh(disk_)));
  EXPECT_EQ(standing(data_), Standing::asWanted);
  EXPECT_TRUE(fs::exists(labelsOf(data_.node) / "notes.txt"));
}

TEST_P(Volumes, FromAnotherHostAreNoneBeforeTheyAreWhole_I2) {
  EXPECT_FALSE(std::get<bool>(expect(layout_, data_)));
  EXPECT_THAT(whyNot(data_), HasSubstr("it is on its way here from another host"));
  const auto arriving = layout_.arriving(data_.node, data_.volume.name);
  place_.begin(arriving);
  EXPECT_THAT(std::get<0>(open(layout_)), IsEmpty()) << "it is gone on with after a crash";
  EXPECT_FALSE(std::get<bool>(expect(layout_, data_)));
  EXPECT_TRUE(place_.has(arriving));
  EXPECT_THAT(std::get<0>(list(layout_, data_.fleet)), IsEmpty());
  ASSERT_FALSE(disks::failure(complete(layout_, data_)));
  EXPECT_EQ(standing(data_), Standing::asWanted);
  EXPECT_TRUE(std::get<bool>(expect(layout_, data_)));
  EXPECT_FALSE(place_.has(arriving));
}

TEST_P(Volumes, ThatNeverCameAreSweptByAnOrder) {
  EXPECT_FALSE(std::get<bool>(expect(layout_, data_)));
  const auto arriving = layout_.arriving(data_.node, data_.volume.name);
  place_.begin(arriving);
  order_.at = data_.since;
  EXPECT_EQ(remains(), Remains::untouched);
  ASSERT_FALSE(disks::failure(condemn(layout_, order_)));
  ASSERT_FALSE(disks::failure(erase(layout_, order_)));
  ASSERT_FALSE(disks::failure(forget(layout_, order_)));
  EXPECT_EQ(remains(), Remains::nothing);
  EXPECT_FALSE(place_.has(arriving));
}

TEST_P(Volumes, ThatAreRestoredHaveTheNewDiskUnderTheirName) {
  make(data_);
  const fs::path fresh = layout_.fresh(disk_);
  ASSERT_FALSE(disks::failure(copy(layout_, qemuImg_, disk_, 1_GiB, fresh)));
  ASSERT_FALSE(disks::failure(grow(layout_, qemuImg_, 2_GiB, fresh)));
  EXPECT_EQ(standing(data_), Standing::asWanted);
  ASSERT_FALSE(disks::failure(publish(layout_, fresh, disk_)));
  EXPECT_EQ(standing(data_), Standing::asWanted);
  EXPECT_THAT(imageInfo(), HasSubstr("virtual size: 2 GiB"));
  EXPECT_FALSE(place_.has(fresh));
  EXPECT_THAT(std::get<0>(open(layout_)), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Places, Volumes, ::testing::ValuesIn(testing::places()),
                         [](const auto& each) { return testing::nameOf(each.param); });

}  // namespace
}  // namespace berth::volumes
