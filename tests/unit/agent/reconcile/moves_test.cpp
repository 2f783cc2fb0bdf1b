// SPDX-License-Identifier: Apache-2.0
//
// Volumes that come from other hosts and go there, as the agent's mind sees it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/reconcile/reconciler.h"
#include "tests/simulation/agent_model.h"

namespace berth::reconcile {
namespace {

using namespace std::chrono_literals;
using message::Phase;
using message::VolumeMove;
using Side = message::VolumeMove::Side;
using simulation::AgentModel;
using simulation::specFor;
using simulation::Wish;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const Wish kFirst{"a-0", 1};
const Wish kSecond{"a-0", 2};
const VolumeName kData = VolumeName::parse("data").value();
const std::pair kName(NodeName::parse("a-0").value(), kData);

message::NodeSpec withVolume() {
  auto spec = specFor("a-0");
  spec.volumes = {{kData, 1_GiB, true}};
  return spec;
}

VolumeMove move(Side side) {
  VolumeMove move{side,          ClusterName::parse("a").value(), kName.first,         kData,
                  Generation(7), HostName::parse("vh9").value(),  std::string(40, '0')};
  if (side == Side::takes) move.peerEndpoint = "tcp://vh9:7404", move.size = 1_GiB;
  return move;
}

class Moves : public testing::Test {
protected:
  Moves() {
    host.specify(withVolume());
    host.readPeer = [this](const VolumeMove&) { return peer; };
  }
  void TearDown() override { EXPECT_EQ(host.broken(), ""); }

  AgentModel host;
  /// What the other host has; nothing while it does not answer.
  std::optional<std::uint64_t> peer = 42;
};

TEST_F(Moves, AVolumeIsTakenAndIsThenOneOfThisHost) {
  host.volumeMoves = {move(Side::takes)};
  host.order({});
  host.run(5s);
  ASSERT_THAT(host.mind().volumes(), SizeIs(1));
  EXPECT_EQ(host.mind().volumes()[0].since, Generation(7)) << "by that the controller knows it";
  EXPECT_THAT(host.mind().volumeMoves(), IsEmpty());
  EXPECT_EQ(host.mind().reached(), host.mind().observed());
  EXPECT_EQ(host.written[kName], 42u);
  host.volumeMoves.clear();
  host.order({kSecond});
  host.run(40s);
  EXPECT_EQ(host.phase(kSecond), Phase::ready);
  EXPECT_EQ(host.written[kName], 43u) << "its guest found what was copied";
}

TEST_F(Moves, ProgressIsToldAndWhatKeepsItIsACondition) {
  peer.reset();
  host.volumeMoves = {move(Side::takes)};
  host.order({});
  host.run(5s);
  ASSERT_THAT(host.mind().volumeMoves(), SizeIs(1));
  EXPECT_EQ(host.mind().volumeMoves()[0].failure, "the other host does not answer");
  EXPECT_THAT(host.mind().conditions(),
              ElementsAre("a-0: this host is to take volume data from vh9, and has not yet: the other host does not "
                          "answer"));
  EXPECT_LT(host.mind().reached(), host.mind().observed());
  peer = 42;
  host.run(2min);
  EXPECT_THAT(host.mind().conditions(), IsEmpty());
  EXPECT_THAT(host.mind().volumes(), SizeIs(1));
}

TEST_F(Moves, NoInstanceIsMadeWhileItsVolumeIsOnItsWay_I2) {
  peer.reset();
  host.volumeMoves = {move(Side::takes)};
  host.order({kSecond});
  host.run(2min);
  EXPECT_EQ(host.count("create a-0/2"), 0u) << "whatever a manifest says";
  EXPECT_THAT(host.volumes, IsEmpty());
}

TEST_F(Moves, AnAgentThatBeginsAnewGoesOn) {
  host.volumeMoves = {move(Side::takes)};
  host.order({});
  for (int i = 0; i < 6; ++i) host.step();
  host.crash();
  host.run(10s);
  EXPECT_THAT(host.mind().volumes(), SizeIs(1));
}

TEST_F(Moves, WhatIsNotAskedForAnyMoreIsLeft) {
  // It never gets to its end: its source changes all the time.
  host.spoilsPiece = [] { return true; };
  host.volumeMoves = {move(Side::takes)};
  host.order({});
  host.step();
  host.step();
  host.volumeMoves.clear();
  host.volumeOrders = {
      {message::VolumeOrder::Verb::remove, ClusterName::parse("a").value(), kName.first, kData, {}, Generation(7)}};
  host.order({});
  host.run(1min);
  EXPECT_THAT(host.mind().volumeMoves(), IsEmpty());
  EXPECT_THAT(host.arriving, IsEmpty()) << "what had come is swept by its order";
  EXPECT_EQ(host.mind().carriedOut(), host.volumeOrders);
}

TEST_F(Moves, AVolumeIsGivenOnlyWhileNoDomainOfItsNodeIsHere_I1) {
  host.order({kFirst});
  host.run(40s);
  host.volumeMoves = {move(Side::gives)};
  host.order({}, {kFirst});
  EXPECT_THAT(host.given, IsEmpty()) << "its guest still runs";
  host.run(1min);
  EXPECT_THAT(host.given, ElementsAre(move(Side::gives)));
  EXPECT_TRUE(host.giveTo(move(Side::takes)));
  host.crash();
  host.run(5s);
  EXPECT_THAT(host.given, SizeIs(1)) << "a new process knows it from its manifest";
  host.volumeMoves.clear();
  host.order({kSecond});
  host.run(5s);
  EXPECT_THAT(host.given, IsEmpty());
  EXPECT_FALSE(host.giveTo(move(Side::takes)));
}

TEST_F(Moves, AHostGivesNoMoreDiskThanItsOwnerAllows) {
  auto large = move(Side::takes);
  large.size = 5000_GiB;
  host.volumeMoves = {large};
  host.order({});
  host.run(5s);
  ASSERT_THAT(host.mind().volumeMoves(), SizeIs(1));
  EXPECT_THAT(host.mind().volumeMoves()[0].failure, HasSubstr("there is no room for its 5000GiB"));
}

TEST_F(Moves, AManifestThatMovesAVolumeTwiceIsRefused) {
  host.volumeMoves = {move(Side::takes), move(Side::gives)};
  host.order({kFirst});
  host.run(5s);
  EXPECT_THAT(host.mind().conditions(), ElementsAre(HasSubstr("which names a node or an instance twice, or orders two "
                                                              "things about a volume")));
  EXPECT_THAT(host.acts, IsEmpty());
}

}  // namespace
}  // namespace berth::reconcile
