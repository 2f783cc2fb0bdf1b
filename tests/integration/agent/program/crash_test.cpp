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
#include "tests/integration/agent/images/http_server.h"
#include "tests/integration/agent/program/house.h"

namespace berth::program {
namespace {

using message::Phase;

const std::vector<std::string> kFailpoints = {
    "manifest.kept",    "specs.kept",    "image.fetched", "create.begin", "create.directory", "create.disk",
    "create.ignition",  "create.domain", "start.begin",   "start.done",   "forget.begin",     "forget.domain",
    "forget.file",      "update.begin",  "update.domain", "remove.begin", "remove.domain",    "remove.files",
    "volume.announced", "volume.filled", "volume.made",   "volume.grown", "artifacts.fetched"};

const std::vector<std::string> kDeletionFailpoints = {"volume.delete", "volume.condemned", "volume.erased",
                                                      "volume.forgotten"};

const std::vector<std::string> kCopyFailpoints = {"snapshot.announced", "snapshot.copied", "snapshot.published",
                                                  "snapshot.made",      "restore.copied",  "restore.published",
                                                  "restore.made"};

/// Before the name of a failpoint: with volumes in a storage pool.
constexpr std::string_view kInPool = "pool/";

/// What each node's artifact holds.
constexpr std::string_view kTool = "an archive";

const VolumeName kData = VolumeName::parse("data").value();

const std::vector<std::string> kRetireFailpoints = {"remove.retired", "retired.dropped"};

class Crash : public House, public ::testing::WithParamInterface<std::string> {
protected:
  Crash() {
    artifacts = {{"tool", server_.url("/tool"), Digest::of(kTool)}};
    if (!GetParam().starts_with(kInPool)) return;
    pool = "vms";
    std::filesystem::create_directory(root / pool);
  }

  [[nodiscard]] static std::string failpoint() {
    const std::string& named = GetParam();
    return named.starts_with(kInPool) ? named.substr(kInPool.size()) : named;
  }

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

  [[nodiscard]] std::filesystem::path diskOf(const std::string& node) const {
    return pool.empty() ? state / "volumes" / node / "data.qcow2" : root / pool / (node + ".data.qcow2");
  }
  [[nodiscard]] std::filesystem::path disk() const { return diskOf("a-0"); }
  [[nodiscard]] static std::set<std::string> namesIn(const std::filesystem::path& directory) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) names.insert(entry.path().filename());
    return names;
  }
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

private:
  berth::testing::HttpServer server_{[](const auto& request, const auto& connection) {
    berth::testing::HttpServer::serve(request, connection, std::string(kTool), "\"v1\"");
  }};
};

TEST_P(Crash, AtThisStepLeavesNothingThatTheNextPassDoesNotTakeUp) {
  // A node is made, updated in place, then replaced: between them, every step there is.
  startAgent(failpoint());
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
  const auto config = state / "instances" / instance("a-0", 2).uuid.str() / "config.ign";
  until("its Ignition config is gone", [&] { return !std::filesystem::exists(config); });
  EXPECT_TRUE(domains().front().mark.withoutConfig);
  ASSERT_TRUE(toldVolumes);
  ASSERT_EQ(toldVolumes->size(), 1u);
  EXPECT_EQ(toldVolumes->at(0).node, NodeName::parse("a-0"));
  EXPECT_EQ(toldVolumes->at(0).volume, (message::Volume{kData, 8_MiB, true}));
  EXPECT_TRUE(onVolume("read 7M 1M")) << "it did not grow";
  if (isMarked) {
    EXPECT_TRUE(onVolume("read -P 7 1M 64k")) << "its data is gone";
  }
  const auto set = message::idOf(artifacts).hex();
  EXPECT_TRUE(std::filesystem::exists(state / "images" / (set + ".tar")));
  EXPECT_FALSE(std::filesystem::exists(state / "images" / "partial" / (set + ".tar")));
}

/// A node that is replaced, and goes back to the root disk that it had.
class GoingBack : public Crash {
protected:
  [[nodiscard]] std::filesystem::path rootDisk(unsigned incarnation) const {
    return state / "instances" / instance("a-0", incarnation).uuid.str() / "root.qcow2";
  }
  [[nodiscard]] bool onRootDisk(unsigned incarnation, const std::string& command) const {
    const auto ran = disks::runProgram(
        {"/usr/bin/qemu-io", "-f", "qcow2", "-c", command, rootDisk(incarnation).string()}, std::chrono::seconds(20));
    const auto* finished = std::get_if<disks::Finished>(&ran);
    return finished != nullptr && finished->status == 0 &&
           finished->output.find("verification failed") == std::string::npos;
  }
  [[nodiscard]] bool keepsSomething() const { return !std::filesystem::is_empty(state / "retired"); }
  void replace(unsigned was, unsigned next) { order({{"a-0", next}}, {{"a-0", was}}); }
  /// It dies on the way, if that is what it was started for; and begins anew.
  void diesAt(const std::string& failpoint) {
    if (GetParam() != failpoint) return;
    EXPECT_EQ(endOfAgent(), -SIGKILL) << "the failpoint was never crossed";
    startAgent();
  }
};

