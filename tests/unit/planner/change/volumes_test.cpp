// SPDX-License-Identifier: Apache-2.0
#include "planner/change/volumes.h"

#include <gmock/gmock.h>

namespace berth::change {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const NodeName kNode = *NodeName::parse("prod-server-0");
const NodeName kOther = *NodeName::parse("prod-server-1");
const VolumeName kData = *VolumeName::parse("data");
const VolumeName kLogs = *VolumeName::parse("logs");
const HostName kOne = *HostName::parse("vh1");
const HostName kTwo = *HostName::parse("vh2");

std::vector<layout::Group> aPool() {
  return {{.name = "server", .needs = {}, .rules = {}, .nodes = {{kNode}, {kOther}}}};
}

TEST(Volumes, KeepTheirNodeOnTheirHost) {
  auto groups = aPool();
  EXPECT_THAT(pinToVolumes(groups, {{kNode, kData, kTwo, 1_GiB}, {kNode, kLogs, kTwo, 1_GiB}}), IsEmpty());
  ASSERT_TRUE(groups[0].nodes[0].pin);
  EXPECT_EQ(groups[0].nodes[0].pin->host, kTwo);
  EXPECT_EQ(groups[0].nodes[0].pin->reason, "its volume data is there");
  EXPECT_FALSE(groups[0].nodes[1].pin);
}

TEST(Volumes, RefuseAMoveOfTheirNode) {
  auto groups = aPool();
  groups[0].nodes[0].pin = layout::Pin{kOne, "the spec says so"};
  EXPECT_THAT(pinToVolumes(groups, {{kNode, kData, kTwo, 1_GiB}}),
              ElementsAre("prod-server-0 is to be on host vh1, but its volume data is on vh2"));
}

TEST(Volumes, OnSeveralHostsAreAPersonsToResolve) {
  auto groups = aPool();
  EXPECT_THAT(pinToVolumes(groups, {{kNode, kData, kOne, 1_GiB}, {kNode, kData, kTwo, 1_GiB}}),
              ElementsAre("volumes of prod-server-0 are on several hosts: data on vh1, data on vh2"));
}

TEST(Volumes, ThatNoWantedNodeHasTakeTheirRoom_I10) {
  std::vector<layout::Host> hosts(2);
  hosts[0].name = kOne;
  hosts[1].name = kTwo;
  hosts[1].reserved.volumes = 5_GiB;
  node::Blueprint wanted;
  wanted.name = kNode;
  wanted.volumes.emplace_back().name = kData;
  reserveOrphans(hosts, {{kNode, kData, kTwo, 1_GiB}, {kNode, kLogs, kTwo, 4_GiB}, {kOther, kData, kTwo, 2_GiB}},
                 {wanted});
  EXPECT_EQ(hosts[0].reserved.volumes, Bytes());
  EXPECT_EQ(hosts[1].reserved.volumes, 11_GiB) << "also of a volume that its node has no more";
}

TEST(Volumes, ThatGoKeepTheirRoomButNobodyAtTheirPlace) {
  auto groups = aPool();
  const std::vector<HeldVolume> going = {{kNode, kData, kTwo, 1_GiB, HeldVolume::Fate::lies}};
  EXPECT_THAT(pinToVolumes(groups, going), IsEmpty());
  EXPECT_FALSE(groups[0].nodes[0].pin);
  std::vector<layout::Host> hosts(1);
  hosts[0].name = kTwo;
  node::Blueprint wanted;
  wanted.name = kNode;
  wanted.volumes.emplace_back().name = kData;
  reserveOrphans(hosts, going, {wanted});
  EXPECT_EQ(hosts[0].reserved.volumes, 1_GiB) << "beside the new one";
}

// ---- volumes that follow their nodes
// ---------------------------------------------------------------------------------

std::vector<layout::Host> twoHosts(layout::HostState one, layout::HostState two) {
  std::vector<layout::Host> hosts(2);
  hosts[0] = {.name = kOne, .zone = {}, .labels = {}, .capacity = {}, .reserved = {}, .state = one};
  hosts[1] = {.name = kTwo, .zone = {}, .labels = {}, .capacity = {}, .reserved = {}, .state = two};
  return hosts;
}

/// Where node 0 is pinned to by this one volume, "reason" and all; "free" when it is not.
std::string pinBy(const HeldVolume& held, const std::vector<layout::Host>& hosts, VolumesOfLeavers leavers) {
  auto groups = aPool();
  EXPECT_THAT(pinToVolumes(groups, {held}, hosts, leavers), IsEmpty());
  const auto& pin = groups[0].nodes[0].pin;
  return pin ? pin->host.str() + ": " + pin->reason : "free";
}

TEST(Volumes, FollowTheirNodeOnlyOffAHostThatIsDrainedAndOnlyWhenAsked) {
  using State = layout::HostState;
  const HeldVolume held{kNode, kData, kOne, 1_GiB};
  const auto drained = twoHosts(State::draining, State::ready);
  EXPECT_EQ(pinBy(held, drained, VolumesOfLeavers::move), "free");
  EXPECT_EQ(pinBy(held, drained, VolumesOfLeavers::stay), "vh1: its volume data is there");
  for (const State state : {State::ready, State::cordoned, State::lost})
    EXPECT_EQ(pinBy(held, twoHosts(state, State::ready), VolumesOfLeavers::move), "vh1: its volume data is there");
}

TEST(Volumes, StayWhenTheyCannotBeCopiedAndSayWhy) {
  HeldVolume held{kNode, kData, kOne, 1_GiB};
  held.fixed = "has snapshot before-upgrade";
  EXPECT_EQ(pinBy(held, twoHosts(layout::HostState::draining, layout::HostState::ready), VolumesOfLeavers::move),
            "vh1: its volume data cannot follow it: it has snapshot before-upgrade");
}

TEST(Volumes, OnTheirWayLetTheirNodeWaitWhereTheyGoOrGoBackWhereTheyAre) {
  using State = layout::HostState;
  HeldVolume held{kNode, kData, kOne, 1_GiB};
  held.goesTo = kTwo;
  const std::string there = "vh2: its volume data is on its way there";
  const std::string back = "vh1: its volume data is there";
  for (const auto leavers : {VolumesOfLeavers::stay, VolumesOfLeavers::move}) {
    EXPECT_EQ(pinBy(held, twoHosts(State::draining, State::ready), leavers), there);
    EXPECT_EQ(pinBy(held, twoHosts(State::lost, State::ready), leavers), there);
    EXPECT_EQ(pinBy(held, twoHosts(State::ready, State::ready), leavers), back) << "nobody empties its host any more";
  }
  EXPECT_EQ(pinBy(held, twoHosts(State::draining, State::draining), VolumesOfLeavers::move), "free");
  EXPECT_EQ(pinBy(held, twoHosts(State::draining, State::draining), VolumesOfLeavers::stay), there);
}

TEST(Volumes, OfWhichOneHasComeAlreadyGoOnToTheOther) {
  auto groups = aPool();
  HeldVolume left{kNode, kLogs, kOne, 1_GiB};
  left.goesTo = kTwo;
  const auto hosts = twoHosts(layout::HostState::ready, layout::HostState::ready);
  EXPECT_THAT(pinToVolumes(groups, {{kNode, kData, kTwo, 1_GiB}, left}, hosts), IsEmpty());
  EXPECT_EQ(groups[0].nodes[0].pin->host, kTwo);
}

TEST(Volumes, AreCarriedThatTheNodeHasAndThatAreElsewhere) {
  node::Blueprint node;
  node.name = kNode;
  node.volumes = {{.name = kData, .size = 3_GiB}};
  const auto carried =
      carriedTo(kTwo, node, {{kNode, kData, kOne, 2_GiB}, {kNode, kLogs, kOne, 1_GiB}, {kOther, kData, kOne, 1_GiB}});
  ASSERT_EQ(carried.size(), 1u);
  EXPECT_EQ(carried[0].name, kData);
  EXPECT_EQ(carried[0].size, 2_GiB) << "it is grown afterwards";
  EXPECT_THAT(carriedTo(kOne, node, {{kNode, kData, kOne, 2_GiB}}), IsEmpty());
}

}  // namespace
}  // namespace berth::change
