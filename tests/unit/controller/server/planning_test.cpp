// SPDX-License-Identifier: Apache-2.0
#include "controller/server/planning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/server/answer.h"
#include "controller/server/convert.h"
#include "controller/server/foresight.h"
#include "controller/store/memory_store.h"
#include "tests/unit/controller/store/records_for_tests.h"

namespace berth::server {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const ClusterName kCluster = *ClusterName::parse("first");
const OperatorName kAlice = *OperatorName::parse("alice");

/// Two hosts that are heard and report every node as ready at once.
class Planning : public testing::Test {
protected:
  Planning() : store_(store::test::kFleet) {
    store::Transaction first;
    std::uint8_t number = 0;
    for (const char* name : {"vh1", "vh2"}) {
      store::HostRecord host;
      host.name = *HostName::parse(name);
      host.key = store::test::keyOf(++number);
      first.emplace_back(host);
    }
    EXPECT_FALSE(store_.commit(first));
    begin();
  }

  void begin() {
    core_ = std::move(std::get<std::unique_ptr<Core>>(Core::begin(store_, {}, moment())));
    for (const auto& [name, host] : core_->ledger().hosts()) {
      message::Hello hello;
      hello.bootId = "boot";
      hello.capacity = {8, 16_GiB, 100_GiB};
      core_->hear(name, {}, hello, moment());
    }
    (void)core_->finish(moment());
  }
  fleet::Moment moment() const { return {now_, 1000}; }
  void finish() { ASSERT_TRUE(std::holds_alternative<fleet::Outbox>(core_->finish(moment()))); }

  /// What the agents would do: tombstones are carried out, entries become ready.
  void obey() {
    for (int i = 0; i < 20; ++i) {
      now_ += 100ms;
      for (const auto& [name, host] : core_->ledger().hosts()) {
        message::Status status;
        status.extent = message::Status::Extent::full;
        status.sequence = sequence_ = sequence_.next();
        for (const auto& entry : core_->ledger().manifest(name).entries) {
          status.instances.emplace_back().instance = entry.instance;
          status.instances.back().phase = message::Phase::ready;
        }
        for (const auto& tombstone : core_->ledger().manifest(name).tombstones) {
          status.instances.emplace_back().instance = tombstone.instance;
          status.instances.back().phase = message::Phase::gone;
        }
        core_->hear(name, {}, status, moment());
      }
      finish();
    }
  }

  static message::Submission submission(int count, const std::string& motd, const std::string& role = "a") {
    message::Submission files;
    files.specPath = "cluster.yaml";
    files.files["cluster.yaml"].bytes =
        "cluster: first\nimage: { file: /images/a.qcow2 }\n"
        "network: { bridge: br0, subnet: 10.77.0.0/24, gateway: 10.77.0.1 }\n"
        "update: { max_parallel: 1, min_healthy_time: 0s }\npools:\n  server:\n    count: " +
        std::to_string(count) +
        "\n    resources: { vcpus: 1, memory: 2GiB, disk: 12GiB }\n"
        "    addresses: 10.77.0.201-10.77.0.209\n    butane: [base.bu]\n    tags: { role: " +
        role + " }\n";
    files.files["base.bu"].bytes =
        "variant: fcos\nversion: 1.4.0\nstorage:\n  files:\n    - path: /etc/motd\n"
        "      contents: { inline: " +
        motd + " }\n";
    files.image.source = "file:///images/a.qcow2";
    files.image.contentDigest = Digest::of("an image");
    return files;
  }
  World look() { return std::get<World>(server::look(*core_, kCluster)); }
  Proposal propose(const message::Submission& files) {
    auto proposed = server::propose(files, look());
    if (const auto* error = std::get_if<Error>(&proposed)) {
      std::string text = error->message;
      for (const auto& each : error->findings) text += "\n" + each.message;
      throw std::runtime_error(text);
    }
    return std::get<Proposal>(std::move(proposed));
  }
  message::reply::Applied apply(const message::Submission& files) {
    const World world = look();
    auto applied = accept(*core_, files, propose(files), world, kAlice, moment());
    finish();
    return applied;
  }

