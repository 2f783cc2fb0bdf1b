// SPDX-License-Identifier: Apache-2.0
#include "agent/volumes/pool.h"

#include <fstream>

#include <gmock/gmock.h>

#include "agent/disks/program.h"
#include "agent/volumes/medium.h"
#include "tests/unit/agent/temporary_directory.h"
#include "tests/unit/agent/volumes/places.h"

namespace berth::volumes {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kFleet = "11111111-2222-8333-8444-555555555555";

TEST(PoolRecord, IsReadAsItWasWrittenAndAnythingElseIsNone) {
  const PoolRecord record{"my vms", "logical", "/dev/vg0", "vg0", 20_GiB};
  const std::string text = write(record);
  EXPECT_EQ(readPoolRecord(text), record);
  const PoolRecord directory{"vms", "dir", "/srv/the vms", "", Bytes()};
  EXPECT_EQ(readPoolRecord(write(directory)), directory);
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(readPoolRecord(text.substr(0, size))) << size;
  EXPECT_FALSE(readPoolRecord(text + "more\n"));
  EXPECT_FALSE(readPoolRecord("pool a\ntype dir\ntarget /a\ngroup \nroom many\n"));
}

TEST(PoolRecord, IsKeptInTheStateDirectory) {
  const berth::testing::TemporaryDirectory state;
  EXPECT_FALSE(std::get<0>(poolRecord(state.path())));
  const PoolRecord record{"vms", "dir", "/srv/vms", "", 1_GiB};
  ASSERT_FALSE(disks::failure(keepPoolRecord(state.path(), record)));
  EXPECT_EQ(std::get<0>(poolRecord(state.path())), record);
  ASSERT_FALSE(disks::failure(forgetPoolRecord(state.path())));
  EXPECT_FALSE(std::get<0>(poolRecord(state.path())));
  std::ofstream(state.path() / "volumes" / "storage.pool") << "something\n";
  EXPECT_THAT(disks::failure(poolRecord(state.path()))->str(), HasSubstr("it is damaged"));
}

class DirectoryPool : public ::testing::Test {
protected:
  void SetUp() override { ASSERT_FALSE(disks::failure(open(layout_))); }

  berth::testing::TemporaryDirectory directory_;
  const Uuid fleet_ = *Uuid::parse(kFleet);
  const HostName host_ = *HostName::parse("vh1");
  const testing::Place place_{testing::Where::directoryPool, directory_.path(), "vh1", fleet_};
  const Layout& layout_ = place_.layout;
  const Pool& pool_ = *layout_.pool();
  const Label data_{fleet_,
                    ClusterName::parse("prod").value(),
                    NodeName::parse("prod-db-0").value(),
                    {VolumeName::parse("data").value(), 64_MiB, true},
                    Label::State::made,
                    Generation(5)};
};

TEST_F(DirectoryPool, BearsTheStampOfOneAgent) {
  EXPECT_FALSE(disks::failure(stamp(pool_, fleet_, host_)));
  EXPECT_FALSE(disks::failure(present(pool_)));
  const auto other = disks::failure(stamp(pool_, fleet_, *HostName::parse("vh2")));
  ASSERT_TRUE(other);
  EXPECT_EQ(other->kind, disks::Error::Kind::permanent);
  EXPECT_THAT(other->str(), HasSubstr("another agent has its volumes there"));
}

TEST_F(DirectoryPool, ThatIsNotMountedHasLostNothing_I11) {
  ASSERT_FALSE(disks::failure(announce(layout_, data_)));
  ASSERT_FALSE(disks::failure(fill(layout_, {}, data_)));
  ASSERT_FALSE(disks::failure(confirm(layout_, data_)));
  EXPECT_EQ(layout_.disk(data_.node, data_.volume.name), pool_.target / "prod-db-0.data.qcow2");
  // What is seen where a file system is not mounted: its mount point, empty.
  fs::rename(pool_.target, directory_.path() / "elsewhere");
  fs::create_directory(pool_.target);
  const message::VolumeOrder order{
      message::VolumeOrder::Verb::remove, data_.cluster, data_.node, data_.volume.name, {}, Generation(6)};
  for (const auto& failed : {disks::failure(look(layout_, data_)), disks::failure(expect(layout_, data_)),
                             disks::failure(present(pool_)), disks::failure(roomOf(pool_, directory_.path()))}) {
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->kind, disks::Error::Kind::temporary);
    EXPECT_THAT(failed->str(), HasSubstr("is its file system mounted?"));
  }
  EXPECT_THAT(std::get<0>(list(layout_, fleet_)), ::testing::ElementsAre(data_)) << "its label is still here";
  EXPECT_THAT(std::get<0>(open(layout_)), IsEmpty());
  fs::remove(pool_.target);
  fs::rename(directory_.path() / "elsewhere", pool_.target);
  EXPECT_EQ(std::get<Standing>(look(layout_, data_)), Standing::asWanted);
}

TEST_F(DirectoryPool, LeavesAloneWhatIsSomebodyElses_I9) {
  const fs::path theirs = pool_.target / "web.disk.qcow2.new";
  std::ofstream(theirs) << "half a disk of somebody's";
  EXPECT_THAT(std::get<0>(open(layout_)), IsEmpty());
  EXPECT_TRUE(fs::exists(theirs));
  std::ofstream(layout_.disk(data_.node, data_.volume.name)) << "a disk of somebody's";
  EXPECT_THAT(disks::failure(look(layout_, data_))->str(), HasSubstr("bears no label of Berth's"));
}

TEST_F(DirectoryPool, OnTheDiskOfTheStateDirectoryHasNoRoomOfItsOwn) {
  EXPECT_EQ(std::get<Bytes>(roomOf(pool_, layout_.root().parent_path())), Bytes());
}

