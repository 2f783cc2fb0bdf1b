// SPDX-License-Identifier: Apache-2.0
#include "controller/fleet/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/controller/store/records_for_tests.h"

namespace berth::fleet {
namespace {

using namespace std::chrono_literals;
using message::Phase;
using message::VolumeState;
using store::test::keyOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const HostName kOne = *HostName::parse("vh1");
const HostName kTwo = *HostName::parse("vh2");

store::Snapshot snapshot() {
  store::Snapshot all;
  all.fleet = store::test::kFleet;
  all.epoch = Epoch(5);
  std::uint8_t number = 0;
  for (const HostName& name : {kOne, kTwo}) {
    store::HostRecord host;
    host.name = name;
    host.key = keyOf(++number);
    all.hosts.push_back(host);
  }
  return all;
}

class AFleet : public testing::Test {
protected:
  AFleet() : ledger_(snapshot()), fleet_(ledger_, {2s, 10s}, now_) {}

  Moment moment() const { return {now_, 1000}; }
  void hear(const HostName& host, const message::FromAgent& body, Epoch epoch = Epoch(5)) {
    fleet_.hear(host, {1, epoch, Sequence(), 0}, body, moment(), outbox_);
  }
  /// Ends a turn; what is to be sent to `host`.
  std::vector<message::ToAgent> turn(const HostName& host) {
    for (const auto& write : ledger_.settle()) {
      if (const auto* event = std::get_if<store::EventRecord>(&write)) events_.push_back(event->message);
    }
    fleet_.push(outbox_);
    std::vector<message::ToAgent> sent;
    for (auto& each : outbox_) {
      if (auto* message = std::get_if<Send>(&each); message != nullptr && message->host == host) {
        sent.push_back(message->body);
      }
    }
    outbox_.clear();
    return sent;
  }
  template <class Body>
  static std::vector<Body> only(const std::vector<message::ToAgent>& sent) {
    std::vector<Body> found;
    for (const auto& each : sent) {
      if (const auto* body = std::get_if<Body>(&each)) found.push_back(*body);
    }
    return found;
  }
  static message::Hello hello() {
    message::Hello hello;
    hello.agentVersion = "0.1.0";
    hello.bootId = "boot-1";
    hello.capacity = {8, 16_GiB, 100_GiB};
    hello.epoch = Epoch(5);
    return hello;
  }
  store::NodeRecord place(const std::string& name, const HostName& host, std::uint64_t incarnation = 1) {
    store::NodeRecord node = store::test::node(name, name + "-spec", incarnation);
    node.host = host;
    ledger_.put(node);
    return node;
  }
  static message::InstanceStatus status(const store::NodeRecord& node, Phase phase) {
    message::InstanceStatus status;
    status.instance = node.id();
    status.phase = phase;
    return status;
  }
  static message::Status full(std::uint64_t sequence, std::vector<message::InstanceStatus> instances) {
    message::Status status;
    status.sequence = Sequence(sequence);
    status.extent = message::Status::Extent::full;
    status.instances = std::move(instances);
    return status;
  }
  static message::Status delta(std::uint64_t sequence, std::vector<message::InstanceStatus> instances) {
    message::Status status = full(sequence, std::move(instances));
    status.extent = message::Status::Extent::delta;
    return status;
  }

  TimePoint now_{1000s};
  Ledger ledger_;
  Fleet fleet_;
  Outbox outbox_;
  std::vector<std::string> events_;
};

// ---- volumes ------------------------------------------------------------------------------------------------------

class VolumesOfAFleet : public AFleet {
protected:
  VolumesOfAFleet() {
    hear(kOne, hello());
    node_ = store::test::node("prod-server-0", "spec", 1);
    node_.host = kOne;
    node_.volumes = {{kData, 2_GiB, true}};
    ledger_.put(node_);
  }
  void tell(const HostName& host, std::uint64_t sequence, std::vector<message::VolumeStatus> volumes) {
    message::Status status = full(sequence, {});
    status.volumes = std::move(volumes);
    hear(host, status);
  }
  message::VolumeStatus disk(Bytes size) const { return {node_.cluster, node_.name, {kData, size, true}}; }
  /// The only one that there is.
  message::VolumeRow volume() const {
    const auto all = fleet_.volumes();
    EXPECT_THAT(all, SizeIs(1));
    return all.at(0);
  }