TEST_P(GoingBack, FindsTheMachineAsItWasThoughTheAgentIsKilledAtThisStep) {
  startAgent(failpoint());
  order({{"a-0", 1}});
  until("a-0 is ready", [&] { return phase("a-0", 1) == Phase::ready; });
  ASSERT_TRUE(onRootDisk(1, "write -P 9 1M 64k"));
  retiredDisks = {{instance("a-0", 1), {}}};
  replace(1, 2);
  diesAt("remove.retired");
  until("another one is ready", [&] { return phase("a-0", 2) == Phase::ready && reached == manifest.generation; });
  EXPECT_FALSE(std::filesystem::exists(rootDisk(1).parent_path()));
  EXPECT_TRUE(keepsSomething());
  EXPECT_GT(told[instance("a-0", 2).uuid].retiredUntilMs, 0);
  EXPECT_FALSE(onRootDisk(2, "read -P 9 1M 64k")) << "it has a disk of its own";

  retiredDisks[0].heir = instance("a-0", 3).uuid;
  replace(2, 3);
  diesAt("retired.dropped");
  until("it is back", [&] { return phase("a-0", 3) == Phase::ready && !keepsSomething(); });
  EXPECT_EQ(domains().size(), 1u);
  EXPECT_EQ(instanceDirectories(), 1u);
  EXPECT_TRUE(onRootDisk(3, "read -P 9 1M 64k")) << "what its guest wrote is gone";
}

/// A volume that is deleted as ordered, beside one of another node that is not.
class Deletion : public Crash {
protected:
  void orderDeletion() {
    message::VolumeOrder tombstone{message::VolumeOrder::Verb::remove,
                                   ClusterName::parse("a").value(),
                                   NodeName::parse("a-0").value(),
                                   kData,
                                   {},
                                   manifest.generation};
    volumeOrders = {tombstone};
    order({{"a-1", 1}}, {{"a-0", 1}});
  }
  [[nodiscard]] bool isThere(const std::string& node) const { return std::filesystem::exists(diskOf(node)); }
};

TEST_P(Deletion, ThatIsKilledAtThisStepIsFinishedByTheNextPassAndTouchesNothingElse) {
  startAgent(failpoint());
  volumes = {{kData, 4_MiB, true}};
  order({{"a-0", 1}, {"a-1", 1}});
  until("both are ready", [&] { return phase("a-0", 1) == Phase::ready && phase("a-1", 1) == Phase::ready; });
  orderDeletion();
  EXPECT_EQ(endOfAgent(), -SIGKILL) << "the failpoint was never crossed";
  startAgent();
  until("it is told as deleted", [&] { return toldCarriedOut == volumeOrders && reached == manifest.generation; });
  EXPECT_FALSE(std::filesystem::exists(state / "volumes" / "a-0")) << "something is left";
  EXPECT_FALSE(isThere("a-0"));
  EXPECT_TRUE(isThere("a-1"));
  ASSERT_TRUE(toldVolumes);
  ASSERT_EQ(toldVolumes->size(), 1u);
  EXPECT_EQ(toldVolumes->at(0).node, NodeName::parse("a-1"));

  // The node comes again while the order still stands: what it gets is another volume.
  order({{"a-0", 2}, {"a-1", 1}}, {{"a-0", 1}});
  until("a-0 is ready again", [&] { return phase("a-0", 2) == Phase::ready && reached == manifest.generation; });
  EXPECT_TRUE(isThere("a-0"));
  signalAgent(SIGKILL);
  (void)endOfAgent();
  startAgent();
  until("it is told anew", [&] { return hellos.size() == 3 && toldCarriedOut == volumeOrders; });
  EXPECT_TRUE(isThere("a-0")) << "the old order was carried out on the new volume";
}