TEST(LogicalNames, ThatLvmDoesNotTakeAreToldOf) {
  const disks::VolumeGroup group{"vg-0", "tag"};
  EXPECT_FALSE(disks::objectionToLogical(group, "prod-db-0.data", "+incoming"));
  EXPECT_THAT(*disks::objectionToLogical(group, "snapshot-db-0.data", ""), HasSubstr("begins with snapshot"));
  const std::string longest(112, 'a');
  EXPECT_FALSE(disks::objectionToLogical(group, longest, "+incoming")) << "5 + 1 + 112 + 9 characters";
  EXPECT_THAT(*disks::objectionToLogical(group, longest + "a", "+incoming"), HasSubstr("too long for LVM"));
  EXPECT_THAT(*disks::objectionToLogical(group, std::string(56, '-') + "a", "+incoming"), HasSubstr("counted twice"));
}

/// Only where there is a volume group for tests.
class LogicalPool : public ::testing::TestWithParam<testing::Where> {
protected:
  const Uuid fleet_ = Uuid::random();
  berth::testing::TemporaryDirectory directory_;
  const testing::Place place_{GetParam(), directory_.path(), "vh1", fleet_};
  const Layout& layout_ = place_.layout;
  const disks::VolumeGroup& group_ = layout_.pool()->group;

  void lvm(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), group_.program);
    const auto ran = disks::runProgram(arguments, std::chrono::seconds(60));
    EXPECT_EQ(std::get<disks::Finished>(ran).status, 0) << std::get<disks::Finished>(ran).output;
  }
};

TEST_P(LogicalPool, LeavesAloneWhatIsSomebodyElses_I9) {
  lvm({"lvcreate", "--yes", "--name", "theirs", "--size", "4m", group_.name});
  for (const auto& failed : {disks::failure(disks::removeLogical(group_, "theirs")),
                             disks::failure(disks::extendLogical(group_, "theirs", 8_MiB)),
                             disks::failure(isThere(layout_, group_.device("theirs")))}) {
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->kind, disks::Error::Kind::permanent);
    EXPECT_THAT(failed->str(), HasSubstr("it is not Berth's"));
  }
  lvm({"lvremove", "--yes", group_.name + "/theirs"});
}

TEST_P(LogicalPool, OffersWhatIsOursAndWhatIsFree) {
  const auto before = std::get<Bytes>(disks::roomForOurs(group_));
  ASSERT_FALSE(disks::failure(disks::createLogical(group_, "ours", 40_MiB)));
  EXPECT_EQ(std::get<Bytes>(disks::roomForOurs(group_)), before);
  lvm({"lvcreate", "--yes", "--name", "theirs", "--size", "8m", group_.name});
  EXPECT_EQ(std::get<Bytes>(disks::roomForOurs(group_)), before - 8_MiB);
  lvm({"lvremove", "--yes", group_.name + "/theirs"});
  const auto tooMuch = disks::failure(disks::createLogical(group_, "more", before));
  ASSERT_TRUE(tooMuch);
  EXPECT_EQ(tooMuch->kind, disks::Error::Kind::temporary);
  EXPECT_THAT(tooMuch->str(), HasSubstr("insufficient free space"));
}

TEST_P(LogicalPool, GoesOnWithAReplacementWhereverThePowerWent_I2) {
  for (const bool formerIsGone : {false, true}) {
    ASSERT_FALSE(disks::failure(disks::createLogical(group_, "data", 4_MiB)));
    ASSERT_FALSE(disks::failure(disks::createLogical(group_, "data+new", 8_MiB)));
    EXPECT_TRUE(place_.has(group_.device("data")));
    EXPECT_EQ(used(layout_, group_.device("data")), 4_MiB) << "what is not whole takes no place";
    lvm({"lvchange", "--addtag", "berth-whole", group_.name + "/data+new"});
    if (formerIsGone) {
      lvm({"lvremove", "--yes", group_.name + "/data"});
    } else {
      ASSERT_FALSE(disks::failure(disks::replaceLogical(group_, "data+new", "data")));
    }
    EXPECT_TRUE(place_.has(group_.device("data")));
    EXPECT_EQ(used(layout_, group_.device("data")), 8_MiB);
    EXPECT_FALSE(std::get<0>(disks::findLogical(group_, "data+new")));
    EXPECT_FALSE(std::get<0>(disks::findLogical(group_, "data"))->isWhole);
    place_.lose(group_.device("data"));
  }
}

TEST_P(LogicalPool, WakesWhatSleepsAfterABoot) {
  ASSERT_FALSE(disks::failure(disks::createLogical(group_, "data", 4_MiB)));
  lvm({"lvchange", "--activate", "n", group_.name + "/data"});
  EXPECT_FALSE(fs::exists(group_.device("data")));
  EXPECT_TRUE(place_.has(group_.device("data")));
  EXPECT_TRUE(fs::exists(group_.device("data")));
}

TEST_P(LogicalPool, WhoseGroupIsNotThereIsAwayAndHasLostNothing_I11) {
  Pool gone = *layout_.pool();
  gone.group.name = "no-such-group";
  const auto failed = disks::failure(present(gone));
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->kind, disks::Error::Kind::temporary);
  EXPECT_THAT(failed->str(), HasSubstr("not found"));
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LogicalPool);
std::vector<testing::Where> logicalPools() {
  return testing::testGroup().empty() ? std::vector<testing::Where>{} : std::vector{testing::Where::logicalPool};
}
INSTANTIATE_TEST_SUITE_P(Places, LogicalPool, ::testing::ValuesIn(logicalPools()),
                         [](const auto& each) { return testing::nameOf(each.param); });

}  // namespace
}  // namespace berth::volumes