  const VolumeName kData = *VolumeName::parse("data");
  store::NodeRecord node_;
};

TEST_F(VolumesOfAFleet, AreAttachedAsLongAsTheirHostHasNotDeniedIt) {
  EXPECT_EQ(volume(), (message::VolumeRow{
                          node_.name, node_.cluster, {kData, 2_GiB, true}, kOne, VolumeState::attached, Bytes()}));
  tell(kOne, 1, {});
  EXPECT_EQ(volume().state, VolumeState::awaited);
  tell(kOne, 2, {disk(1_GiB)});
  EXPECT_EQ(volume().state, VolumeState::attached);
  EXPECT_EQ(volume().volume.size, 2_GiB) << "as it should be";
  EXPECT_EQ(volume().actual, 1_GiB) << "as it is";
}

TEST_F(VolumesOfAFleet, AreOrphansOnceTheirNodeIsGoneAndMissingWhenTheirDiskIsToo) {
  ledger_.condemn(node_.name);
  EXPECT_EQ(volume().state, VolumeState::attached) << "the instance may still run";
  ledger_.bury(node_.instance);
  EXPECT_EQ(volume().state, VolumeState::orphan);
  tell(kOne, 1, {disk(2_GiB)});
  EXPECT_EQ(volume().state, VolumeState::orphan);
  tell(kOne, 2, {});
  EXPECT_EQ(volume().state, VolumeState::missing);
}

TEST_F(VolumesOfAFleet, AreStrangersWhereTheControllerNeverAskedForThem) {
  hear(kTwo, hello());
  tell(kTwo, 1, {disk(3_GiB)});
  const auto all = fleet_.volumes();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].state, VolumeState::attached) << "what another host claims changes nothing here";
  EXPECT_EQ(all[1],
            (message::VolumeRow{node_.name, node_.cluster, {kData, 3_GiB, true}, kTwo, VolumeState::stranger, 3_GiB}));
}

TEST_F(VolumesOfAFleet, StayAsLastToldWhenAReportSaysNothingOfThem) {
  tell(kOne, 1, {disk(2_GiB)});
  hear(kOne, full(2, {}));
  EXPECT_EQ(volume().actual, 2_GiB);
}

TEST_F(VolumesOfAFleet, AreDeletingUntilTheirHostSaysThatTheyAreGone) {
  ledger_.condemn(node_.name);
  ledger_.bury(node_.instance);
  tell(kOne, 1, {disk(2_GiB)});
  ledger_.condemn(store::VolumeRecord{kOne, node_.cluster, node_.name, {kData, 2_GiB, true}});
  EXPECT_EQ(volume().state, VolumeState::deleting);
  const auto order = ledger_.manifest(kOne).volumeOrders;
  ASSERT_THAT(order, SizeIs(1));
  tell(kOne, 2, {});
  EXPECT_EQ(volume().state, VolumeState::deleting) << "not listed is not yet gone: only the answer to the order counts";
  message::Status gone = full(3, {});
  gone.carriedOut = order;
  hear(kTwo, gone);
  EXPECT_EQ(volume().state, VolumeState::deleting) << "no host speaks for another";
  hear(kOne, gone);
  EXPECT_THAT(fleet_.volumes(), IsEmpty());
  EXPECT_THAT(ledger_.manifest(kOne).volumeOrders, IsEmpty());
}

TEST_F(VolumesOfAFleet, AreShownWithTheirSnapshotsAsOrderedAndAsTold) {
  using message::SnapshotState;
  const auto named = [](const char* name) { return *message::SnapshotName::parse(name); };
  ledger_.take({kOne, node_.cluster, node_.name, kData, named("before"), 2_GiB, Generation()});
  ASSERT_THAT(volume().snapshots, SizeIs(1));
  EXPECT_EQ(volume().snapshots[0].state, SnapshotState::awaited);
  auto told = disk(2_GiB);
  told.snapshots = {{named("before"), 1234, 2_GiB, 1_GiB, Generation()},
                    {named("other"), 1, 2_GiB, 1_GiB, Generation()}};
  message::Status status = full(1, {});
  status.volumes = {told};
  status.carriedOut = ledger_.manifest(kOne).volumeOrders;
  hear(kOne, status);
  const auto rows = volume().snapshots;
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0], (message::SnapshotRow{named("before"), SnapshotState::made, 1234, 2_GiB, 1_GiB}));
  EXPECT_EQ(rows[1].state, SnapshotState::stranger);
  tell(kOne, 2, {disk(2_GiB)});
  ASSERT_THAT(volume().snapshots, SizeIs(1));
  EXPECT_EQ(volume().snapshots[0].state, SnapshotState::missing);
}

