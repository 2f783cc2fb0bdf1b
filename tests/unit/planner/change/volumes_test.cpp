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
  hosts[1].reserved.disk = 5_GiB;
  node::Blueprint wanted;
  wanted.name = kNode;
  wanted.volumes.emplace_back().name = kData;
  reserveOrphans(hosts, {{kNode, kData, kTwo, 1_GiB}, {kNode, kLogs, kTwo, 4_GiB}, {kOther, kData, kTwo, 2_GiB}},
                 {wanted});
  EXPECT_EQ(hosts[0].reserved.disk, Bytes());
  EXPECT_EQ(hosts[1].reserved.disk, 11_GiB) << "also of a volume that its node has no more";
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
  EXPECT_EQ(hosts[0].reserved.disk, 1_GiB) << "beside the new one";
}

}  // namespace
}  // namespace berth::change
