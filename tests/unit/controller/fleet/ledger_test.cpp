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

// ---- deleting a volume --------------------------------------------------------------------------------------------

class AnOrphan : public ALedger {
protected:
  AnOrphan() {
    ledger_->put(aNode(1_GiB));
    ledger_->condemn(*NodeName::parse("prod-server-0"));
    const auto tombstones = ledger_->tombstones();
    for (const auto& [uuid, tombstone] : tombstones) ledger_->bury(uuid);
    (void)ledger_->settle();
  }
  const HostName kHost = *HostName::parse("vh1");
};

TEST_F(AnOrphan, IsOrderedToBeDeletedUpToTheGenerationOfThatMoment) {
  const auto before = ledger_->host(kHost)->generation;
  EXPECT_THAT(ledger_->manifest(kHost).volumeOrders, IsEmpty());
  ledger_->condemn(volume());
  EXPECT_EQ(volumesWritten(), 1u);
  EXPECT_EQ(ledger_->host(kHost)->generation, before.next());
  EXPECT_EQ(volume().deleteUntil, before);
  const auto order = ledger_->manifest(kHost).volumeOrders;
  ASSERT_EQ(order.size(), 1u);
  EXPECT_EQ(order[0], (message::VolumeOrder{
                          message::VolumeOrder::Verb::remove, volume().cluster, volume().node, kData, {}, before}));
}

TEST_F(AnOrphan, IsForgottenOnlyByTheAnswerToTheOrder) {
  const message::VolumeOrder meant{message::VolumeOrder::Verb::remove, volume().cluster, volume().node, kData, {},
                                   ledger_->host(kHost)->generation};
  EXPECT_FALSE(ledger_->carriedOut(kHost, meant)) << "nobody has ordered it";
  ledger_->condemn(volume());
  auto other = meant;
  other.at = Generation(meant.at.value() - 1);
  EXPECT_FALSE(ledger_->carriedOut(kHost, other)) << "an earlier order";
  EXPECT_FALSE(ledger_->carriedOut(*HostName::parse("vh2"), meant)) << "another host";
  EXPECT_TRUE(ledger_->carriedOut(kHost, meant));
  EXPECT_THAT(ledger_->volumes(), IsEmpty());
  EXPECT_THAT(ledger_->manifest(kHost).volumeOrders, IsEmpty());
  EXPECT_FALSE(ledger_->carriedOut(kHost, meant)) << "twice";
}

TEST_F(AnOrphan, ThatANodeWantsAgainIsDeletedFirstAndTheNewOneStays) {
  const message::VolumeOrder meant{message::VolumeOrder::Verb::remove, volume().cluster, volume().node, kData, {},
                                   ledger_->host(kHost)->generation};
  ledger_->condemn(volume());
  ledger_->put(aNode(512_MiB, 2));
  EXPECT_EQ(ledger_->manifest(kHost).volumeOrders.size(), 1u) << "the order stands";
  EXPECT_EQ(ledger_->manifest(kHost).entries.size(), 1u) << "its host waits with the node";
  EXPECT_TRUE(ledger_->carriedOut(kHost, meant));
  EXPECT_EQ(volume().deleteUntil, std::nullopt);
  EXPECT_EQ(volume().volume.size, 512_MiB);
  EXPECT_TRUE(ledger_->isInUse(volume()));
}

TEST_F(AnOrphan, IsCopiedAndRestoredByOrdersThatStandUntilTheyAreAnswered) {
  using Verb = message::VolumeOrder::Verb;
  const auto before = *message::SnapshotName::parse("before");
  const Ledger::VolumeKey key{volume().node, kData, kHost};
  ledger_->take({kHost, volume().cluster, volume().node, kData, before, 1_GiB, Generation()});
  auto orders = ledger_->manifest(kHost).volumeOrders;
  ASSERT_EQ(orders.size(), 1u);
  EXPECT_EQ(orders[0].verb, Verb::snapshot);
  EXPECT_EQ(orders[0].at, ledger_->host(kHost)->generation);
  auto other = orders[0];
  other.at = Generation(1);
  EXPECT_FALSE(ledger_->carriedOut(kHost, other)) << "another order";
  EXPECT_TRUE(ledger_->carriedOut(kHost, orders[0]));
  EXPECT_FALSE(ledger_->carriedOut(kHost, orders[0])) << "twice";
  EXPECT_TRUE(ledger_->snapshot({key, before})->made);
  EXPECT_THAT(ledger_->manifest(kHost).volumeOrders, IsEmpty());

  ledger_->restore(key, before);
  orders = ledger_->manifest(kHost).volumeOrders;
  ASSERT_EQ(orders.size(), 1u);
  EXPECT_EQ(orders[0].verb, Verb::restore);
  EXPECT_TRUE(ledger_->carriedOut(kHost, orders[0]));
  EXPECT_EQ(volume().restore, std::nullopt);

  ledger_->condemn(*ledger_->snapshot({key, before}));
  orders = ledger_->manifest(kHost).volumeOrders;
  ASSERT_EQ(orders.size(), 1u);
  EXPECT_EQ(orders[0].verb, Verb::remove);
  EXPECT_EQ(orders[0].snapshot, before);
  EXPECT_TRUE(ledger_->carriedOut(kHost, orders[0]));
  EXPECT_EQ(ledger_->snapshot({key, before}), nullptr);
  EXPECT_EQ(volume().deleteUntil, std::nullopt) << "the volume itself stays";
}

TEST_F(AnOrphan, IsStillBeingDeletedAfterARestart) {
  ledger_->condemn(volume());
  store::Snapshot snapshot;
  snapshot.fleet = store::test::kFleet;
  snapshot.hosts = {*ledger_->host(kHost)};
  snapshot.volumes = {volume()};
  const Ledger again(std::move(snapshot));
  EXPECT_EQ(again.manifest(kHost).volumeOrders.size(), 1u);
}

}  // namespace
}  // namespace berth::fleet