TEST_F(VolumesOfAFleet, OfStrangersCanBeDeletedToo) {
  hear(kTwo, hello());
  tell(kTwo, 1, {disk(3_GiB)});
  ledger_.condemn(store::VolumeRecord{kTwo, node_.cluster, node_.name, {kData, 3_GiB, true}});
  const auto all = fleet_.volumes();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].state, VolumeState::attached);
  EXPECT_EQ(all[1].state, VolumeState::deleting);
  EXPECT_THAT(ledger_.manifest(kTwo).volumeOrders, SizeIs(1));
}

// ---- leases -------------------------------------------------------------------------------------------------------

TEST_F(AFleet, CountsANodeAsFencedOnlyWhenItsHostIsLostAndItsGraceIsOver_I1) {  // faults 33 and 62
  hear(kOne, hello());
  hear(kTwo, hello());
  auto node = place("prod-server-0", kOne);
  node.lossGrace = 60s;
  node.armed = true;
  ledger_.put(node);
  const auto pass = [&](std::chrono::seconds time) {
    now_ += time;
    hear(kTwo, message::Heartbeat{});
    fleet_.tick(moment());
  };
  pass(9s);
  EXPECT_FALSE(fleet_.fencedAt(node));
  pass(50s);
  EXPECT_EQ(fleet_.state(kOne), message::HostState::lost);
  EXPECT_FALSE(fleet_.isFenced(node));
  pass(1s);
  EXPECT_TRUE(fleet_.isFenced(node));
  hear(kOne, message::Heartbeat{});
  EXPECT_FALSE(fleet_.isFenced(node)) << "it speaks again";
}

TEST_F(AFleet, TakesItselfForTheOneThatIsCutOffWhenMostHostsAreLostAtOnce_I11) {  // fault 34
  hear(kOne, hello());
  hear(kTwo, hello());
  auto node = place("prod-server-0", kOne);
  node.lossGrace = 60s;
  node.armed = true;
  ledger_.put(node);
  now_ += 1h;
  fleet_.tick(moment());
  EXPECT_TRUE(fleet_.isCutOff());
  EXPECT_FALSE(fleet_.isFenced(node)) << "nothing is made elsewhere";
  hear(kTwo, message::Heartbeat{});
  fleet_.tick(moment());
  EXPECT_TRUE(fleet_.isFenced(node));
}

TEST_F(AFleet, KnowsAHostThatHasOnlyJoinedAsJoinedForEver) {
  now_ += 1h;
  fleet_.tick(moment());
  EXPECT_EQ(fleet_.state(kOne), message::HostState::joined);
}

TEST_F(AFleet, WelcomesAHostThatSaysHello) {
  hear(kOne, hello());
  const auto welcomes = only<message::Welcome>(turn(kOne));
  ASSERT_THAT(welcomes, SizeIs(1));
  EXPECT_EQ(welcomes[0].host, kOne);
  EXPECT_EQ(welcomes[0].heartbeatInterval, 2s);
  EXPECT_EQ(welcomes[0].lease, 10s);
  EXPECT_EQ(fleet_.state(kOne), message::HostState::ready);
  EXPECT_EQ(ledger_.host(kOne)->capacity, (message::Capacity{8, 16_GiB, 100_GiB}));
}

TEST_F(AFleet, LosesAHostAfterItsLeaseAndNotBefore) {
  hear(kOne, hello());
  now_ += 10s;
  fleet_.tick(moment());
  EXPECT_EQ(fleet_.state(kOne), message::HostState::ready);
  now_ += 1ms;
  fleet_.tick(moment());
  EXPECT_EQ(fleet_.state(kOne), message::HostState::lost);
  turn(kOne);
  EXPECT_THAT(events_, Contains(HasSubstr("is lost")));
}

TEST_F(AFleet, KeepsTheLeaseWithEveryMessage) {
  hear(kOne, hello());
  for (int i = 0; i < 10; ++i) {
    now_ += 9s;
    hear(kOne, message::Heartbeat{});
    fleet_.tick(moment());
    EXPECT_EQ(fleet_.state(kOne), message::HostState::ready);
  }
}