  TimePoint now_{1000s};
  Sequence sequence_;
  store::MemoryStore store_;
  std::unique_ptr<Core> core_;
};

template <class Wanted>
Wanted told(const message::Reply& reply) {
  if (const auto* error = std::get_if<Error>(&reply)) throw std::runtime_error(error->message);
  return std::get<Wanted>(reply);
}

TEST_F(Planning, ExplainsWhereANodeIsAndWhyNotElsewhere) {
  apply(submission(2, "x"));
  obey();
  const auto row =
      told<message::reply::Explained>(explain(submission(3, "x"), *NodeName::parse("first-server-2"), look()))
          .explanation;
  EXPECT_EQ(row.host, HostName::parse("vh1"));
  ASSERT_THAT(row.verdicts, SizeIs(2));
  EXPECT_EQ(row.verdicts[1].verdict, message::Verdict::possible);
  // Where there is no place for all, it is said all the same why there is none for this one.
  auto large = submission(3, "x");
  auto& text = large.files["cluster.yaml"].bytes;
  text.replace(text.find("2GiB"), 4, "9GiB");
  const auto nowhere = told<message::reply::Explained>(explain(large, *NodeName::parse("first-server-2"), look()));
  EXPECT_EQ(nowhere.explanation.host, std::nullopt);
  EXPECT_THAT(nowhere.explanation.advice, HasSubstr("more memory on"));
  const auto missing = explain(submission(3, "x"), *NodeName::parse("first-server-7"), look());
  EXPECT_EQ(std::get<Error>(missing).code, message::reply::ErrorCode::notFound);
}

TEST_F(Planning, ForetellsWhatALostHostAndAGrowingPoolMean) {
  apply(submission(2, "x"));
  obey();
  const auto fleet = std::get<FleetWorld>(lookAtFleet(*core_));
  const message::PoolOf pool{kCluster, *PoolName::parse("server")};
  const auto answer = told<message::reply::Simulated>(foresee(
      message::request::Simulate{
          {*HostName::parse("vh1")}, {{pool, 3}}, {{pool, {}}, {std::nullopt, {1, 1_GiB, 1_GiB}}}},
      fleet));
  EXPECT_EQ(answer.nodes, 3u);
  ASSERT_THAT(answer.placed, SizeIs(2)) << "the one of vh1, and the new one";
  for (const auto& row : answer.placed) EXPECT_EQ(row.to, HostName::parse("vh2"));
  ASSERT_THAT(answer.fits, SizeIs(2));
  EXPECT_EQ(answer.fits[0].count, 5u) << "16 GiB for 2 GiB each, and 3 are there";
  EXPECT_EQ(answer.fits[0].shape.needs.memory, 2_GiB);
  EXPECT_THAT(answer.fragile, SizeIs(1)) << "nothing is left beside vh2";

  const auto unknown = foresee(message::request::Simulate{{}, {{{kCluster, *PoolName::parse("sever")}, 3}}, {}}, fleet);
  EXPECT_EQ(std::get<Error>(unknown).hint, "did you mean \"first/server\"?");
  const auto lost = foresee(message::request::Simulate{{*HostName::parse("vh9")}, {}, {}}, fleet);
  EXPECT_EQ(std::get<Error>(lost).code, message::reply::ErrorCode::notFound);
}

TEST_F(Planning, OffersNoMoveForALayoutOfItsOwn) {
  apply(submission(3, "x"));
  obey();
  const auto fleet = std::get<FleetWorld>(lookAtFleet(*core_));
  EXPECT_THAT(told<message::reply::Rebalanced>(foresee(message::request::Rebalance{kCluster, 0}, fleet)).moves,
              IsEmpty());
  const auto unknown = foresee(message::request::Rebalance{*ClusterName::parse("other"), 0}, fleet);
  EXPECT_EQ(std::get<Error>(unknown).code, message::reply::ErrorCode::notFound);
}

TEST_F(Planning, ReadsWhichClusterASpecDeclares) {
  EXPECT_EQ(std::get<ClusterName>(clusterOf(submission(1, "x"))), kCluster);
  auto broken = submission(1, "x");
  broken.files["cluster.yaml"].bytes = "cluster: [";
  EXPECT_THAT(std::get<Error>(clusterOf(broken)).findings, SizeIs(1));
}

TEST_F(Planning, RemembersANodeSoThatTheSameSpecChangesNothing) {
  ASSERT_TRUE(apply(submission(3, "x")).rollout.has_value());
  obey();
  const auto again = propose(submission(3, "x"));
  EXPECT_THAT(again.row.waves, IsEmpty());
  EXPECT_EQ(again.row.unchanged, 3u);
  EXPECT_TRUE(again.sameRevision);
  EXPECT_THAT(again.staying, IsEmpty());
}

TEST_F(Planning, AcceptedIsOnDiskWithItsRolloutAndAllSpecs_I3) {
  const auto applied = apply(submission(3, "x"));
  const auto snapshot = std::get<store::Snapshot>(store_.load());
  ASSERT_THAT(snapshot.rollouts, SizeIs(1));
  EXPECT_EQ(snapshot.rollouts[0].id, applied.rollout);
  EXPECT_THAT(snapshot.changes, SizeIs(3));
  for (const auto& change : snapshot.changes) {
    EXPECT_TRUE(std::get<std::optional<std::string>>(store_.spec(change.target.spec)).has_value());
  }
  const auto revision = std::get<std::optional<store::RevisionRecord>>(store_.revision(kCluster, Revision(1)));
  ASSERT_TRUE(revision.has_value());
  EXPECT_EQ(revision->submission.files, submission(3, "x").files);
}

TEST_F(Planning, ChangesTagsLiveWithoutTouchingAMachine) {
  (void)apply(submission(2, "x"));
  obey();
  std::vector<Uuid> before;
  for (const auto& [name, node] : core_->ledger().nodes()) before.push_back(node.instance);
  const auto applied = apply(submission(2, "x", "b"));
  EXPECT_FALSE(applied.rollout.has_value());
  EXPECT_THAT(core_->ledger().tombstones(), IsEmpty());
  std::vector<Uuid> after;
  for (const auto& [name, node] : core_->ledger().nodes()) {
    after.push_back(node.instance);
    EXPECT_EQ(node.tags.at("role"), "b");
    EXPECT_EQ(node.revision, Revision(2));
    EXPECT_TRUE(std::get<std::optional<std::string>>(store_.spec(node.spec)).has_value());
  }
  EXPECT_EQ(after, before);
}

TEST_F(Planning, JoinsARolloutThatIsUnderWayWhenTheSameIsAppliedAgain) {
  const auto first = apply(submission(3, "x"));
  EXPECT_EQ(apply(submission(3, "x")).rollout, first.rollout);
}

TEST_F(Planning, SupersedesARolloutThatGoesElsewhereEvenWhenNothingIsLeftToDo) {
  (void)apply(submission(2, "x"));
  obey();
  const auto away = apply(submission(2, "y"));
  const auto back = apply(submission(2, "x"));
  ASSERT_TRUE(back.rollout.has_value());
  EXPECT_NE(back.rollout, away.rollout);
  EXPECT_EQ(std::get<std::optional<store::RolloutRecord>>(store_.rollout(*away.rollout))->state,
            message::RolloutState::superseded);
  obey();
  EXPECT_EQ(core_->rollouts().running(kCluster), nullptr);
  EXPECT_EQ(propose(submission(2, "x")).row.unchanged, 2u);
}

TEST_F(Planning, CountsWhatARolloutHasYetToPutOnAHost_I10) {
  // Each host holds eight of these; the rollout goes one by one, the promise is made at once.
  (void)apply(submission(9, "x"));
  std::uint32_t promised = 0;
  for (const auto& [name, host] : core_->ledger().hosts()) promised += core_->rollouts().reserved(name).vcpus;
  EXPECT_EQ(promised, 9u);
}

TEST_F(Planning, KeepsTheAddressOfANodeThatIsStillBeingRemoved) {
  (void)apply(submission(2, "x"));
  obey();
  (void)apply(submission(1, "x"));
  EXPECT_THAT(core_->ledger().tombstones(), SizeIs(1));
  const World world = look();
  ASSERT_THAT(world.held, SizeIs(1));
  EXPECT_EQ(world.held[0].address.str(), "10.77.0.202");
}

TEST_F(Planning, RefusesToPlanOverANodeWhoseSpecItCannotRead_I11) {
  (void)apply(submission(1, "x"));
  obey();
  World world = look();
  world.nodes.at(0).encoded = "damaged";
  const auto proposed = server::propose(submission(1, "x"), world);
  ASSERT_TRUE(std::holds_alternative<Error>(proposed));
  EXPECT_THAT(std::get<Error>(proposed).message, HasSubstr("first-server-0"));
}

TEST_F(Planning, ForgetsTheSpecsOfMachinesThatAreGone) {
  (void)apply(submission(1, "x"));
  obey();
  const Digest secret = core_->ledger().nodes().begin()->second.spec;
  (void)apply(submission(1, "y"));
  obey();
  EXPECT_FALSE(std::get<std::optional<std::string>>(store_.spec(secret)).has_value());
}

TEST_F(Planning, DestroysEverythingButHistory) {
  (void)apply(submission(2, "x"));
  obey();
  const auto destroyed = acceptDestroy(*core_, kCluster, kAlice, moment());
  finish();
  EXPECT_EQ(acceptDestroy(*core_, kCluster, kAlice, moment()).rollout, destroyed.rollout) << "once is enough";
  obey();
  const auto snapshot = std::get<store::Snapshot>(store_.load());
  EXPECT_THAT(snapshot.nodes, IsEmpty());
  EXPECT_THAT(snapshot.clusters, IsEmpty());
  EXPECT_THAT(snapshot.tombstones, IsEmpty());
  EXPECT_EQ(snapshot.revisions.at(kCluster), Revision(1));
  EXPECT_EQ(apply(submission(1, "x")).plan.to, Revision(2));
  obey();
  EXPECT_EQ(core_->ledger().nodes().begin()->second.incarnation, Incarnation(2)) << "no instance is ever made twice";
}

// ---- a store that cannot be written --------------------------------------------------------------------------------

TEST_F(Planning, NothingOfATurnHasHappenedWhenItsCommitFails) {
  (void)apply(submission(1, "x"));
  obey();
  const auto before = core_->ledger().nodes();
  store_.failWith(store::Failure{store::Failure::Kind::full, "no space", "make space"});
  const World world = look();
  (void)accept(*core_, submission(1, "y"), propose(submission(1, "y")), world, kAlice, moment());
  EXPECT_TRUE(std::holds_alternative<store::Failure>(core_->finish(moment())));
  EXPECT_TRUE(core_->broken().has_value());
  EXPECT_EQ(core_->ledger().nodes(), before);
  EXPECT_EQ(core_->rollouts().running(kCluster), nullptr);

  now_ += 10s;
  core_->tick(moment());
  EXPECT_TRUE(core_->broken().has_value()) << "still full";
  store_.failWith(std::nullopt);
  now_ += 10s;
  core_->tick(moment());
  EXPECT_FALSE(core_->broken().has_value());
  finish();
  ASSERT_TRUE(apply(submission(1, "y")).rollout.has_value());
  obey();
  EXPECT_EQ(propose(submission(1, "y")).row.unchanged, 1u);
}

// ---- conversions ----------------------------------------------------------------------------------------------------

TEST(ANode, IsTheSameAfterATripThroughItsMessage) {
  node::Blueprint blueprint;
  blueprint.name = *NodeName::parse("prod-server-2");
  blueprint.cluster = *ClusterName::parse("prod");
  blueprint.pool = *PoolName::parse("server");
  blueprint.index = 2;
  blueprint.vcpus = 4;
  blueprint.memory = 2_GiB;
  blueprint.disk = 20_GiB;
  blueprint.image = image::Image{"https://example.org/x.xz", image::Packing::xz, Digest::of("p"), Digest::of("c"), "x"};
  blueprint.nics.resize(2);
  blueprint.nics[0].attachment = spec::Attachment::macvtap;
  blueprint.nics[0].source = "eno1";
  blueprint.nics[0].mac = "52:00:00:00:00:01";
  blueprint.nics[0].address = spec::Ipv4::parse("10.0.0.7");
  blueprint.nics[1].source = "br1";
  blueprint.nics[1].mac = "52:00:00:00:00:02";
  blueprint.nics[1].mtu = 9000;
  blueprint.nics[1].address = spec::Ipv4::parse("10.1.0.7");
  blueprint.volumes.resize(1);
  blueprint.volumes[0].name = *VolumeName::parse("data");
  blueprint.volumes[0].size = 5_GiB;
  blueprint.volumes[0].keep = false;
  blueprint.ignition = R"({"ignition":{"version":"3.4.0"}})";
  blueprint.probes = {node::TcpProbe{*spec::Ipv4::parse("10.0.0.7"), 22}, node::HttpProbe{"http://10.0.0.7/", 204}};
  blueprint.wantsSystemdRunning = false;
  blueprint.tags = {{"role", "server"}};
  const auto back = toPlanner(toMessage(blueprint), 2, "10.0.0.7");
  EXPECT_EQ(node::machineDigest(back), node::machineDigest(blueprint));
  EXPECT_EQ(back.index, blueprint.index);
  EXPECT_EQ(back.image, blueprint.image);
  EXPECT_EQ(back.nics, blueprint.nics);
  EXPECT_EQ(back.address(), blueprint.address());
  EXPECT_EQ(back.volumes, blueprint.volumes);
  EXPECT_EQ(back.probes, blueprint.probes);
  EXPECT_EQ(back.wantsSystemdRunning, blueprint.wantsSystemdRunning);
  EXPECT_EQ(back.tags, blueprint.tags);
}

}  // namespace
}  // namespace berth::server
