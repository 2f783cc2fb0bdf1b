// SPDX-License-Identifier: Apache-2.0
#include <csignal>

#include <gmock/gmock.h>

#include "controller/store/sqlite_store.h"
#include "tests/integration/controller/server/three_hosts.h"

namespace berth::server {
namespace {

namespace request = message::request;
namespace reply = message::reply;
using message::RolloutState;
using testing::HasSubstr;

TEST_F(ThreeHosts, GetThreeNodesOneEachAndASecondApplyChangesNothing) {
  const auto applied = apply(3, "hello");
  ASSERT_TRUE(applied.rollout.has_value());
  EXPECT_EQ(applied.plan.from, Revision(0));
  EXPECT_EQ(applied.plan.to, Revision(1));
  ASSERT_TRUE(isDone(*applied.rollout));
  EXPECT_EQ(readyNodes(), 3u);
  for (const auto& agent : agents_) EXPECT_EQ(agent->host().machines().size(), 1u);

  const auto again = apply(3, "hello");
  EXPECT_FALSE(again.rollout.has_value());
  EXPECT_EQ(again.plan.to, Revision(1));
  EXPECT_EQ(again.plan.unchanged, 3u);
  const auto clusters = get<reply::Clusters>(request::GetClusters{}).clusters;
  ASSERT_EQ(clusters.size(), 1u);
  EXPECT_EQ(clusters[0].ready, 3u);
  EXPECT_EQ(clusters[0].image.label, "a.qcow2");
  EXPECT_THAT(clusters[0].imageDeclared, HasSubstr("/images/a.qcow2"));
}

TEST_F(ThreeHosts, AreReplacedOneAtATimeWithNamesAndAddressesKept) {
  ASSERT_TRUE(isDone(*apply(3, "hello").rollout));
  const auto before = get<reply::Nodes>(request::GetNodes{}).nodes;

  const auto planned = get<reply::Planned>(request::Plan{submission(3, "changed")}).plan;
  ASSERT_EQ(planned.waves.size(), 3u);
  EXPECT_THAT(testing::PrintToString(planned.waves[0][0].reasons), HasSubstr("/etc/motd"));
  EXPECT_EQ(get<reply::Clusters>(request::GetClusters{}).clusters[0].revision, Revision(1)) << "a plan changes nothing";

  const auto applied = apply(3, "changed");
  ASSERT_TRUE(applied.rollout.has_value());
  ASSERT_TRUE(until([&] {
    EXPECT_GE(readyNodes(), 2u);
    expectNoTwins();
    return rollout(*applied.rollout).state == RolloutState::done;
  }));
  const auto after = get<reply::Nodes>(request::GetNodes{}).nodes;
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i].name, before[i].name);
    EXPECT_EQ(after[i].address, before[i].address);
    EXPECT_EQ(after[i].host, before[i].host);
    EXPECT_NE(after[i].status.instance.uuid, before[i].status.instance.uuid);
    EXPECT_EQ(after[i].revision, Revision(2));
  }
}

TEST_F(ThreeHosts, FinishARolloutThoughTheControllerIsKilledAgainAndAgain) {
  ASSERT_TRUE(isDone(*apply(3, "hello").rollout));
  const auto applied = apply(3, "changed");
  ASSERT_TRUE(applied.rollout.has_value());
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(end(SIGKILL), -SIGKILL);
    expectNoTwins();
    start();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(300 * (i + 1));
    while (std::chrono::steady_clock::now() < deadline) turnAgents();
  }
  ASSERT_TRUE(isDone(*applied.rollout));
  expectNoTwins();
  EXPECT_TRUE(until([&] { return readyNodes() == 3; })) << "each host reports to the new controller first";
  EXPECT_EQ(machines(), 3u);
  EXPECT_GE(get<reply::Version>(request::Version{}).epoch, Epoch(7)) << "each beginning is another epoch";
}