TEST_F(AFleet, FindsALostHostAgainWhenItSpeaks) {
  hear(kOne, hello());
  now_ += 1h;
  fleet_.tick(moment());
  hear(kOne, message::Heartbeat{});
  EXPECT_EQ(fleet_.state(kOne), message::HostState::ready);
}

TEST_F(AFleet, HoldsNobodyForLostUntilAFullLeaseAfterItsOwnBeginning) {
  auto all = snapshot();
  all.hosts[0].introduced = true;
  Ledger ledger(all);
  Fleet fresh(ledger, {2s, 10s}, now_);
  fresh.tick(moment());
  EXPECT_EQ(fresh.state(kOne), message::HostState::joined);
  now_ += 10s;
  fresh.tick(moment());
  EXPECT_EQ(fresh.state(kOne), message::HostState::joined);
  now_ += 1s;
  fresh.tick(moment());
  EXPECT_EQ(fresh.state(kOne), message::HostState::lost);
}

// ---- manifests ----------------------------------------------------------------------------------------------------

TEST_F(AFleet, PushesAManifestWhenItRisesAndNotAgainBeforeTheNextHeartbeat) {
  hear(kOne, hello());
  turn(kOne);
  const auto node = place("prod-server-0", kOne);
  const auto manifests = only<message::Manifest>(turn(kOne));
  ASSERT_THAT(manifests, SizeIs(1));
  EXPECT_EQ(manifests[0].generation, Generation(1));
  EXPECT_THAT(manifests[0].entries, ElementsAre(message::Manifest::Entry{node.id(), node.spec}));
  EXPECT_THAT(only<message::Manifest>(turn(kOne)), IsEmpty());
}

TEST_F(AFleet, PushesItAgainAsLongAsTheHostHasNotObservedIt) {
  hear(kOne, hello());
  place("prod-server-0", kOne);
  turn(kOne);
  hear(kOne, message::Heartbeat{Generation(0), Generation(0), Sequence()});
  EXPECT_THAT(only<message::Manifest>(turn(kOne)), SizeIs(1));
  hear(kOne, message::Heartbeat{Generation(1), Generation(0), Sequence()});
  EXPECT_THAT(only<message::Manifest>(turn(kOne)), IsEmpty());
}

TEST_F(AFleet, PushesItToEveryHostThatConnects) {
  place("prod-server-0", kOne);
  EXPECT_THAT(turn(kOne), IsEmpty()) << "nobody is there";
  message::Hello returning = hello();
  returning.observed = Generation(1);
  hear(kOne, returning);
  EXPECT_THAT(only<message::Manifest>(turn(kOne)), SizeIs(1)) << "its epoch may be new";
}

TEST_F(AFleet, RaisesOnlyTheGenerationsOfHostsWhoseManifestChanged) {
  const auto node = place("prod-server-0", kOne);
  turn(kOne);
  EXPECT_EQ(ledger_.host(kOne)->generation, Generation(1));
  EXPECT_EQ(ledger_.host(kTwo)->generation, Generation(0));
  store::NodeRecord tagged = node;
  tagged.tags["role"] = "other";
  ledger_.put(tagged);
  turn(kOne);
  EXPECT_EQ(ledger_.host(kOne)->generation, Generation(1)) << "tags are in no manifest";
}

TEST_F(AFleet, LeavesANodeOutOfEveryManifestUntilItsOldInstanceIsGone_I1) {
  hear(kOne, hello());
  hear(kTwo, hello());
  const auto old = place("prod-server-0", kOne);
  turn(kOne);
  store::NodeRecord moved = store::test::node("prod-server-0", "prod-server-0-spec", 2);
  moved.host = kTwo;
  // One with volumes would wait for them.
  moved.volumes.clear();
  ledger_.put(moved);
  const auto toOne = only<message::Manifest>(turn(kOne));
  ASSERT_THAT(toOne, SizeIs(1));
  EXPECT_THAT(toOne[0].entries, IsEmpty());
  EXPECT_THAT(toOne[0].tombstones, ElementsAre(message::Manifest::Tombstone{old.id()}));
  EXPECT_THAT(ledger_.manifest(kTwo).entries, IsEmpty());

  hear(kTwo, full(1, {status(old, Phase::gone)}));
  turn(kTwo);
  EXPECT_THAT(ledger_.manifest(kTwo).entries, IsEmpty()) << "only the host that had it can say that it is gone";

  hear(kOne, full(1, {status(old, Phase::stopping)}));
  turn(kOne);
  EXPECT_THAT(ledger_.manifest(kTwo).entries, IsEmpty());

  hear(kOne, delta(2, {status(old, Phase::gone)}));
  const auto toTwo = only<message::Manifest>(turn(kTwo));
  ASSERT_THAT(toTwo, SizeIs(1));
  EXPECT_THAT(toTwo[0].entries, ElementsAre(message::Manifest::Entry{moved.id(), moved.spec}));
  EXPECT_THAT(ledger_.manifest(kOne).tombstones, IsEmpty());
}

