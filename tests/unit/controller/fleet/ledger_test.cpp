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

// ---- volumes that follow their node
// ----------------------------------------------------------------------------------

const HostName kOld = *HostName::parse("vh1");
const HostName kNew = *HostName::parse("vh2");
const NodeName kServer = *NodeName::parse("prod-server-0");
const Ledger::VolumeKey kThere{kServer, kData, kOld};
const Ledger::VolumeKey kHere{kServer, kData, kNew};

/// A node that was put in force on vh2, with its volume on vh1.
class AMove : public testing::Test {
protected:
  AMove() {
    store::Snapshot snapshot;
    snapshot.fleet = store::test::kFleet;
    snapshot.hosts = {store::test::host("vh1", 1), store::test::host("vh2", 2), store::test::host("vh3", 3)};
    for (auto& host : snapshot.hosts) host.peers = "tcp://" + host.name.str() + ":7404";
    ledger_.emplace(std::move(snapshot));
    ledger_->put(on(kOld, 1));
    (void)ledger_->settle();
    ledger_->condemn(kServer);
    ledger_->put(on(kNew, 2));
    (void)ledger_->settle();
  }
  static store::NodeRecord on(const HostName& host, std::uint64_t incarnation) {
    auto node = aNode(2_GiB, incarnation);
    node.host = host;
    return node;
  }
  void bury() {
    const auto all = ledger_->tombstones();
    for (const auto& [uuid, tombstone] : all) ledger_->bury(uuid);
    (void)ledger_->settle();
  }
  [[nodiscard]] Generation at() const { return ledger_->volume(kHere)->incoming->at; }
  void arrive() {
    ASSERT_TRUE(ledger_->arrived(kHere, at()));
    (void)ledger_->settle();
  }
  /// The host carries out all that it is to do with volumes.
  void obey(const HostName& host) {
    for (const auto& order : ledger_->manifest(host).volumeOrders) EXPECT_TRUE(ledger_->carriedOut(host, order));
    (void)ledger_->settle();
  }

  std::optional<Ledger> ledger_;
};

TEST_F(AMove, BeginsOnceTheOldInstanceIsGone_I1) {
  EXPECT_TRUE(ledger_->awaitsVolumes(kServer));
  EXPECT_THAT(ledger_->manifest(kOld).volumeMoves, IsEmpty());
  EXPECT_THAT(ledger_->manifest(kNew).volumeMoves, IsEmpty());
  const auto before = ledger_->host(kNew)->generation;
  bury();
  EXPECT_GT(ledger_->host(kNew)->generation, before);
  using Side = message::VolumeMove::Side;
  const auto& one = *ledger_->host(kOld);
  const auto& two = *ledger_->host(kNew);
  const message::VolumeMove takes{
      Side::takes, *ClusterName::parse("prod"), kServer, kData, at(), kOld, one.key.str(), "tcp://vh1:7404", 2_GiB};
  const message::VolumeMove gives{Side::gives, *ClusterName::parse("prod"), kServer, kData, at(), kNew, two.key.str()};
  EXPECT_THAT(ledger_->manifest(kNew).volumeMoves, testing::ElementsAre(takes));
  EXPECT_THAT(ledger_->manifest(kOld).volumeMoves, testing::ElementsAre(gives));
  EXPECT_THAT(ledger_->manifest(kNew).entries, IsEmpty()) << "the node waits for its volume";
}

TEST_F(AMove, LetsTheNodeBeginOnlyWhenItsVolumeHasCome_I2) {
  bury();
  EXPECT_FALSE(ledger_->arrived(kHere, Generation(at().value() + 1))) << "of another move";
  EXPECT_FALSE(ledger_->arrived(kThere, at())) << "another host";
  EXPECT_TRUE(ledger_->isInUse(*ledger_->volume(kThere))) << "nobody may delete what is being copied";
  arrive();
  EXPECT_FALSE(ledger_->awaitsVolumes(kServer));
  EXPECT_EQ(ledger_->manifest(kNew).entries.size(), 1u);
  EXPECT_THAT(ledger_->manifest(kNew).volumeMoves, IsEmpty());
  EXPECT_TRUE(ledger_->volume(kHere)->isWhole());
  EXPECT_EQ(ledger_->volume(kThere)->movedTo, kNew);
  EXPECT_FALSE(ledger_->volume(kThere)->order()) << "it is not deleted by that";
  EXPECT_THAT(ledger_->moved(), testing::ElementsAre(kThere));
}

TEST_F(AMove, ThatIsTakenBackLeavesTheSourceAsItIsAndSweepsTheRest) {
  bury();
  const auto begun = at();
  ledger_->condemn(kServer);
  ledger_->put(on(kOld, 3));
  (void)ledger_->settle();
  EXPECT_TRUE(ledger_->volume(kThere)->isWhole());
  const auto order = ledger_->volume(kHere)->order();
  ASSERT_TRUE(order);
  EXPECT_EQ(order->verb, message::VolumeOrder::Verb::remove);
  EXPECT_GE(order->at, begun) << "what has come of it was made by then";
  EXPECT_FALSE(ledger_->arrived(kHere, begun)) << "it may have come in the same moment";
  EXPECT_FALSE(ledger_->awaitsVolumes(kServer));
  obey(kNew);
  EXPECT_EQ(ledger_->volume(kHere), nullptr);
}

