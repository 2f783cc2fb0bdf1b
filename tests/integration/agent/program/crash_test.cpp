// SPDX-License-Identifier: Apache-2.0
//
// Faults 3 and 4: the agent is killed at each step of making, starting, replacing and removing a node, by a failpoint
// of that name. The next process takes up what it finds; in the end there is exactly what was ordered, and nothing is
// left over. The list is compared with the source, so that no failpoint is forgotten here.
#include <csignal>
#include <fstream>
#include <regex>
#include <set>

#include "agent/disks/program.h"
#include "tests/checkout.h"
#include "tests/integration/agent/program/house.h"

namespace berth::program {
namespace {

using message::Phase;

const std::vector<std::string> kFailpoints = {
    "manifest.kept",    "specs.kept",      "image.fetched", "create.begin",  "create.directory",
    "create.disk",      "create.ignition", "create.domain", "start.begin",   "start.done",
    "update.begin",     "update.domain",   "remove.begin",  "remove.domain", "remove.files",
    "volume.announced", "volume.filled",   "volume.made",   "volume.grown"};

const VolumeName kData = VolumeName::parse("data").value();

class Crash : public House, public testing::WithParamInterface<std::string> {
protected:
  /// Each of the three things that are ordered one after the other.
  void orderTheNode() {
    volumes = {{kData, 4_MiB, true}};
    order({{"a-0", 1}});
  }
  void orderMoreForIt() {
    volumes = {{kData, 8_MiB, true}};
    memory = 128_MiB;
    order({{"a-0", 1}});
  }
  void orderAnotherInstance() { order({{"a-0", 2}}, {{"a-0", 1}}); }

  [[nodiscard]] std::filesystem::path disk() const { return state / "volumes" / "a-0" / "data.qcow2"; }
  /// Runs qemu-io on the volume and returns whether that was well.
  [[nodiscard]] bool onVolume(const std::string& command) const {
    const auto ran = disks::runProgram({"/usr/bin/qemu-io", "-f", "qcow2", "-c", command, disk().string()},
                                       std::chrono::seconds(20));
    const auto* finished = std::get_if<disks::Finished>(&ran);
    return finished != nullptr && finished->status == 0 &&
           finished->output.find("verification failed") == std::string::npos;
  }
  [[nodiscard]] bool isReadyOrDead(unsigned incarnation) {
    return !agentRuns() || (phase("a-0", incarnation) == Phase::ready && reached == manifest.generation);
  }
};

TEST_P(Crash, AtThisStepLeavesNothingThatTheNextPassDoesNotTakeUp) {
  // A node is made, updated in place, then replaced: between them, every step there is.
  startAgent(GetParam());
  orderTheNode();
  until("a-0 is ready or the agent is dead", [&] { return isReadyOrDead(1); });
  bool isMarked = false;
  if (agentRuns()) {
    isMarked = onVolume("write -P 7 1M 64k");
    orderMoreForIt();
    until("a-0 is updated or the agent is dead", [&] { return isReadyOrDead(1); });
  }
  if (agentRuns()) {
    orderAnotherInstance();
    until("the agent is dead", [&] { return !agentRuns(); });
  }
  EXPECT_EQ(endOfAgent(), -SIGKILL) << "the failpoint was never crossed";
  EXPECT_LE(domains().size(), 1u);

  startAgent();
  if (manifest.generation == Generation(1)) orderMoreForIt();
  if (manifest.generation == Generation(2)) orderAnotherInstance();
  until("what was ordered is there", [&] {
    return reached == manifest.generation && phase("a-0", 2) == Phase::ready && phase("a-0", 1) == Phase::gone;
  });
  ASSERT_EQ(domains().size(), 1u);
  EXPECT_TRUE(runs("a-0", 2));
  EXPECT_EQ(instanceDirectories(), 1u);
  EXPECT_EQ(toldVolumes, (std::vector<message::VolumeStatus>{
                             {ClusterName::parse("a").value(), NodeName::parse("a-0").value(), {kData, 8_MiB, true}}}));
  EXPECT_TRUE(onVolume("read 7M 1M")) << "it did not grow";
  if (isMarked) {
    EXPECT_TRUE(onVolume("read -P 7 1M 64k")) << "its data is gone";
  }
}

std::string nameOf(const testing::TestParamInfo<std::string>& info) {
  return std::regex_replace(info.param, std::regex("\\."), "_");
}

INSTANTIATE_TEST_SUITE_P(Failpoints, Crash, testing::ValuesIn(kFailpoints), nameOf);

TEST(Failpoints, AreAllCrossedByThisTest) {
  std::set<std::string> named;
  const std::regex call("failpoint\\(\"([a-z.]+)\"\\)");
  for (const auto* file : {"hands.cpp", "operations.cpp", "agent.cpp"}) {
    std::ifstream stream(std::string(checkout::kRoot) + "/agent/program/" + file);
    const std::string text(std::istreambuf_iterator<char>(stream), {});
    for (std::sregex_iterator at(text.begin(), text.end(), call), end; at != end; ++at) named.insert((*at)[1]);
  }
  EXPECT_EQ(named, std::set<std::string>(kFailpoints.begin(), kFailpoints.end()));
}

}  // namespace
}  // namespace berth::program
