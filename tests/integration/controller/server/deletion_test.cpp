// SPDX-License-Identifier: Apache-2.0
//
// Deleting volumes, against the real controller over real sockets.
#include <gmock/gmock.h>

#include "tests/integration/controller/server/three_hosts.h"

namespace berth::server {
namespace {

namespace request = message::request;
namespace reply = message::reply;
using message::VolumeState;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Which = request::VolumeChoice;

const ClusterName kFirst = *ClusterName::parse("first");
const VolumeName kData = *VolumeName::parse("data");
const NodeName kLast = *NodeName::parse("first-server-2");

class DeletingVolumes : public ThreeHosts {
protected:
  [[nodiscard]] static message::Submission with(std::uint32_t count, const std::string& volumes) {
    message::Submission submission = Controller::submission(count, "hello");
    submission.files["cluster.yaml"].bytes += volumes;
    return submission;
  }
  [[nodiscard]] static message::Submission withVolumes(std::uint32_t count) {
    return with(count, "    volumes:\n      data: { size: 1GiB, mount: /var/lib/data }\n");
  }
  void rollOut(const message::Submission& submission) {
    const auto applied = get<reply::Applied>(request::Apply{submission, std::nullopt, {}});
    if (!applied.rollout) return;
    ASSERT_TRUE(isDone(*applied.rollout)) << rollout(*applied.rollout).reason;
  }
  /// Three nodes with a volume each, then two: the last one's is an orphan.
  void makeAnOrphan() {
    rollOut(withVolumes(3));
    for (const auto& row : rows()) {
      if (row.node == kLast) hostOf(row).have({row.cluster, row.node, row.volume, Generation(1)});
    }
    rollOut(withVolumes(2));
    ASSERT_TRUE(until([&] { return state(kLast) == VolumeState::orphan; }));
  }
  [[nodiscard]] std::vector<message::VolumeRow> rows() { return get<reply::Volumes>(request::GetVolumes{}).volumes; }
  [[nodiscard]] std::optional<VolumeState> state(const NodeName& node) {
    for (const auto& row : rows()) {
      if (row.node == node) return row.state;
    }
    return std::nullopt;
  }
  [[nodiscard]] model::Agent& hostOf(const message::VolumeRow& row) {
    const auto found = std::ranges::find_if(agents_, [&](auto& each) { return each->host().name() == row.host; });
    return (*found)->host();
  }
  [[nodiscard]] std::size_t disks() const {
    std::size_t count = 0;
    for (const auto& agent : agents_) count += std::as_const(*agent).host().volumes().size();
    return count;
  }
  [[nodiscard]] reply::Error refused(std::vector<Which> volumes) {
    return refusalOf(request::DeleteVolumes{std::move(volumes)});
  }
};

TEST_F(DeletingVolumes, IsForOrphansAndTakesTheDiskAndTheRecord) {
  makeAnOrphan();
  ASSERT_EQ(disks(), 1u);
  (void)get<reply::Done>(request::DeleteVolumes{{{kLast, kData}}});
  ASSERT_TRUE(until([&] { return !state(kLast); }));
  EXPECT_EQ(disks(), 0u);
  EXPECT_THAT(rows(), SizeIs(2)) << "the others stay";
  EXPECT_THAT(refused({{kLast, kData}}).message, HasSubstr("there is no volume first-server-2/data"));
  ASSERT_TRUE(until([&] {
    return std::ranges::all_of(agents_, [](auto& each) { return each->host().manifest().volumeOrders.empty(); });
  })) << "an order that is carried out is forgotten";
}

TEST_F(DeletingVolumes, IsRefusedWhileAnythingCouldWantItAndThenNothingAtAllIsDeleted) {
  makeAnOrphan();
  const NodeName other = *NodeName::parse("first-server-0");
  EXPECT_THAT(refused({{kLast, kData}, {other, kData}}).message, HasSubstr("node first-server-0 has volume data"));
  EXPECT_EQ(state(kLast), VolumeState::orphan) << "all or none";
  EXPECT_THAT(refused({{*NodeName::parse("first-sever-2"), kData}}).hint,
              HasSubstr("did you mean first-server-2/data"));
  EXPECT_THAT(refused({}).message, HasSubstr("no volume is named"));
  EXPECT_THAT(refused({{kLast, kData, *HostName::parse("vh9")}}).message, HasSubstr("on host vh9"));

  // A rollout is under way: its canary waits to be promoted.
  auto canary = withVolumes(2);
  std::string& text = canary.files["cluster.yaml"].bytes;
  text.replace(text.find("max_parallel: 1"), 15, "max_parallel: 1, canary: 1");
  canary.files["base.bu"].bytes.replace(canary.files["base.bu"].bytes.find("hello"), 5, "other");
  const auto applied = get<reply::Applied>(request::Apply{canary, std::nullopt, {}});
  ASSERT_TRUE(until([&] { return rollout(*applied.rollout).done == 1; }));
  EXPECT_THAT(refused({{kLast, kData}}).message, HasSubstr("is under way"));
  (void)get<reply::Done>(request::SteerRollout{request::SteerRollout::Verb::abort, {}, kFirst});

  // Declared, and its node is not made: the apply was for another one.
  const auto partly = get<reply::Applied>(request::Apply{withVolumes(3), std::nullopt, {{other.str()}, {}, {}}});
  ASSERT_TRUE(!partly.rollout || isDone(*partly.rollout));
  EXPECT_EQ(state(kLast), VolumeState::orphan);
  EXPECT_THAT(refused({{kLast, kData}}).message, HasSubstr("declares volume data of node first-server-2"));
  EXPECT_EQ(disks(), 1u);
}

TEST_F(DeletingVolumes, SurvivesAKilledControllerAndAHostThatIsAway) {
  makeAnOrphan();
  const HostName away = [&] {
    for (const auto& row : rows()) {
      if (row.node == kLast) return row.host;
    }
    return HostName();
  }();
  const auto found = std::ranges::find_if(agents_, [&](auto& each) { return each->host().name() == away; });
  auto gone = std::move(*found);
  agents_.erase(found);
  (void)get<reply::Done>(request::DeleteVolumes{{{kLast, kData}}});
  EXPECT_EQ(state(kLast), VolumeState::deleting);
  end(SIGKILL);
  start();
  EXPECT_EQ(state(kLast), VolumeState::deleting) << "what was acknowledged is on disk";
  (void)get<reply::Done>(request::DeleteVolumes{{{kLast, kData}}});
  EXPECT_EQ(gone->host().volumes().size(), 1u);
  agents_.push_back(std::move(gone));
  ASSERT_TRUE(until([&] { return !state(kLast); }));
  EXPECT_EQ(disks(), 0u);
}

TEST_F(DeletingVolumes, IsForOperatorsOnly) {
  makeAnOrphan();
  auto viewer = person("eve", message::Role::viewer);
  const auto answer = viewer->ask(request::DeleteVolumes{{{kLast, kData}}}, [this] { turnAgents(); });
  ASSERT_TRUE(std::holds_alternative<reply::Error>(answer));
  EXPECT_EQ(std::get<reply::Error>(answer).code, reply::ErrorCode::forbidden);
  EXPECT_EQ(state(kLast), VolumeState::orphan);
}

TEST_F(DeletingVolumes, TakesStrangersOnlyByTheirHostWhereThereAreTwo) {
  makeAnOrphan();
  const auto known = rows();
  const auto mine = std::ranges::find(known, kLast, &message::VolumeRow::node);
  const auto elsewhere = std::ranges::find_if(agents_, [&](auto& each) { return each->host().name() != mine->host; });
  (*elsewhere)->host().have({kFirst, kLast, {kData, 2_GiB, true}});
  const HostName where = (*elsewhere)->host().name();
  ASSERT_TRUE(until([&] { return rows().size() == 4; }));
  EXPECT_THAT(refused({{kLast, kData}}).hint, HasSubstr("--host HOST"));
  (void)get<reply::Done>(request::DeleteVolumes{{{kLast, kData, where}}});
  ASSERT_TRUE(until([&] { return rows().size() == 3; }));
  EXPECT_EQ(disks(), 1u);
  EXPECT_EQ(state(kLast), VolumeState::orphan) << "the one on the other host stays";
}

TEST_F(DeletingVolumes, SnapshotsAreMadeRestoredAndDeletedAndKeepTheirVolumeUntilThen) {
  makeAnOrphan();
  const auto before = *message::SnapshotName::parse("before");
  const Which snapshot{kLast, kData, {}, before};
  const auto snapshots = [&] {
    for (const auto& row : rows()) {
      if (row.node == kLast) return row.snapshots;
    }
    return std::vector<message::SnapshotRow>();
  };
  EXPECT_THAT(refusalOf(request::RestoreVolume{snapshot}).message, HasSubstr("there is no snapshot"));
  (void)get<reply::Done>(request::SnapshotVolume{snapshot});
  ASSERT_TRUE(until([&] {
    const auto all = snapshots();
    return all.size() == 1 && all[0].state == message::SnapshotState::made;
  }));
  EXPECT_THAT(refusalOf(request::SnapshotVolume{snapshot}).message, HasSubstr("already"));
  EXPECT_THAT(refused({{kLast, kData}}).hint, HasSubstr("first-server-2/data@before"));
  const Which running{*NodeName::parse("first-server-0"), kData, {}, before};
  (void)refusalOf(request::RestoreVolume{running});

  (void)get<reply::Done>(request::RestoreVolume{snapshot});
  ASSERT_TRUE(
      until([&] { return std::ranges::all_of(rows(), [](const auto& row) { return row.restoring.empty(); }); }));
  (void)get<reply::Done>(request::DeleteVolumes{{{kLast, kData}, snapshot}});
  ASSERT_TRUE(until([&] { return !state(kLast); }));
  EXPECT_EQ(disks(), 0u);
  const auto events = get<reply::Events>(request::GetEvents{}).events;
  const auto about = std::ranges::count(events, "volume first-server-2/data", &message::EventRow::subject);
  EXPECT_EQ(about, 8) << "each order, and its end";
}

TEST_F(DeletingVolumes, AVolumeIsRestoredOnlyWhileItsNodeIsStopped) {
  rollOut(withVolumes(1));
  const NodeName node = *NodeName::parse("first-server-0");
  for (const auto& row : rows()) hostOf(row).have({row.cluster, row.node, row.volume, Generation(1)});
  const Which snapshot{node, kData, {}, *message::SnapshotName::parse("before")};
  ASSERT_TRUE(until([&] { return state(node) == VolumeState::attached; }));
  (void)get<reply::Done>(request::SnapshotVolume{snapshot});
  ASSERT_TRUE(until([&] { return rows()[0].snapshots.at(0).state == message::SnapshotState::made; }));
  EXPECT_THAT(refusalOf(request::RestoreVolume{snapshot}).hint, HasSubstr("berth stop first-server-0"));
}

}  // namespace
}  // namespace berth::server