TEST_F(ThreeHosts, StopAtTheFirstNodeThatFailsAndAreMendedByTheNextApply) {
  ASSERT_TRUE(isDone(*apply(3, "hello").rollout));
  keepAsGood();
  const auto applied = apply(3, "broken");
  ASSERT_TRUE(until([&] {
    breakWhatIsNew();
    return rollout(*applied.rollout).state == RolloutState::failed;
  }));
  EXPECT_EQ(readyNodes(), 2u) << "the others are untouched";
  EXPECT_THAT(rollout(*applied.rollout).reason, HasSubstr("first-server-"));
  const auto mended = apply(3, "hello");
  ASSERT_TRUE(mended.rollout.has_value());
  ASSERT_TRUE(isDone(*mended.rollout));
  EXPECT_EQ(readyNodes(), 3u);
}

TEST_F(ThreeHosts, AreEmptyAfterADestroyButForHistory) {
  ASSERT_TRUE(isDone(*apply(3, "hello").rollout));
  EXPECT_EQ(refusalOf(request::RemoveHost{*HostName::parse("vh1")}).code, reply::ErrorCode::conflict);
  const auto destroyed = get<reply::Applied>(request::Destroy{*ClusterName::parse("first"), std::nullopt});
  ASSERT_TRUE(destroyed.rollout.has_value());
  ASSERT_TRUE(isDone(*destroyed.rollout));
  EXPECT_EQ(machines(), 0u);
  EXPECT_TRUE(get<reply::Nodes>(request::GetNodes{}).nodes.empty());
  EXPECT_TRUE(get<reply::Clusters>(request::GetClusters{}).clusters.empty());
  EXPECT_EQ(get<reply::Rollouts>(request::GetRollouts{}).rollouts.size(), 2u);
  (void)get<reply::Done>(request::RemoveHost{*HostName::parse("vh1")});

  const auto anew = apply(2, "hello");
  EXPECT_EQ(anew.plan.to, Revision(2)) << "numbers of revisions are never used twice";
  ASSERT_TRUE(isDone(*anew.rollout));
}

TEST_F(ThreeHosts, ListVolumesAndThoseThatNoNodeHasAnyMoreAsOrphans) {
  auto wanted = submission(1, "hello");
  wanted.files["cluster.yaml"].bytes += "    volumes: { data: { size: 1GiB } }\n";
  ASSERT_TRUE(isDone(*get<reply::Applied>(request::Apply{wanted, std::nullopt}).rollout));
  const auto volumes = [&] { return get<reply::Volumes>(request::GetVolumes{}).volumes; };
  ASSERT_EQ(volumes().size(), 1u);
  for (const auto& agent : agents_) {
    const auto row = volumes().front();
    if (agent->host().name() == row.host) agent->host().have({row.cluster, row.node, row.volume, Generation(1)});
  }
  ASSERT_TRUE(until([&] { return volumes().front().state == message::VolumeState::attached; }));
  const auto attached = volumes();
  EXPECT_EQ(attached[0].node.str(), "first-server-0");
  EXPECT_EQ(attached[0].volume, (message::Volume{*VolumeName::parse("data"), 1_GiB, true}));
  EXPECT_TRUE(get<reply::Volumes>(request::GetVolumes{ClusterName::parse("other")}).volumes.empty());

  ASSERT_TRUE(isDone(*get<reply::Applied>(request::Destroy{*ClusterName::parse("first"), std::nullopt}).rollout));
  const auto left = get<reply::Volumes>(request::GetVolumes{ClusterName::parse("first")}).volumes;
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].state, message::VolumeState::orphan);
  EXPECT_THAT(refusalOf(request::RemoveHost{left[0].host}).hint, HasSubstr("berth volume delete first-server-0/data"));
}

TEST_F(ThreeHosts, TakeAPlanThatTheWorldHasOvertakenForNoOrder) {
  ASSERT_TRUE(isDone(*apply(1, "hello").rollout));
  const auto refused = refusalOf(request::Apply{submission(3, "hello"), Revision(0)});
  EXPECT_EQ(refused.code, reply::ErrorCode::conflict);
  EXPECT_THAT(refused.message, HasSubstr("revision 1"));
}