TEST_F(AMove, ThatIsBegunAgainWaitsUntilWhatIsLeftOfTheFirstIsGone) {
  bury();
  const auto first = at();
  ledger_->condemn(kServer);
  ledger_->put(on(kOld, 3));
  (void)ledger_->settle();
  ledger_->condemn(kServer);
  ledger_->put(on(kNew, 4));
  (void)ledger_->settle();
  bury();
  EXPECT_TRUE(ledger_->awaitsVolumes(kServer)) << "it would get an empty one";
  EXPECT_THAT(ledger_->manifest(kNew).entries, IsEmpty());
  obey(kNew);
  ASSERT_TRUE(ledger_->volume(kHere)->incoming);
  EXPECT_GT(at(), first);
  EXPECT_EQ(ledger_->manifest(kNew).volumeMoves.size(), 1u);
}

TEST_F(AMove, GoesOnWhenItsNodeIsMadeAnewWhereItGoes) {
  bury();
  const auto begun = at();
  ledger_->condemn(kServer);
  ledger_->put(on(kNew, 3));
  (void)ledger_->settle();
  ASSERT_TRUE(ledger_->volume(kHere)->incoming);
  EXPECT_EQ(at(), begun);
}

TEST_F(AMove, EndsWithItsNode) {
  bury();
  ledger_->condemn(kServer);
  (void)ledger_->settle();
  EXPECT_TRUE(ledger_->volume(kHere)->deleteUntil);
  EXPECT_TRUE(ledger_->volume(kThere)->isWhole());
}

TEST_F(AMove, BackFindsWhatWasLeftBehindOutdatedAndCopiesAnew) {
  bury();
  arrive();
  ledger_->condemn(kServer);
  ledger_->put(on(kOld, 3));
  (void)ledger_->settle();
  bury();
  EXPECT_TRUE(ledger_->volume(kThere)->deleteUntil) << "it is older than what is on vh2";
  EXPECT_TRUE(ledger_->awaitsVolumes(kServer));
  obey(kOld);
  ASSERT_TRUE(ledger_->volume(kThere)->incoming);
  EXPECT_EQ(ledger_->volume(kThere)->incoming->from, kNew);
}

TEST_F(AMove, OnToAThirdHostKnowsWhereTheNewestIs) {
  bury();
  arrive();
  ledger_->condemn(kServer);
  ledger_->put(on(*HostName::parse("vh3"), 3));
  (void)ledger_->settle();
  bury();
  const Ledger::VolumeKey third{kServer, kData, *HostName::parse("vh3")};
  ASSERT_TRUE(ledger_->volume(third)->incoming);
  EXPECT_EQ(ledger_->volume(third)->incoming->from, kNew);
  EXPECT_TRUE(ledger_->arrived(third, ledger_->volume(third)->incoming->at));
  EXPECT_EQ(ledger_->volume(kThere)->movedTo, third.host);
  EXPECT_EQ(ledger_->volume(kHere)->movedTo, third.host);
}

TEST_F(AMove, IsToldAnewWhenItsSourceIsReachedElsewhere) {
  bury();
  const auto before = ledger_->host(kNew)->generation;
  auto host = *ledger_->host(kOld);
  host.peers = "tcp://10.0.0.9:7404";
  ledger_->put(host);
  (void)ledger_->settle();
  EXPECT_GT(ledger_->host(kNew)->generation, before) << "one generation is one content";
  EXPECT_EQ(ledger_->manifest(kNew).volumeMoves[0].peerEndpoint, host.peers);
  host.peers.clear();
  ledger_->put(host);
  (void)ledger_->settle();
  EXPECT_THAT(ledger_->manifest(kNew).volumeMoves, IsEmpty()) << "an older agent: nobody knows where to ask";
}

TEST_F(ALedger, NamesTheRootDisksThatAHostIsToKeepUntilTheNodeNeedsThemNoMore) {
  ledger_->put(aNode(1_GiB));
  auto next = aNode(1_GiB, 2);
  const auto former = ledger_->node(next.name)->instance;
  next.retired = {former, ledger_->node(next.name)->spec};
  ledger_->put(next);
  const auto named = [&] { return ledger_->manifest(next.host).retiredDisks; };
  EXPECT_THAT(named(), testing::ElementsAre(message::Manifest::RetiredDisk{{next.name, former}, {}}))
      << "while the old instance still goes";
  ledger_->bury(former);
  EXPECT_EQ(named().size(), 1u);
  auto back = aNode(1_GiB, 3);
  back.retired = {former, next.spec, true};
  ledger_->put(back);
  EXPECT_THAT(named(), testing::ElementsAre(message::Manifest::RetiredDisk{{next.name, former}, back.instance}));
  (void)ledger_->settle();
  const auto generation = ledger_->host(next.host)->generation;
  EXPECT_TRUE(ledger_->dropRetired(next.name));
  EXPECT_FALSE(ledger_->dropRetired(next.name));
  (void)ledger_->settle();
  EXPECT_THAT(named(), IsEmpty());
  EXPECT_GT(ledger_->host(next.host)->generation, generation) << "its host has to hear of it";
}

}  // namespace
}  // namespace berth::fleet
