// SPDX-License-Identifier: Apache-2.0
#include "agent/program/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::program {
namespace {

using namespace std::chrono_literals;
using message::Status;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const Uuid kFleet = Uuid::derive(Uuid(), "fleet");
const message::InstanceId kNode{NodeName::parse("a-0").value(), Uuid::derive(Uuid(), "a-0")};
const message::InstanceId kOther{NodeName::parse("a-1").value(), Uuid::derive(Uuid(), "a-1")};

class Talk : public testing::Test {
protected:
  Talk() {
    picture.epoch = Epoch(5);
    picture.known = true;
    picture.instances = {statusOf(kNode, message::Phase::ready)};
    (void)session.measured({4, 8_GiB, 100_GiB}, true, picture, now);
  }
  static message::Hello self() {
    message::Hello hello;
    hello.fleet = kFleet;
    return hello;
  }
  static message::InstanceStatus statusOf(const message::InstanceId& id, message::Phase phase) {
    message::InstanceStatus status;
    status.instance = id;
    status.phase = phase;
    return status;
  }
  Outcome hear(message::ToAgent body, std::uint64_t epoch = 5, std::uint64_t correlation = 0) {
    message::Message<message::ToAgent> message;
    message.header.epoch = Epoch(epoch);
    message.header.correlation = correlation;
    message.body = std::move(body);
    return session.heard(message, picture, events, now);
  }
  Outcome welcome(const Uuid& fleet = kFleet, std::uint64_t epoch = 5) {
    return hear(message::Welcome{fleet, HostName::parse("vh1").value(), 1s, 10s}, epoch);
  }
  void givenWelcomed() {
    (void)session.connected(picture, now);
    (void)welcome();
  }
  template <class Body>
  static std::vector<Body> said(const Outcome& outcome) {
    std::vector<Body> found;
    for (const auto& saying : outcome.say)
      if (const auto* body = std::get_if<Body>(&saying.body)) found.push_back(*body);
    return found;
  }
  Session session{self()};
  state::Events events{{}};
  Picture picture;
  TimePoint now = TimePoint() + 1h;
};

TEST_F(Talk, BeginsWithAHelloThatIsRepeatedUntilThereIsAWelcome) {
  EXPECT_THAT(said<message::Hello>(session.connected(picture, now)), SizeIs(1));
  EXPECT_THAT(session.tick(picture, now + 4s).say, IsEmpty());
  EXPECT_THAT(said<message::Hello>(session.tick(picture, now + 5s)), SizeIs(1));
  const auto out = welcome();
  EXPECT_EQ(session.state(), Session::State::welcomed);
  const auto statuses = said<Status>(out);
  ASSERT_THAT(statuses, SizeIs(1));
  EXPECT_EQ(statuses[0].extent, Status::Extent::full);
  EXPECT_EQ(statuses[0].sequence, Sequence(1));
  EXPECT_THAT(statuses[0].instances, SizeIs(1));
}

TEST_F(Talk, AControllerOfAnotherFleetIsNotObeyed) {
  (void)session.connected(picture, now);
  const auto out = welcome(Uuid::derive(Uuid(), "another"));
  EXPECT_THAT(out.log, ElementsAre(HasSubstr("refused a controller of fleet")));
  EXPECT_THAT(hear(message::Manifest{}).events, IsEmpty());
}

TEST_F(Talk, NothingIsObeyedBeforeTheWelcome) {
  (void)session.connected(picture, now);
  EXPECT_THAT(hear(message::Manifest{}).events, IsEmpty());
  EXPECT_EQ(session.refused(), 1u);
}

TEST_F(Talk, I5_AMessageOfALowerEpochIsRefusedAndCounted) {
  givenWelcomed();
  const auto out = hear(message::Manifest{}, 4);
  EXPECT_THAT(out.events, IsEmpty());
  EXPECT_EQ(session.refused(), 1u);
  EXPECT_THAT(out.log, SizeIs(1));
  EXPECT_THAT(hear(message::Manifest{}, 4).log, IsEmpty()) << "logged once";
  EXPECT_THAT(hear(message::Manifest{}, 5).events, SizeIs(1));
}

/// Found by berth-sim: a twin's welcome that overtook that of the controller was obeyed, though the agent had heard of
/// the higher epoch by then.
TEST_F(Talk, I5_AnEpochThatCameBeforeTheWelcomeCountsToo) {
  (void)session.connected(picture, now);
  EXPECT_THAT(hear(message::Manifest{}, 7).events, IsEmpty());
  EXPECT_THAT(welcome(kFleet, 6).events, IsEmpty());
  EXPECT_EQ(session.state(), Session::State::greeted);
  (void)welcome(kFleet, 7);
  EXPECT_EQ(session.state(), Session::State::welcomed);
  session.disconnected();
  (void)session.connected(picture, now);
  (void)welcome(kFleet, 6);
  EXPECT_EQ(session.state(), Session::State::welcomed) << "what was never in force is forgotten with the connection";
}

TEST_F(Talk, AnAnsweredHeartbeatConfirmsAsOfWhenItWasSaid) {
  givenWelcomed();
  now += 10s;
  const auto beats = said<message::Heartbeat>(session.tick(picture, now));
  ASSERT_THAT(beats, SizeIs(1));
  const auto said = now;
  now += 3s;
  const auto out = hear(message::HeartbeatAck{{}, {}, beats[0].beat, Generation(9)});
  ASSERT_THAT(out.events, SizeIs(1));
  const auto& confirmed = std::get<reconcile::event::Confirmed>(out.events[0]);
  EXPECT_EQ(confirmed.said, said);
  EXPECT_EQ(confirmed.generation, Generation(9));
  EXPECT_THAT(hear(message::HeartbeatAck{}).events, IsEmpty()) << "an older controller repeats nothing";
  const Sequence future(beats[0].beat.value() + 60'000'000'000u);
  EXPECT_THAT(hear(message::HeartbeatAck{{}, {}, future, {}}).events, IsEmpty()) << "that was not said by us";
}

TEST_F(Talk, ADeltaHoldsOnlyWhatChanged) {
  givenWelcomed();
  EXPECT_THAT(session.publish(picture, events).say, IsEmpty());
  picture.instances.push_back(statusOf(kOther, message::Phase::booting));
  const auto statuses = said<Status>(session.publish(picture, events));
  ASSERT_THAT(statuses, SizeIs(1));
  EXPECT_EQ(statuses[0].extent, Status::Extent::delta);
  EXPECT_EQ(statuses[0].sequence, Sequence(2));
  ASSERT_THAT(statuses[0].instances, SizeIs(1));
  EXPECT_EQ(statuses[0].instances[0].instance, kOther);
}

TEST_F(Talk, DeletedVolumesAreToldWithEveryStatusUntilNobodyAsksAnyMore) {
  givenWelcomed();
  const message::VolumeOrder gone{message::VolumeOrder::Verb::remove,
                                  ClusterName::parse("a").value(),
                                  NodeName::parse("a-0").value(),
                                  VolumeName::parse("data").value(),
                                  {},
                                  Generation(4)};
  picture.carriedOut = {gone};
  auto told = said<Status>(session.publish(picture, events));
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told[0].carriedOut, ElementsAre(gone));
  EXPECT_THAT(session.publish(picture, events).say, IsEmpty()) << "nothing is new";
  picture.conditions = {"something"};
  told = said<Status>(session.publish(picture, events));
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told[0].carriedOut, ElementsAre(gone));
  picture.carriedOut.clear();
  told = said<Status>(session.publish(picture, events));
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told[0].carriedOut, IsEmpty());
}

