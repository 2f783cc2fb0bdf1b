// SPDX-License-Identifier: Apache-2.0
#include "controller/fleet/ledger.h"

#include <gmock/gmock.h>

#include "tests/unit/controller/store/records_for_tests.h"

namespace berth::fleet {
namespace {

using testing::IsEmpty;

const VolumeName kData = *VolumeName::parse("data");

store::NodeRecord aNode(Bytes size, std::uint64_t incarnation = 1) {
  store::NodeRecord node = store::test::node("prod-server-0", "spec", incarnation);
  node.volumes = {{kData, size, true}};
  return node;
}

class ALedger : public testing::Test {
protected:
  ALedger() {
    store::Snapshot snapshot;
    snapshot.fleet = store::test::kFleet;
    snapshot.hosts = {store::test::host("vh1", 1)};
    ledger_.emplace(std::move(snapshot));
  }
  /// The only volume that there is.
  const store::VolumeRecord& volume() {
    EXPECT_EQ(ledger_->volumes().size(), 1u);
    return ledger_->volumes().begin()->second;
  }
  std::size_t volumesWritten() {
    std::size_t count = 0;
    for (const auto& write : ledger_->settle()) count += std::holds_alternative<store::VolumeRecord>(write) ? 1 : 0;
    return count;
  }

  std::optional<Ledger> ledger_;
};

TEST_F(ALedger, KnowsTheVolumesOfANodeFromWhenItIsPutInForceAndWritesEachOnce) {
  ledger_->put(aNode(1_GiB));
  EXPECT_EQ(volumesWritten(), 1u);
  EXPECT_EQ(volume(), (store::VolumeRecord{*HostName::parse("vh1"),
                                           *ClusterName::parse("prod"),
                                           *NodeName::parse("prod-server-0"),
                                           {kData, 1_GiB, true}}));
  ledger_->put(aNode(1_GiB));
  EXPECT_EQ(volumesWritten(), 0u);
  ledger_->put(aNode(2_GiB));
  EXPECT_EQ(volumesWritten(), 1u);
  EXPECT_EQ(volume().volume.size, 2_GiB);
}

TEST_F(ALedger, KeepsAVolumeWhenItsNodeIsReplacedAndWhenItGoes_I2) {
  ledger_->put(aNode(1_GiB));
  ledger_->put(aNode(1_GiB, 2));
  EXPECT_TRUE(ledger_->isInUse(volume()));
  ledger_->condemn(*NodeName::parse("prod-server-0"));
  EXPECT_TRUE(ledger_->isInUse(volume())) << "the instance may still run";
  const auto tombstones = ledger_->tombstones();
  for (const auto& [uuid, tombstone] : tombstones) ledger_->bury(uuid);
  EXPECT_THAT(ledger_->tombstones(), IsEmpty());
  EXPECT_FALSE(ledger_->isInUse(volume()));
}

TEST_F(ALedger, NeverTakesAVolumeForSmallerThanItIs) {
  ledger_->put(aNode(2_GiB));
  ledger_->put(aNode(1_GiB));
  EXPECT_EQ(volume().volume.size, 2_GiB);
}

}  // namespace
}  // namespace berth::fleet