TEST_F(AFleet, DoesNotTakeGoneForAnOrderWithoutATombstone) {
  hear(kOne, hello());
  const auto node = place("prod-server-0", kOne);
  turn(kOne);
  hear(kOne, full(1, {status(node, Phase::gone)}));
  turn(kOne);
  EXPECT_NE(ledger_.node(node.name), nullptr);
  EXPECT_THAT(ledger_.manifest(kOne).entries, SizeIs(1));
}

// ---- what agents report -------------------------------------------------------------------------------------------

TEST_F(AFleet, KnowsANodeAsReadyOnlyOnceItsHostSaidSoInThisSession) {
  hear(kOne, hello());
  const auto node = place("prod-server-0", kOne);
  turn(kOne);
  EXPECT_FALSE(fleet_.standing(node).known);
  hear(kOne, full(1, {status(node, Phase::ready)}));
  EXPECT_TRUE(fleet_.standing(node).isReady());
  now_ += 1min;
  fleet_.tick(moment());
  EXPECT_FALSE(fleet_.standing(node).known);
  EXPECT_EQ(fleet_.standing(node).status.phase, Phase::ready) << "the last one known is still shown";
  hear(kOne, hello());
  EXPECT_FALSE(fleet_.standing(node).isReady()) << "a new session has to report first";
}

TEST_F(AFleet, LosesSightOfNoNodeWhenItsAgentSaysHelloAgainWithinTheLease) {
  hear(kOne, hello());
  const auto node = place("prod-server-0", kOne);
  hear(kOne, full(1, {status(node, Phase::ready)}));
  now_ += 5s;
  hear(kOne, hello());
  EXPECT_TRUE(fleet_.standing(node).isReady()) << "an agent that began anew, or measured its host anew";
  hear(kOne, full(1, {status(node, Phase::failed)}));
  EXPECT_EQ(fleet_.standing(node).status.phase, Phase::failed);
  message::Hello rebooted = hello();
  rebooted.bootId = "boot-2";
  hear(kOne, rebooted);
  EXPECT_FALSE(fleet_.standing(node).known) << "after a boot nothing is as it was";
}

TEST_F(AFleet, AsksForAFullReportAfterAGap) {
  hear(kOne, hello());
  hear(kOne, full(1, {}));
  turn(kOne);
  const auto node = place("prod-server-0", kOne);
  turn(kOne);
  hear(kOne, delta(3, {status(node, Phase::ready)}));
  EXPECT_THAT(only<message::ReportFully>(turn(kOne)), SizeIs(1));
  EXPECT_FALSE(fleet_.standing(node).isReady()) << "what came after the gap was not taken";
  hear(kOne, full(4, {status(node, Phase::ready)}));
  EXPECT_TRUE(fleet_.standing(node).isReady());
}

TEST_F(AFleet, TakesNoDeltaBeforeTheFirstFullReport) {
  hear(kOne, hello());
  turn(kOne);
  hear(kOne, delta(1, {}));
  EXPECT_THAT(only<message::ReportFully>(turn(kOne)), SizeIs(1));
}

TEST_F(AFleet, IgnoresWhatIsRepeatedOrOvertaken) {
  hear(kOne, hello());
  const auto node = place("prod-server-0", kOne);
  hear(kOne, full(1, {status(node, Phase::booting)}));
  hear(kOne, delta(2, {status(node, Phase::ready)}));
  hear(kOne, full(1, {status(node, Phase::booting)}));
  hear(kOne, delta(2, {status(node, Phase::stopped)}));
  EXPECT_TRUE(fleet_.standing(node).isReady());
}

TEST_F(AFleet, SeesByTheHeartbeatThatAReportWasLost) {
  hear(kOne, hello());
  hear(kOne, full(1, {}));
  turn(kOne);
  hear(kOne, message::Heartbeat{Generation(), Generation(), Sequence(1)});
  EXPECT_THAT(only<message::ReportFully>(turn(kOne)), IsEmpty());
  hear(kOne, message::Heartbeat{Generation(), Generation(), Sequence(2)});
  EXPECT_THAT(only<message::ReportFully>(turn(kOne)), SizeIs(1));
}