TEST_F(Talk, VolumesOnTheirWayAreToldAsTheyGetOn) {
  givenWelcomed();
  picture.volumeMoves = {
      {NodeName::parse("a-0").value(), VolumeName::parse("data").value(), Generation(4), 1, 0, 9, {}}};
  auto told = said<Status>(session.publish(picture, events));
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].volumeMoves, picture.volumeMoves);
  EXPECT_THAT(session.publish(picture, events).say, IsEmpty()) << "nothing is new";
  picture.volumeMoves[0].copied = 5;
  told = said<Status>(session.publish(picture, events));
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].volumeMoves[0].copied, 5u);
}

TEST_F(Talk, AHelloSaysWherePeersFindThisHost) {
  session.reachableAt("tcp://10.0.0.5:7404");
  (void)session.measured({}, true, picture, now);
  const auto greeted = said<message::Hello>(session.connected(picture, now));
  ASSERT_THAT(greeted, SizeIs(1));
  EXPECT_EQ(greeted[0].peers, "tcp://10.0.0.5:7404");
}

TEST_F(Talk, WhatIsThereNoLongerNeedsAFullStatus) {
  givenWelcomed();
  picture.instances.clear();
  const auto statuses = said<Status>(session.publish(picture, events));
  ASSERT_THAT(statuses, SizeIs(1));
  EXPECT_EQ(statuses[0].extent, Status::Extent::full);
}

TEST_F(Talk, AGapIsFilledByAFullStatus) {
  givenWelcomed();
  const auto statuses = said<Status>(hear(message::ReportFully{}));
  ASSERT_THAT(statuses, SizeIs(1));
  EXPECT_EQ(statuses[0].extent, Status::Extent::full);
  EXPECT_THAT(statuses[0].instances, SizeIs(1));
}