/// A snapshot is made of a volume, and the volume made what it holds again.
class Copying : public Crash {
protected:
  void orderOnce(message::VolumeOrder::Verb verb) {
    volumeOrders = {{verb, ClusterName::parse("a").value(), NodeName::parse("a-0").value(), kData,
                     message::SnapshotName::parse("before").value(), manifest.generation}};
    order({});
  }
  [[nodiscard]] bool isDone() const { return toldCarriedOut == volumeOrders && reached == manifest.generation; }
  /// Waits for the end of what was ordered, in a new process where the first was killed.
  void untilDone() {
    until("it is done or the agent is dead", [&] { return !agentRuns() || isDone(); });
    if (agentRuns()) return;
    EXPECT_EQ(endOfAgent(), -SIGKILL);
    ++deaths;
    startAgent();
    until("it is done", [&] { return isDone(); });
  }
  int deaths = 0;
};

TEST_P(Copying, ThatIsKilledAtThisStepIsFinishedByTheNextPassWithWholeDisks) {
  using Verb = message::VolumeOrder::Verb;
  startAgent(failpoint());
  volumes = {{kData, 4_MiB, true}};
  order({{"a-0", 1}});
  until("a-0 is ready", [&] { return phase("a-0", 1) == Phase::ready; });
  order({}, {{"a-0", 1}});
  until("a-0 is gone", [&] { return domains().empty() && reached == manifest.generation; });
  ASSERT_TRUE(onVolume("write -P 7 1M 64k"));
  orderOnce(Verb::snapshot);
  untilDone();
  ASSERT_TRUE(onVolume("write -P 9 1M 64k"));
  orderOnce(Verb::restore);
  untilDone();
  EXPECT_EQ(deaths, 1) << "the failpoint was never crossed";
  EXPECT_TRUE(onVolume("read -P 7 1M 64k")) << "it is not what the snapshot holds";

  // The order stands until the controller has heard of it, and is not carried out twice.
  ASSERT_TRUE(onVolume("write -P 5 1M 64k"));
  signalAgent(SIGKILL);
  (void)endOfAgent();
  toldCarriedOut.clear();
  startAgent();
  until("it is told anew", [&] { return isDone(); });
  EXPECT_TRUE(onVolume("read -P 5 1M 64k")) << "what was written since is lost";
  const auto files = namesIn(state / "volumes" / "a-0");
  using Names = std::set<std::string>;
  if (pool.empty()) {
    EXPECT_EQ(files, (Names{"data.label", "data.qcow2", "data@before.label", "data@before.qcow2"}));
    return;
  }
  EXPECT_EQ(files, (Names{"data.label", "data@before.label"}));
  EXPECT_EQ(namesIn(root / pool), (Names{".berth-volumes", "a-0.data.qcow2", "a-0.data.before.qcow2"}));
}

std::string nameOf(const ::testing::TestParamInfo<std::string>& info) {
  return std::regex_replace(info.param, std::regex("[./]"), "_");
}

/// Those that are about volumes, once more with volumes in a storage pool.
std::vector<std::string> withPool(const std::vector<std::string>& failpoints) {
  std::vector<std::string> all = failpoints;
  for (const auto& each : failpoints) {
    const bool isOfVolumes =
        each.starts_with("volume.") || each.starts_with("snapshot.") || each.starts_with("restore.");
    if (isOfVolumes) all.push_back(std::string(kInPool) + each);
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Failpoints, Crash, ::testing::ValuesIn(withPool(kFailpoints)), nameOf);
INSTANTIATE_TEST_SUITE_P(Failpoints, Copying, ::testing::ValuesIn(withPool(kCopyFailpoints)), nameOf);
INSTANTIATE_TEST_SUITE_P(Failpoints, GoingBack, ::testing::ValuesIn(kRetireFailpoints), nameOf);
INSTANTIATE_TEST_SUITE_P(Failpoints, Deletion, ::testing::ValuesIn(withPool(kDeletionFailpoints)), nameOf);

TEST(Failpoints, AreAllCrossedByThisTest) {
  std::set<std::string> named;
  const std::regex call("failpoint\\(\"([a-z.]+)\"\\)");
  for (const auto* file : {"hands.cpp", "operations.cpp", "agent.cpp"}) {
    std::ifstream stream(std::string(checkout::kRoot) + "/agent/program/" + file);
    const std::string text(std::istreambuf_iterator<char>(stream), {});
    for (std::sregex_iterator at(text.begin(), text.end(), call), end; at != end; ++at) named.insert((*at)[1]);
  }
  std::set<std::string> crossed(kFailpoints.begin(), kFailpoints.end());
  crossed.insert(kDeletionFailpoints.begin(), kDeletionFailpoints.end());
  crossed.insert(kCopyFailpoints.begin(), kCopyFailpoints.end());
  crossed.insert(kRetireFailpoints.begin(), kRetireFailpoints.end());
  EXPECT_EQ(named, crossed);
}

}  // namespace
}  // namespace berth::program