TEST_F(AFleet, SurvivesNumbersOfAnOlderSessionThatArriveLate) {
  hear(kOne, hello());
  const auto node = place("prod-server-0", kOne);
  hear(kOne, full(57, {status(node, Phase::ready)}));
  turn(kOne);
  hear(kOne, full(1, {status(node, Phase::booting)}));
  EXPECT_TRUE(fleet_.standing(node).isReady()) << "looks overtaken";
  hear(kOne, message::Heartbeat{Generation(), Generation(), Sequence(1)});
  EXPECT_THAT(only<message::ReportFully>(turn(kOne)), SizeIs(1));
  hear(kOne, full(2, {status(node, Phase::booting)}));
  EXPECT_EQ(fleet_.standing(node).status.phase, Phase::booting);
}

TEST_F(AFleet, AcknowledgesOnlyWhatItHasTaken) {
  hear(kOne, hello());
  hear(kOne, full(1, {}));
  turn(kOne);
  hear(kOne, delta(5, {}));
  hear(kOne, message::Heartbeat{Generation(), Generation(), Sequence(5)});
  const auto acks = only<message::HeartbeatAck>(turn(kOne));
  ASSERT_THAT(acks, SizeIs(1));
  EXPECT_LE(acks[0].status, Sequence(1));
}

TEST_F(AFleet, ForgetsWhatAFullReportDoesNotName) {
  hear(kOne, hello());
  const auto node = place("prod-server-0", kOne);
  hear(kOne, full(1, {status(node, Phase::ready)}));
  hear(kOne, full(2, {}));
  EXPECT_FALSE(fleet_.standing(node).isReady());
}

TEST_F(AFleet, LetsNoAgentSpeakForAnothersNodes) {
  hear(kOne, hello());
  hear(kTwo, hello());
  const auto node = place("prod-server-0", kOne);
  hear(kOne, full(1, {status(node, Phase::booting)}));
  hear(kTwo, full(1, {status(node, Phase::ready)}));
  EXPECT_EQ(fleet_.standing(node).status.phase, Phase::booting);
  EXPECT_THAT(fleet_.describe(kTwo, now_).conditions, Contains(HasSubstr("left alone")));
}

TEST_F(AFleet, KeepsNoMoreThanAFewStrangersHoweverManyAreClaimed) {
  hear(kOne, hello());
  std::vector<message::InstanceStatus> many;
  for (int i = 0; i < 1000; ++i) {
    message::InstanceStatus each;
    each.instance = {*NodeName::parse("x-y-" + std::to_string(i)), Uuid::random()};
    each.phase = Phase::ready;
    many.push_back(each);
  }
  hear(kOne, full(1, many));
  EXPECT_LE(fleet_.describe(kOne, now_).conditions.size(), 5u);
  turn(kOne);
  EXPECT_THAT(ledger_.manifest(kOne).tombstones, IsEmpty()) << "a stranger is not condemned (I11)";
}

TEST_F(AFleet, GivesSpecsOnlyToTheHostWhoseNodesTheyMake) {
  hear(kOne, hello());
  hear(kTwo, hello());
  const auto node = place("prod-server-0", kOne);
  turn(kOne);
  hear(kTwo, message::NeedSpecs{{node.spec}});
  hear(kOne, message::NeedSpecs{{node.spec, Digest::of("other"), node.spec}});
  std::vector<SendSpecs> answers;
  for (const auto& each : outbox_) {
    if (const auto* specs = std::get_if<SendSpecs>(&each)) answers.push_back(*specs);
  }
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(answers[0].host, kOne);
  EXPECT_THAT(answers[0].digests, ElementsAre(node.spec));
}

TEST_F(AFleet, RecordsEachEventOfAHostOnce) {
  hear(kOne, hello());
  message::Status status = full(1, {});
  status.events = {{Sequence(1), 500, {}, "one"}, {Sequence(2), 600, {}, "two"}};
  hear(kOne, status);
  hear(kOne, hello());
  status.events.push_back({Sequence(3), 700, {}, "three"});
  hear(kOne, status);
  turn(kOne);
  EXPECT_EQ(std::ranges::count(events_, "one"), 1);
  EXPECT_EQ(std::ranges::count(events_, "two"), 1);
  EXPECT_EQ(std::ranges::count(events_, "three"), 1);
}