TEST_F(Talk, I11_BeforeTheFirstLookNoFullStatusSaysThatNothingIsHere) {
  picture.known = false;
  picture.conditions = {"the hypervisor cannot be asked"};
  (void)session.connected(picture, now);
  auto statuses = said<Status>(welcome());
  ASSERT_THAT(statuses, SizeIs(1));
  EXPECT_EQ(statuses[0].extent, Status::Extent::delta);
  EXPECT_THAT(said<Status>(hear(message::ReportFully{})), IsEmpty());
  picture.known = true;
  statuses = said<Status>(session.publish(picture, events));
  ASSERT_THAT(statuses, SizeIs(1));
  EXPECT_EQ(statuses[0].extent, Status::Extent::full);
}

TEST_F(Talk, EventsAreSaidOnceASessionAndAgainInTheNextUntilAcknowledged) {
  givenWelcomed();
  events.add(kNode, "started", 1000);
  auto statuses = said<Status>(session.publish(picture, events));
  ASSERT_THAT(statuses, SizeIs(1));
  EXPECT_THAT(statuses[0].events, SizeIs(1));
  EXPECT_THAT(session.publish(picture, events).say, IsEmpty());
  session.disconnected();
  (void)session.connected(picture, now);
  statuses = said<Status>(welcome());
  ASSERT_THAT(statuses, SizeIs(1));
  EXPECT_THAT(statuses[0].events, SizeIs(1));
  const auto out = hear(message::HeartbeatAck{Sequence(1), statuses[0].events[0].sequence});
  EXPECT_EQ(out.acknowledged, statuses[0].events[0].sequence);
}

TEST_F(Talk, HeartbeatsComeAtTheIntervalThatWasAskedFor) {
  givenWelcomed();
  int beats = 0;
  for (int tenth = 1; tenth <= 100; ++tenth) {
    now += 100ms;
    beats += static_cast<int>(said<message::Heartbeat>(session.tick(picture, now)).size());
    (void)hear(message::HeartbeatAck{});
  }
  EXPECT_GE(beats, 9);
  EXPECT_LE(beats, 10);
}

TEST_F(Talk, ASilentControllerIsConnectedToAnew) {
  givenWelcomed();
  EXPECT_FALSE(session.tick(picture, now + 19s).reconnect);
  EXPECT_TRUE(session.tick(picture, now + 20s).reconnect);
  EXPECT_EQ(session.state(), Session::State::away);
}

TEST_F(Talk, AHelloThatNobodyAnswersAlsoEndsInANewSocket) {
  (void)session.connected(picture, now);
  EXPECT_TRUE(session.tick(picture, now + 20s).reconnect);
}

TEST_F(Talk, ARefusedHostAsksAgainLater) {
  (void)session.connected(picture, now);
  const auto out = hear(message::Refusal{"removed by an admin"});
  EXPECT_THAT(out.log, ElementsAre("the controller refuses this host: removed by an admin"));
  EXPECT_THAT(session.tick(picture, now + 29s).say, IsEmpty());
  EXPECT_THAT(said<message::Hello>(session.tick(picture, now + 30s)), SizeIs(1));
}

TEST_F(Talk, NewCapacityIsAReasonForANewHello) {
  givenWelcomed();
  EXPECT_THAT(session.measured({4, 8_GiB, 100_GiB}, true, picture, now).say, IsEmpty());
  EXPECT_THAT(said<message::Hello>(session.measured({8, 8_GiB, 100_GiB}, true, picture, now)), SizeIs(1));
  EXPECT_THAT(said<message::Hello>(session.measured({8, 8_GiB, 50_GiB}, true, picture, now)), SizeIs(1));
}

TEST_F(Talk, ADiskWhoseSizeWaversIsNoReasonForANewHello) {
  givenWelcomed();
  for (const Bytes disk : {100_GiB - 1_GiB, 100_GiB, 100_GiB + 1_GiB}) {
    EXPECT_THAT(session.measured({4, 8_GiB, disk}, true, picture, now).say, IsEmpty());
  }
  EXPECT_THAT(said<message::Hello>(session.measured({4, 8_GiB, 97_GiB}, true, picture, now)), SizeIs(1))
      << "little by little is measured against what was told, not against what was measured last";
}

TEST_F(Talk, AQuestionKeepsItsCorrelation) {
  givenWelcomed();
  const auto out = hear(message::ReadConsole{kNode, 0, 100}, 5, 42);
  ASSERT_THAT(out.questions, SizeIs(1));
  EXPECT_EQ(out.questions[0].correlation, 42u);
}

}  // namespace
}  // namespace berth::program