TEST_F(ThreeHosts, SayWhatIsWrongWithASpecAndChangeNothing) {
  auto broken = submission(3, "hello");
  broken.files["cluster.yaml"].bytes += "  clients:\n    cuont: 3\n";
  const auto refused = refusalOf(request::Apply{broken, std::nullopt});
  EXPECT_EQ(refused.code, reply::ErrorCode::invalid);
  EXPECT_FALSE(refused.findings.empty());
  EXPECT_TRUE(get<reply::Clusters>(request::GetClusters{}).clusters.empty());
}

TEST_F(ThreeHosts, AreNotPromisedMoreThanTheyHave) {
  auto huge = submission(3, "hello");
  auto& text = huge.files["cluster.yaml"].bytes;
  text.replace(text.find("vcpus: 1"), 8, "vcpus: 17");
  const auto refused = refusalOf(request::Apply{huge, std::nullopt});
  EXPECT_EQ(refused.code, reply::ErrorCode::invalid);
  ASSERT_FALSE(refused.findings.empty());
  EXPECT_THAT(refused.findings[0].message, HasSubstr("no place for"));
}

TEST_F(ThreeHosts, ShowTheConsoleOfANode) {
  ASSERT_TRUE(isDone(*apply(3, "hello").rollout));
  const auto log = get<reply::Log>(request::ReadLog{*NodeName::parse("first-server-1"), 0, 100});
  EXPECT_EQ(log.console.data, "hello from first-server-1");
}

TEST_F(ThreeHosts, AreSentTheSpecsOfTheirOwnNodesAndNoOthers) {
  ASSERT_TRUE(isDone(*apply(3, "hello").rollout));
  message::NeedSpecs all;
  for (const auto& agent : agents_) {
    for (const auto& entry : agent->host().manifest().entries) all.digests.push_back(entry.spec);
  }
  ASSERT_EQ(all.digests.size(), 3u);
  agents_[0]->say(all);
  ASSERT_TRUE(until([&] { return !agents_[0]->specs().empty(); }));
  ASSERT_EQ(agents_[0]->specs().size(), 1u);
  EXPECT_EQ(Digest::of(agents_[0]->specs()[0]), agents_[0]->host().manifest().entries[0].spec);
}

TEST_F(ThreeHosts, AreNotDrivenByAnOldCopyOfTheStoreUntilAPersonSaysSo) {
  ASSERT_TRUE(isDone(*apply(3, "hello").rollout));
  const auto copy = directory_ / "copy.db";
  ASSERT_FALSE(store::SqliteStore::backUp(state_, copy).has_value());
  ASSERT_TRUE(isDone(*apply(3, "changed").rollout));
  std::map<HostName, message::Manifest> before;
  for (const auto& agent : agents_) before[agent->host().name()] = agent->host().manifest();

  EXPECT_EQ(end(SIGTERM), 0);
  for (const char* name : {"berth.db", "berth.db-wal", "berth.db-shm"}) std::filesystem::remove(state_ / name);
  std::filesystem::rename(copy, state_ / "berth.db");
  start();
  ASSERT_TRUE(until([&] {
    const auto hosts = get<reply::Hosts>(request::GetHosts{}).hosts;
    return std::ranges::all_of(hosts, [](const auto& each) { return !each.conditions.empty(); });
  }));
  EXPECT_THAT(get<reply::Hosts>(request::GetHosts{}).hosts[0].conditions[0], HasSubstr("take-over"));
  for (const auto& agent : agents_) EXPECT_EQ(agent->host().manifest(), before[agent->host().name()]);
  EXPECT_EQ(machines(), 3u);

  EXPECT_EQ(end(SIGTERM), 0);
  const std::string command = std::string(BERTH_CONTROLLER) + " take-over --state-dir " + state_.string() + " >>" +
                              (directory_ / "log").string();
  ASSERT_EQ(std::system(command.c_str()), 0);
  start();
  ASSERT_TRUE(until([&] {
    const auto hosts = get<reply::Hosts>(request::GetHosts{}).hosts;
    return std::ranges::all_of(hosts, [](const auto& each) { return each.state == message::HostState::ready; });
  }));
  EXPECT_EQ(machines(), 3u) << "what the store does not know is asked about, not removed";
}

}  // namespace
}  // namespace berth::server
