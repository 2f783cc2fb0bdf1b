// SPDX-License-Identifier: Apache-2.0
//
// The whole agent but its hypervisor, against a controller of ours: sockets, disks, image cache, workers.
#include <algorithm>
#include <csignal>

#include <gmock/gmock.h>

#include "tests/integration/agent/program/house.h"

namespace berth::program {
namespace {

using message::Phase;
using testing::HasSubstr;

TEST_F(House, ANodeThatIsOrderedIsMadeAndReady) {
  startAgent();
  order({{"a-0", 1}});
  until("a-0 is ready", [&] { return phase("a-0") == Phase::ready && reached == manifest.generation; });
  EXPECT_EQ(observed, manifest.generation);
  EXPECT_TRUE(runs("a-0"));
  EXPECT_EQ(hellos.at(0).fleet, fleet);
  EXPECT_EQ(hellos.at(0).zone, "a");
  EXPECT_TRUE(hellos.at(0).artifacts);
  EXPECT_EQ(hellos.at(0).capacity.vcpus, 8u);
  EXPECT_GT(hellos.at(0).capacity.disk, Bytes());
}

TEST_F(House, AReplacementIsStartedOnceTheOldOneIsGone) {
  startAgent();
  order({{"a-0", 1}});
  until("a-0 is ready", [&] { return phase("a-0") == Phase::ready; });
  order({{"a-0", 2}}, {{"a-0", 1}});
  until("the second is ready", [&] { return phase("a-0", 2) == Phase::ready; });
  EXPECT_EQ(phase("a-0", 1), Phase::gone);
  EXPECT_EQ(domains().size(), 1u);
  EXPECT_EQ(instanceDirectories(), 1u);
}

TEST_F(House, I7_WithTheControllerAwayACrashedGuestIsBackAndItIsToldAfterwards) {
  startAgent();
  order({{"a-0", 1}});
  until("a-0 is ready", [&] { return phase("a-0") == Phase::ready; });
  closeController();
  simulation::ModelHypervisor::power(model, instance("a-0", 1).uuid, hypervisor::Power::crashed, "crashed");
  until("it runs again", [&] { return runs("a-0"); });
  openController();
  until("the restart is told", [&] {
    const auto found = told.find(instance("a-0", 1).uuid);
    return found != told.end() && found->second.restarts == 1 && found->second.phase == Phase::ready;
  });
  bool announced = false;
  for (const auto& event : events) announced = announced || event.message.find("started again") != std::string::npos;
  EXPECT_TRUE(announced);
}

TEST_F(House, SigtermEndsItCleanlyAndTouchesNoGuest) {
  startAgent();
  order({{"a-0", 1}});
  until("a-0 is ready", [&] { return phase("a-0") == Phase::ready; });
  signalAgent(SIGTERM);
  EXPECT_EQ(endOfAgent(), 0);
  EXPECT_TRUE(runs("a-0"));
}

TEST_F(House, ARestartedAgentSaysReadyAtOnceAndStartsNothing) {
  startAgent();
  order({{"a-0", 1}});
  until("a-0 is ready", [&] { return phase("a-0") == Phase::ready && reached == manifest.generation; });
  const auto before = told;
  signalAgent(SIGTERM);
  EXPECT_EQ(endOfAgent(), 0);
  told.clear();
  startAgent();
  until("it tells", [&] { return !told.empty(); });
  EXPECT_EQ(told, before);
  EXPECT_EQ(hellos.back().observed, manifest.generation) << "from its own disk";
}

TEST_F(House, NodesWaitWhileThePoolOfTheirVolumesIsAwayAndNothingIsTakenForLost) {
  pool = "vms";
  std::filesystem::create_directory(root / pool);
  volumes = {{VolumeName::parse("data").value(), 4_MiB, true}};
  startAgent();
  order({{"a-0", 1}});
  until("a-0 is ready", [&] { return phase("a-0") == Phase::ready && reached == manifest.generation; });
  EXPECT_EQ(hellos.at(0).volumePool, "vms (dir)");
  EXPECT_TRUE(std::filesystem::exists(root / pool / "a-0.data.qcow2"));
  std::filesystem::rename(root / pool, root / "elsewhere");
  signalAgent(SIGTERM);
  EXPECT_EQ(endOfAgent(), 0);
  startAgent();
  order({{"a-0", 1}, {"a-1", 1}});
  const auto isSaid = [&] {
    return std::ranges::any_of(conditions, [](const std::string& each) {
      return each.find("volumes cannot be reached: storage pool 'vms' is not active: virsh pool-start vms") == 0;
    });
  };
  until("it says so", [&] { return isSaid() && phase("a-1") == Phase::creating; });
  EXPECT_TRUE(runs("a-0"));
  ASSERT_TRUE(toldVolumes);
  EXPECT_EQ(toldVolumes->size(), 1u) << "it is away, and not lost";
  std::filesystem::rename(root / "elsewhere", root / pool);
  until("a-1 is ready", [&] { return phase("a-1") == Phase::ready && !isSaid(); });
  EXPECT_TRUE(std::filesystem::exists(root / pool / "a-1.data.qcow2"));
}

TEST_F(House, VolumesAreNotLookedForInAnotherPlaceThanBefore) {
  volumes = {{VolumeName::parse("data").value(), 4_MiB, true}};
  startAgent();
  order({{"a-0", 1}});
  until("a-0 is ready", [&] { return phase("a-0") == Phase::ready; });
  signalAgent(SIGTERM);
  EXPECT_EQ(endOfAgent(), 0);
  pool = "vms";
  std::filesystem::create_directory(root / pool);
  startAgent();
  EXPECT_EQ(endOfAgent(), 1);
  EXPECT_THAT(agentLog(), HasSubstr("volumes of this host lie in the state directory, and do not follow"));
  EXPECT_THAT(agentLog(), HasSubstr("berth drain HOST --volumes move"));
}

TEST_F(House, TheSpecsAreAskedForUntilTheyCome) {
  withholdSpecs = true;
  startAgent();
  order({{"a-0", 1}});
  until("it waits", [&] { return phase("a-0") == Phase::pending; });
  EXPECT_EQ(observed, Generation());
  withholdSpecs = false;
  until("a-0 is ready", [&] { return phase("a-0") == Phase::ready; });
}

TEST_F(House, I5_AControllerOfALowerEpochIsNotObeyed) {
  epoch = Epoch(5);
  startAgent();
  order({{"a-0", 1}});
  until("a-0 is ready", [&] { return phase("a-0") == Phase::ready; });
  epoch = Epoch(4);
  order({}, {{"a-0", 1}});
  const auto beats = heartbeats;
  until("it goes on", [&] { return heartbeats > beats + 1; });
  EXPECT_TRUE(runs("a-0"));
}

TEST_F(House, AControllerOfAnotherFleetIsNotObeyed) {
  startAgent();
  order({{"a-0", 1}});
  until("a-0 is ready", [&] { return phase("a-0") == Phase::ready; });
  signalAgent(SIGTERM);
  EXPECT_EQ(endOfAgent(), 0);
  // The same address and key, and yet another fleet: a controller that was set up anew.
  const auto condemned = instance("a-0", 1);
  fleet = Uuid::random();
  manifest.entries.clear();
  manifest.tombstones = {{condemned}};
  manifest.generation = manifest.generation.next();
  startAgent();
  until("it refuses", [&] { return agentLog().find("refused a controller of fleet") != std::string::npos; });
  ASSERT_EQ(domains().size(), 1u);
  EXPECT_EQ(domains()[0].power, hypervisor::Power::running);
}

TEST_F(House, GarbageFromTheControllerIsSurvived) {
  startAgent();
  until("it greets", [&] { return !hellos.empty(); });
  message::Specs specs;
  specs.encoded = {"garbage", std::string(10000, '\xff'), ""};
  say(specs);
  order({{"a-0", 1}});
  until("a-0 is ready", [&] { return phase("a-0") == Phase::ready; });
}

TEST_F(House, TheConsoleIsReadOnRequest) {
  startAgent();
  order({{"a-0", 1}});
  until("a-0 is ready", [&] { return phase("a-0") == Phase::ready; });
  say(message::ReadConsole{instance("a-0", 1), 0, 1000}, 77);
  until("it answers", [&] { return !consoles.empty(); });
  EXPECT_EQ(consoles[0].first, 77u);
  EXPECT_EQ(consoles[0].second.error, "");
  say(message::ReadConsole{instance("b-9", 1), 0, 1000}, 78);
  until("it answers for what is not there too", [&] { return consoles.size() == 2; });
}

TEST_F(House, AnImageWithAWrongDigestFailsTheNodeAndIsNeverUsed) {
  startAgent();
  order({{"a-0", 1}});
  until("a-0 is ready", [&] { return phase("a-0") == Phase::ready; });
  // The same image under a digest that it does not have.
  std::filesystem::resize_file(root / "base.qcow2", std::filesystem::file_size(root / "base.qcow2") + 512);
  for (const auto& entry : std::filesystem::directory_iterator(state / "images"))
    if (entry.is_regular_file()) std::filesystem::remove(entry.path());
  order({{"a-0", 1}, {"a-1", 1}});
  until("a-1 has failed", [&] { return phase("a-1") == Phase::failed; });
  EXPECT_THAT(told[instance("a-1", 1).uuid].reason, HasSubstr("sha256"));
  EXPECT_TRUE(runs("a-0"));
}

TEST_F(House, AnAgentThatLostItsStateDestroysNothing) {
  startAgent();
  order({{"a-0", 1}});
  until("a-0 is ready", [&] { return phase("a-0") == Phase::ready; });
  signalAgent(SIGKILL);
  (void)endOfAgent();
  std::filesystem::remove(state / "manifest");
  std::filesystem::remove(state / "told");
  std::filesystem::remove_all(state / "specs");
  manifest = {};
  told.clear();
  startAgent();
  until("it reports what it cannot explain", [&] { return !conditions.empty() && !told.empty(); });
  EXPECT_THAT(conditions[0], HasSubstr("left alone"));
  EXPECT_TRUE(runs("a-0"));
}

TEST_F(House, AnIdleAgentIsSmall) {
  startAgent();
  order({{"a-0", 1}});
  until("a-0 is ready", [&] { return phase("a-0") == Phase::ready; });
  RecordProperty("agent_rss_kb", static_cast<int>(residentKilobytes()));
  EXPECT_GT(residentKilobytes(), 0);
}

}  // namespace
}  // namespace berth::program