TEST_F(AFleet, RecordsEventsOfAnAgentThatBeganToCountAnew) {
  hear(kOne, hello());
  message::Status status = full(1, {});
  status.events = {{Sequence(9), 500, {}, "before"}};
  hear(kOne, status);
  hear(kOne, hello());
  status.events = {{Sequence(1), 900, {}, "after"}};
  hear(kOne, status);
  turn(kOne);
  EXPECT_THAT(events_, Contains("after"));
}

// ---- who leads (I5, I11) ------------------------------------------------------------------------------------------

TEST_F(AFleet, DoesNotDriveAHostThatHasSeenAHigherEpoch) {
  place("prod-server-0", kOne);
  message::Hello ahead = hello();
  ahead.epoch = Epoch(9);
  hear(kOne, ahead);
  const auto sent = turn(kOne);
  EXPECT_THAT(only<message::Refusal>(sent), SizeIs(1));
  EXPECT_THAT(only<message::Manifest>(sent), IsEmpty());
  EXPECT_FALSE(fleet_.isDriven(kOne));
  EXPECT_THAT(fleet_.describe(kOne, now_).conditions, Contains(HasSubstr("take-over")));
}

TEST_F(AFleet, DoesNotDriveAHostThatHasSeenAHigherGenerationEvenOnceItsOwnHasRisen) {
  message::Hello ahead = hello();
  ahead.observed = Generation(3);
  hear(kOne, ahead);
  for (int i = 0; i < 5; ++i) {
    place("prod-server-" + std::to_string(i), kOne);
    EXPECT_THAT(only<message::Manifest>(turn(kOne)), IsEmpty());
  }
  EXPECT_GT(ledger_.host(kOne)->generation, Generation(3));
  hear(kOne, message::Heartbeat{Generation(3), Generation(3), Sequence()});
  EXPECT_THAT(only<message::Manifest>(turn(kOne)), IsEmpty()) << "only a person can resolve this";
  EXPECT_TRUE(ledger_.host(kOne)->ahead.has_value()) << "and a restart does not forget it";
}

TEST_F(AFleet, NoticesAHigherEpochInTheMiddleOfASession) {
  hear(kOne, message::Heartbeat{}, Epoch(8));
  EXPECT_FALSE(fleet_.isDriven(kOne));
}

TEST_F(AFleet, RefusesAHostOfAnotherFleet) {
  message::Hello stranger = hello();
  stranger.fleet = Uuid::random();
  hear(kOne, stranger);
  const auto sent = turn(kOne);
  EXPECT_THAT(only<message::Refusal>(sent), SizeIs(1));
  EXPECT_NE(fleet_.state(kOne), message::HostState::ready);
}

TEST_F(AFleet, TakesUpASessionWhoseBeginningItHasNotSeen) {
  place("prod-server-0", kOne);
  turn(kOne);
  hear(kOne, message::Heartbeat{Generation(0), Generation(0), Sequence(7)});
  const auto sent = turn(kOne);
  EXPECT_THAT(only<message::Welcome>(sent), SizeIs(1));
  EXPECT_FALSE(only<message::ReportFully>(sent).empty());
  EXPECT_THAT(only<message::Manifest>(sent), SizeIs(1));
}

TEST_F(AFleet, DoesNotListenToAHostThatWasRemoved) {
  ledger_.removeHost(kOne);
  hear(kOne, hello());
  EXPECT_THAT(turn(kOne), IsEmpty());
}

// ---- lost hosts -----------------------------------------------------------------------------------------------------

/// Three hosts; vh1 has a node that is made elsewhere when its host is lost for two minutes.
class LostHosts : public AFleet {
protected:
  LostHosts() {
    store::HostRecord third = *ledger_.host(kOne);
    third.name = kThree;
    third.key = keyOf(3);
    ledger_.put(third);
    for (const HostName& host : {kOne, kTwo, kThree}) hear(host, hello());
    node_ = store::test::node("prod-client-0", "spec", 1);
    node_.host = kOne;
    node_.lossGrace = 120s;
    node_.armed = true;
    ledger_.put(node_);
    (void)turn(kOne);
  }
  /// Time goes by, in which only these say anything.
  void pass(std::chrono::seconds time, const std::vector<HostName>& heard) {
    for (; time > 0s; time -= 2s) {
      now_ += 2s;
      for (const HostName& host : heard) hear(host, message::Heartbeat{});
      fleet_.tick(moment());
      (void)turn(kOne);
    }
  }

  const HostName kThree = *HostName::parse("vh3");
  store::NodeRecord node_;
};

TEST_F(LostHosts, I1_ANodeCountsAsFencedOnceItsHostHasBeenLostForItsGrace) {
  const auto silent = now_;
  EXPECT_FALSE(fleet_.fencedAt(node_)) << "its host is heard";
  pass(14s, {kTwo, kThree});
  EXPECT_EQ(fleet_.fencedAt(node_), silent + 120s);
  pass(104s, {kTwo, kThree});
  EXPECT_FALSE(fleet_.isFenced(node_));
  pass(4s, {kTwo, kThree});
  EXPECT_TRUE(fleet_.isFenced(node_));
  hear(kOne, message::Heartbeat{});
  EXPECT_FALSE(fleet_.isFenced(node_)) << "its host is back";
}

TEST_F(LostHosts, I1_WhatItsAgentMayNotHaveReadIsNotCountedOn) {
  node_.armed = false;
  ledger_.put(node_);
  (void)turn(kOne);
  pass(600s, {kTwo, kThree});
  EXPECT_FALSE(fleet_.isFenced(node_));
}

TEST_F(LostHosts, AnAgentThatHasItsManifestOnDiskIsArmed) {
  node_.armed = false;
  node_.spec = Digest::of("another");
  ledger_.put(node_);
  message::Heartbeat beat;
  beat.observed = ledger_.host(kOne)->generation;
  hear(kOne, beat);
  EXPECT_FALSE(ledger_.node(node_.name)->armed) << "the manifest changes in this very turn";
  (void)turn(kOne);
  hear(kOne, beat);
  EXPECT_FALSE(ledger_.node(node_.name)->armed) << "that was the one before";
  beat.observed = ledger_.host(kOne)->generation;
  hear(kOne, beat);
  EXPECT_TRUE(ledger_.node(node_.name)->armed);
}

TEST_F(LostHosts, I11_WhoLosesMoreThanHalfOfItsHostsIsCutOffItself) {
  pass(200s, {kThree});
  EXPECT_TRUE(fleet_.isCutOff());
  EXPECT_TRUE(fleet_.fencedAt(node_));
  EXPECT_FALSE(fleet_.isFenced(node_));
  pass(10s, {kTwo, kThree});
  EXPECT_TRUE(fleet_.isFenced(node_));
}

TEST_F(LostHosts, I1_WhatWaitsForItsRemovalThereIsFencedTooAndMakesWayForItsSuccessor) {
  ledger_.condemn(node_.name);
  store::NodeRecord next = node_;
  next.host = kTwo;
  next.incarnation = Incarnation(2);
  next.instance = ledger_.instanceOf(next);
  // One with volumes would wait for them.
  next.volumes.clear();
  ledger_.put(next);
  (void)turn(kOne);
  pass(110s, {kTwo, kThree});
  EXPECT_THAT(ledger_.manifest(kTwo).entries, IsEmpty()) << "it may still run on vh1";
  pass(14s, {kTwo, kThree});
  EXPECT_THAT(ledger_.manifest(kTwo).entries, SizeIs(1));
  EXPECT_THAT(ledger_.manifest(kOne).tombstones, SizeIs(1)) << "a host that comes back loses it";
  EXPECT_THAT(events_, Contains(HasSubstr("counts as fenced")));
  hear(kOne, hello());
  hear(kOne, full(1, {status(node_, Phase::gone)}));
  EXPECT_THAT(ledger_.tombstones(), IsEmpty());
}

TEST_F(LostHosts, AnAnswerToAHeartbeatSaysWhatTheHostShouldHaveByTheEndOfTheTurn) {
  message::Heartbeat beat;
  beat.beat = Sequence(77);
  hear(kOne, beat);
  ledger_.condemn(node_.name);
  const auto acks = only<message::HeartbeatAck>(turn(kOne));
  ASSERT_THAT(acks, SizeIs(1));
  EXPECT_EQ(acks[0].beat, Sequence(77));
  EXPECT_EQ(acks[0].generation, ledger_.host(kOne)->generation) << "raised by what was decided in the same turn";
}

}  // namespace
}  // namespace berth::fleet
