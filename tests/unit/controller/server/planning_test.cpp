// SPDX-License-Identifier: Apache-2.0
#include "controller/server/planning.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/server/answer.h"
#include "controller/server/convert.h"
#include "controller/server/foresight.h"
#include "controller/server/relocation.h"
#include "controller/server/revisions.h"
#include "controller/server/ticket.h"
#include "controller/server/volume_orders.h"
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
    for (int i = 0; i < 20; ++i) obeyOnce(message::Phase::ready);
  }
  void obeyOnce(message::Phase reached) {
    obeyOnce([reached](message::InstanceStatus& status) { status.phase = reached; });
  }
  /// `tell` says how each is.
  void obeyOnce(const std::function<void(message::InstanceStatus&)>& tell) {
    now_ += 100ms;
    for (const auto& [name, host] : core_->ledger().hosts()) {
      message::Status status;
      status.extent = message::Status::Extent::full;
      status.sequence = sequence_ = sequence_.next();
      for (const auto& entry : core_->ledger().manifest(name).entries) {
        status.instances.emplace_back().instance = entry.instance;
        tell(status.instances.back());
      }
      for (const auto& tombstone : core_->ledger().manifest(name).tombstones) {
        status.instances.emplace_back().instance = tombstone.instance;
        status.instances.back().phase = message::Phase::gone;
      }
      core_->hear(name, {}, status, moment());
    }
    finish();
  }

  /// `more` goes into the pool.
  static message::Submission submission(int count, const std::string& motd, const std::string& role = "a",
                                        const std::string& memory = "2GiB", const std::string& more = "") {
    message::Submission files;
    files.specPath = "cluster.yaml";
    files.files["cluster.yaml"].bytes =
        "cluster: first\nimage: { file: /images/a.qcow2 }\n"
        "network: { bridge: br0, subnet: 10.77.0.0/24, gateway: 10.77.0.1 }\n"
        "update: { max_parallel: 1, min_healthy_time: 0s }\npools:\n  server:\n    count: " +
        std::to_string(count) + "\n    resources: { vcpus: 1, memory: " + memory +
        ", disk: 12GiB }\n"
        "    addresses: 10.77.0.201-10.77.0.209\n    butane: [base.bu]\n    tags: { role: " +
        role + " }\n" + more;
    files.files["base.bu"].bytes =
        "variant: fcos\nversion: 1.4.0\nstorage:\n  files:\n    - path: /etc/motd\n"
        "      contents: { inline: " +
        motd + " }\n";
    files.image.source = "file:///images/a.qcow2";
    files.image.contentDigest = Digest::of("an image");
    return files;
  }
  World look() { return std::get<World>(server::look(*core_, kCluster)); }
  Proposal propose(const message::Submission& files, const message::PlanOptions& options = {}) {
    auto proposed = server::propose(files, look(), options);
    if (const auto* error = std::get_if<Error>(&proposed)) {
      std::string text = error->message;
      for (const auto& each : error->findings) text += "\n" + each.message;
      throw std::runtime_error(text);
    }
    return std::get<Proposal>(std::move(proposed));
  }
  message::reply::Applied apply(const message::Submission& files, const message::PlanOptions& options = {}) {
    const World world = look();
    auto applied = accept(*core_, files, propose(files, options), world, kAlice, moment());
    finish();
    return applied;
  }

  /// Revision 1 is good; the rollout of revision 2 fails, and its cluster is to go back.
  message::reply::Applied failWithAutoRevert() {
    (void)apply(submission(1, "x"));
    obey();
    auto files = submission(1, "y");
    auto& text = files.files["cluster.yaml"].bytes;
    text.replace(text.find("max_parallel: 1"), 15, "max_parallel: 1, auto_revert: true");
    auto failed = apply(files);
    for (int i = 0; i < 10 && core_->rollouts().toRevert().empty(); ++i) obeyOnce(message::Phase::failed);
    return failed;
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

TEST_F(Planning, SaysWhatItChangesLive) {
  (void)apply(submission(2, "x"));
  obey();
  const auto row = propose(submission(2, "x", "b")).row;
  EXPECT_THAT(row.waves, IsEmpty());
  ASSERT_THAT(row.updates, SizeIs(2));
  EXPECT_EQ(row.updates[0].action, message::Action::update);
  EXPECT_EQ(row.updates[0].effect, message::Effect::now);
  EXPECT_THAT(row.updates[0].reasons, ElementsAre(HasSubstr("tags changed ← cluster.yaml:")));
}

TEST_F(Planning, GivesAMachineItsNewMemoryAtItsNextBoot) {
  (void)apply(submission(2, "x"));
  obey();
  const auto before = core_->ledger().nodes();
  const auto applied = apply(submission(2, "x", "a", "3GiB"));
  EXPECT_FALSE(applied.rollout.has_value());
  ASSERT_THAT(applied.plan.updates, SizeIs(2));
  EXPECT_EQ(applied.plan.updates[0].effect, message::Effect::nextBoot);
  for (const auto& [name, node] : core_->ledger().nodes()) {
    EXPECT_EQ(node.instance, before.at(name).instance) << "the machine goes on";
    EXPECT_NE(node.spec, before.at(name).spec);
    EXPECT_EQ(node.size.memory, 3_GiB) << "promised from now on";
  }
  EXPECT_EQ(propose(submission(2, "x", "a", "3GiB")).row.unchanged, 2u);
}

TEST_F(Planning, KeepsTheRoomOfAMachineThatShrinksUntilItIsAnotherOne_I10) {
  (void)apply(submission(1, "x"));
  obey();
  (void)apply(submission(1, "x", "a", "1GiB"));
  EXPECT_EQ(core_->ledger().nodes().begin()->second.size.memory, 2_GiB);
  EXPECT_EQ(propose(submission(1, "x", "a", "1GiB")).row.unchanged, 1u) << "nothing is left to do";
  (void)apply(submission(1, "y", "a", "1GiB"));
  obey();
  EXPECT_EQ(core_->ledger().nodes().begin()->second.size.memory, 1_GiB);
}

TEST_F(Planning, MovesAMachineThatOutgrowsItsHost) {
  (void)apply(submission(1, "x"));
  obey();
  const HostName host = core_->ledger().nodes().begin()->second.host;
  World world = look();
  for (auto& each : world.hosts) {
    if (each.name == host) each.capacity.memory = 2_GiB;
  }
  const auto proposed = std::get<Proposal>(server::propose(submission(1, "x", "a", "3GiB"), world));
  ASSERT_THAT(proposed.row.waves, SizeIs(1));
  EXPECT_EQ(proposed.row.waves[0][0].action, message::Action::replace);
  EXPECT_EQ(proposed.row.waves[0][0].from, host);
  EXPECT_NE(proposed.row.waves[0][0].host, host);
}

TEST_F(Planning, GuardsTheMajorityOfAQuorumPool_I4) {
  const std::string quorum = "    quorum: true\n";
  auto files = submission(3, "x", "a", "2GiB", quorum);
  auto& text = files.files["cluster.yaml"].bytes;
  text.replace(text.find("max_parallel: 1"), 15, "max_parallel: 3");
  (void)apply(files);
  obey();
  files.files["base.bu"].bytes = submission(3, "y").files["base.bu"].bytes;
  const auto proposed = propose(files);
  ASSERT_THAT(proposed.row.waves, SizeIs(3)) << "one by one, whatever max_parallel says";
  EXPECT_THAT(proposed.pace.quorum, ElementsAre(*PoolName::parse("server")));
  ASSERT_THAT(proposed.row.risks, SizeIs(3));
  const message::PoolRiskRow expected{*PoolName::parse("server"), 3, 1, 2, 0, 0};
  EXPECT_THAT(proposed.row.risks[0], ElementsAre(expected));
}

TEST_F(Planning, MakesANodeThatStandsInUntilTheOthersAreBack) {
  const std::string surge = "    max_surge: 1\n";
  (void)apply(submission(2, "x", "a", "2GiB", surge));
  obey();
  const auto applied = apply(submission(2, "y", "a", "2GiB", surge));
  ASSERT_THAT(applied.plan.waves, SizeIs(4));
  EXPECT_THAT(applied.plan.waves[0][0].reasons, ElementsAre("max_surge: stands in while 2 nodes are replaced"));
  const NodeName standIn = *NodeName::parse("first-server-2");
  EXPECT_EQ(applied.plan.waves[3][0].node, standIn);
  std::size_t fewest = 3;
  bool stoodIn = false;
  for (int i = 0; i < 30; ++i) {
    obeyOnce(message::Phase::ready);
    std::size_t ready = 0;
    for (const auto& [name, node] : core_->ledger().nodes()) ready += core_->fleet().standing(node).isReady() ? 1u : 0u;
    fewest = std::min(fewest, ready);
    const auto* node = core_->ledger().node(standIn);
    stoodIn = stoodIn || (node != nullptr && node->standsIn);
  }
  EXPECT_EQ(fewest, 2u);
  EXPECT_TRUE(stoodIn);
  EXPECT_EQ(core_->rollouts().running(kCluster), nullptr);
  EXPECT_THAT(core_->ledger().nodes(), SizeIs(2));
}

TEST_F(Planning, GoesOnWithTheNodeThatAFailedRolloutLeftToStandIn) {
  const std::string surge = "    max_surge: 1\n";
  (void)apply(submission(2, "x", "a", "2GiB", surge));
  obey();
  (void)apply(submission(2, "y", "a", "2GiB", surge));
  obeyOnce(message::Phase::failed);
  obeyOnce(message::Phase::failed);
  ASSERT_EQ(core_->rollouts().running(kCluster), nullptr) << "it has failed";
  ASSERT_THAT(core_->ledger().nodes(), SizeIs(3));
  obeyOnce(message::Phase::ready);
  const auto applied = apply(submission(2, "z", "a", "2GiB", surge));
  ASSERT_THAT(applied.plan.waves, SizeIs(4));
  EXPECT_EQ(applied.plan.waves[0][0].node.str(), "first-server-2");
  EXPECT_EQ(applied.plan.waves[0][0].action, message::Action::replace) << "of what it is, nobody knows that it is good";
  EXPECT_EQ(applied.plan.waves[3][0].node.str(), "first-server-2");
  EXPECT_EQ(applied.plan.waves[3][0].action, message::Action::destroy);
  for (int i = 0; i < 30; ++i) obeyOnce(message::Phase::ready);
  EXPECT_EQ(core_->rollouts().running(kCluster), nullptr);
  EXPECT_THAT(core_->ledger().nodes(), SizeIs(2));
}

TEST_F(Planning, TakesWhoStoodInForAMemberOnceThePoolIsThatLarge) {
  const std::string surge = "    max_surge: 1\n";
  (void)apply(submission(2, "x", "a", "2GiB", surge));
  obey();
  (void)apply(submission(2, "y", "a", "2GiB", surge));
  obeyOnce(message::Phase::failed);
  obeyOnce(message::Phase::failed);
  (void)apply(submission(3, "y", "a", "2GiB", surge));
  for (int i = 0; i < 30; ++i) obeyOnce(message::Phase::ready);
  ASSERT_THAT(core_->ledger().nodes(), SizeIs(3));
  EXPECT_FALSE(core_->ledger().node(*NodeName::parse("first-server-2"))->standsIn);
}

TEST_F(Planning, JudgesTheTimeByPastRollouts) {
  EXPECT_LT(propose(submission(1, "x")).row.estimateMs, 0) << "there are none";
  (void)apply(submission(1, "x"));
  obey();
  const auto row = propose(submission(2, "x")).row;
  EXPECT_GE(row.estimateMs, 0);
  EXPECT_EQ(row.judgedBy, 1u);
}

// ---- a part of a plan ----------------------------------------------------------------------------------------------

TEST_F(Planning, ChangesTheTargetsAlone) {
  (void)apply(submission(3, "x"));
  obey();
  const auto applied = apply(submission(3, "y"), {{"first-server-1"}, {}});
  ASSERT_THAT(applied.plan.waves, SizeIs(1));
  EXPECT_EQ(applied.plan.waves[0][0].node.str(), "first-server-1");
  EXPECT_EQ(applied.plan.leftOut, 2u);
  obey();
  const auto rest = propose(submission(3, "y")).row;
  EXPECT_THAT(rest.waves, SizeIs(2)) << "the others are still to be changed";
  EXPECT_EQ(rest.unchanged, 1u);
}

TEST_F(Planning, SaysThatATargetIsNotThere) {
  (void)apply(submission(2, "x"));
  obey();
  const auto proposed = server::propose(submission(2, "y"), look(), {{"sever"}, {}});
  ASSERT_TRUE(std::holds_alternative<Error>(proposed));
  const auto& findings = std::get<Error>(proposed).findings;
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].message, "--target sever: there is no pool and no node of that name");
  EXPECT_EQ(findings[0].hint, "did you mean \"server\"?");
}

TEST_F(Planning, MakesANodeAnewWhenAskedTo) {
  (void)apply(submission(2, "x"));
  obey();
  const auto row = propose(submission(2, "x"), {{}, {*NodeName::parse("first-server-1")}}).row;
  ASSERT_THAT(row.waves, SizeIs(1));
  EXPECT_EQ(row.waves[0][0].node.str(), "first-server-1");
  EXPECT_THAT(row.waves[0][0].reasons, ElementsAre("asked for by --replace"));
}

// ---- back to what was good ------------------------------------------------------------------------------------------

TEST_F(Planning, KnowsTheLastRevisionThatWasRolledOutToItsEnd) {
  using Which = message::RevisionChoice::Which;
  (void)apply(submission(2, "x"));
  obey();
  (void)apply(submission(2, "x", "b"));  // Tags: in force without a rollout.
  const auto failing = apply(submission(2, "y", "b"));
  EXPECT_FALSE(core_->rollouts().steer(kCluster, message::request::SteerRollout::Verb::abort, "alice", moment()));
  finish();
  EXPECT_EQ(failing.plan.to, Revision(3));
  EXPECT_EQ(std::get<std::optional<Revision>>(lastGood(*core_, kCluster, Revision(4))), Revision(2))
      << "3 was aborted, and 2 needed no rollout";
  EXPECT_EQ(std::get<std::optional<Revision>>(lastGood(*core_, kCluster, Revision(1))), std::nullopt);
  (void)apply(submission(2, "x", "b"));
  EXPECT_EQ(std::get<std::optional<Revision>>(lastGood(*core_, kCluster, Revision(4))), Revision(1))
      << "2 is what is in force again";
  const auto good = submissionOf(*core_, kCluster, {Which::lastGood, {}});
  EXPECT_EQ(std::get<message::Submission>(good), submission(2, "x"));
  const auto missing = submissionOf(*core_, kCluster, {Which::numbered, Revision(7)});
  EXPECT_EQ(std::get<Error>(missing).code, message::reply::ErrorCode::notFound);
}

TEST_F(Planning, GoesBackByItselfAsARevisionOfItsOwn) {
  const auto failed = failWithAutoRevert();
  const auto wanted = core_->rollouts().toRevert();
  ASSERT_THAT(wanted, SizeIs(1));
  EXPECT_EQ(wanted[0].id, failed.rollout);
  begin();
  ASSERT_THAT(core_->rollouts().toRevert(), SizeIs(1)) << "a restart forgets nothing";
  const World world = look();
  const auto good = submission(1, "x");
  const auto back =
      accept(*core_, good, propose(good), world, kAlice, moment(), {Cause::Kind::wayBack, failed.rollout});
  ASSERT_TRUE(back.rollout);
  EXPECT_EQ(back.plan.to, Revision(3));
  EXPECT_THAT(core_->rollouts().toRevert(), IsEmpty()) << "it is under way";
  obey();
  const auto ended = std::get<std::optional<store::RolloutRecord>>(store_.rollout(*failed.rollout));
  EXPECT_EQ(ended->state, message::RolloutState::reverted);
}

TEST_F(Planning, LeavesAFrozenNodeOutUntilItIsRestartedByName) {
  const std::string freeze = "    drift: freeze\n";
  (void)apply(submission(2, "x", "a", "2GiB", freeze));
  obey();
  const NodeName frozen = *NodeName::parse("first-server-1");
  bool isLeft = true;
  const auto tell = [&](message::InstanceStatus& status) {
    const bool isIt = isLeft && status.instance.node == frozen;
    status.phase = isIt ? message::Phase::stopped : message::Phase::ready;
    status.left = isIt ? message::Drift::freeze : message::Drift::heal;
    status.reason = isIt ? "somebody on the host cut its power" : "";
  };
  obeyOnce(tell);
  const auto proposed = propose(submission(2, "y", "a", "2GiB", freeze));
  ASSERT_THAT(proposed.changes, SizeIs(1));
  EXPECT_EQ(proposed.changes[0].target.name.str(), "first-server-0");
  EXPECT_THAT(proposed.staying, IsEmpty()) << "it is not of the new revision";
  ASSERT_THAT(proposed.row.warnings, SizeIs(1));
  EXPECT_THAT(proposed.row.warnings[0].message, HasSubstr("first-server-1 is frozen"));

  const store::OperatorRecord person{kAlice, message::Role::operator_, {}, 0};
  const auto start =
      answer(*core_, {}, person,
             message::request::SetPower{{frozen}, message::Power::on, message::request::SetPower::Force::no}, moment());
  const auto* refused = std::get_if<Error>(&std::get<message::Reply>(start));
  ASSERT_NE(refused, nullptr);
  EXPECT_THAT(refused->message, HasSubstr("is switched on, and down: somebody on the host cut its power"));
  EXPECT_THAT(refused->hint, HasSubstr("berth restart first-server-1"));

  const auto restarted = apply(submission(2, "x", "a", "2GiB", freeze), {.restart = {frozen}});
  ASSERT_TRUE(restarted.rollout);
  obeyOnce(tell);
  EXPECT_EQ(core_->ledger().node(frozen)->power, message::Power::off) << "until its host has read that";
  isLeft = false;
  obeyOnce([&](message::InstanceStatus& status) {
    status.phase = status.instance.node == frozen ? message::Phase::stopped : message::Phase::ready;
  });
  EXPECT_EQ(core_->ledger().node(frozen)->power, message::Power::on);
  obey();
  EXPECT_EQ(core_->rollouts().running(kCluster), nullptr);
}

/// Two nodes that are made elsewhere when their host is lost for two minutes; and hosts of which some fall silent.
class LostHost : public Planning {
protected:
  LostHost() {
    (void)apply(replaced("x"));
    obey();
  }
  static message::Submission replaced(const std::string& motd) {
    return submission(2, motd, "a", "2GiB", "    on_host_loss: replace\n    host_loss_grace: 120s\n");
  }
  void silence(const HostName& silent, std::chrono::seconds time) {
    for (; time > 0s; time -= 2s) {
      now_ += 2s;
      for (const auto& [name, host] : core_->ledger().hosts()) {
        if (name != silent) core_->hear(name, {}, message::Heartbeat{}, moment());
      }
      core_->tick(moment());
      finish();
    }
  }
  message::Reply heal(const Relocation& relocation) {
    const auto files = std::get<message::Submission>(submissionOf(*core_, kCluster, relocation.choice()));
    World world = look();
    asOf(world, relocation, files);
    auto proposal = std::get<Proposal>(server::propose(files, world, relocation.options()));
    auto reply = relocated(*core_, relocation, files, std::move(proposal), world, moment());
    finish();
    return reply;
  }
  Relocator relocator_;
};

TEST_F(LostHost, MakesTheNodesOfALostHostElsewhereAsTheyWere) {
  const NodeName node = *NodeName::parse("first-server-0");
  const store::NodeRecord before = *core_->ledger().node(node);
  silence(before.host, 110s);
  EXPECT_THAT(relocator_.due(*core_, moment()), IsEmpty()) << "its grace is not over";
  silence(before.host, 20s);
  const auto due = relocator_.due(*core_, moment());
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_THAT(due[0].nodes, testing::ElementsAre(node));
  EXPECT_FALSE(due[0].carriesOn);
  EXPECT_THAT(relocator_.due(*core_, moment()), IsEmpty()) << "not again and again";
  const auto reply = heal(due[0]);
  const auto& applied = std::get<message::reply::Applied>(reply);
  ASSERT_TRUE(applied.rollout);
  silence(before.host, 4s);
  const store::NodeRecord after = *core_->ledger().node(node);
  EXPECT_NE(after.host, before.host);
  EXPECT_EQ(after.address, before.address);
  EXPECT_EQ(after.revision, before.revision);
  EXPECT_THAT(core_->ledger().manifest(after.host).entries,
              testing::Contains(testing::Field(&message::Manifest::Entry::instance, after.id())));
  obey();
  const auto ended = std::get<std::optional<store::RolloutRecord>>(store_.rollout(*applied.rollout));
  EXPECT_EQ(ended->kind, store::RolloutKind::heal);
  EXPECT_EQ(ended->state, message::RolloutState::done);
  EXPECT_FALSE(Relocator::isWanted(*core_, due[0], moment()));
}

TEST_F(LostHost, DoesNotSpreadARevisionThatFailed) {
  const NodeName node = *NodeName::parse("first-server-1");
  (void)apply(replaced("broken"));
  for (int i = 0; i < 10; ++i) obeyOnce(message::Phase::failed);
  ASSERT_EQ(core_->rollouts().running(kCluster), nullptr);
  const store::NodeRecord untouched = *core_->ledger().node(node);
  ASSERT_EQ(untouched.revision, Revision(1));
  silence(untouched.host, 130s);
  const auto due = relocator_.due(*core_, moment());
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_EQ(due[0].revision, Revision(1));
  ASSERT_TRUE(std::holds_alternative<message::reply::Applied>(heal(due[0])));
  silence(untouched.host, 4s);
  EXPECT_EQ(core_->ledger().node(node)->spec, untouched.spec) << "the very machine that was lost";
  EXPECT_EQ(core_->ledger().cluster(kCluster)->revision, Revision(2));
}

TEST_F(LostHost, LeavesARolloutThatAPersonHoldsAlone) {
  (void)apply(replaced("y"));
  EXPECT_FALSE(core_->rollouts().steer(kCluster, message::request::SteerRollout::Verb::pause, "alice", moment()));
  finish();
  silence(core_->ledger().node(*NodeName::parse("first-server-1"))->host, 200s);
  EXPECT_THAT(relocator_.due(*core_, moment()), IsEmpty());
}

TEST_F(LostHost, PlansShowWhatIsToBeMadeElsewhere) {
  const NodeName node = *NodeName::parse("first-server-0");
  const HostName host = core_->ledger().node(node)->host;
  silence(host, 130s);
  const auto row = propose(replaced("x")).row;
  ASSERT_THAT(row.waves, SizeIs(1));
  EXPECT_EQ(row.waves[0][0].from, host);
  EXPECT_THAT(row.waves[0][0].reasons, testing::ElementsAre(host.str() + " is lost"));
}

// ---- volumes that follow their nodes
// ---------------------------------------------------------------------------------

/// A node with a volume on a host that is drained.
class VolumeMoves : public Planning {
protected:
  VolumeMoves() {
    hello();
    (void)apply(files());
    obeyAll();
    home_ = node().host;
    store::HostRecord host = *core_->ledger().host(home_);
    host.duty = message::Duty::draining;
    core_->ledger().put(std::move(host));
    finish();
  }
  void hello() {
    for (const auto& [name, host] : core_->ledger().hosts()) {
      message::Hello hello;
      hello.bootId = "boot";
      hello.capacity = {8, 16_GiB, 100_GiB};
      hello.peers = "tcp://" + name.str() + ":7404";
      core_->hear(name, {}, hello, moment());
    }
    finish();
  }
  static message::Submission files() {
    return submission(1, "x", "a", "2GiB", "    volumes: { data: { size: 4GiB, mount: /var/lib/data } }\n");
  }
  static message::PlanOptions moving() {
    message::PlanOptions options;
    options.volumes = message::PlanOptions::Volumes::move;
    return options;
  }
  const store::NodeRecord& node() { return *core_->ledger().node(kNode); }
  /// As agents do: they make what is ordered, and copy what they are to take while `copies`.
  void obeyAll(bool copies = true) {
    for (int i = 0; i < 12; ++i) {
      now_ += 100ms;
      for (const auto& [name, host] : core_->ledger().hosts()) obeyOf(name, copies);
      finish();
    }
  }
  void obeyOf(const HostName& name, bool copies) {
    const auto manifest = core_->ledger().manifest(name);
    auto& volumes = volumes_[name];
    message::Status status;
    status.extent = message::Status::Extent::full;
    status.sequence = sequence_ = sequence_.next();
    for (const auto& entry : manifest.entries) {
      status.instances.emplace_back().instance = entry.instance;
      status.instances.back().phase = reached_;
      if (volumes.empty()) volumes.push_back({kCluster, kNode, {kData, 4_GiB, true}, manifest.generation});
    }
    for (const auto& tombstone : manifest.tombstones) {
      status.instances.emplace_back().instance = tombstone.instance;
      status.instances.back().phase = message::Phase::gone;
    }
    for (const auto& move : manifest.volumeMoves) {
      if (move.side != message::VolumeMove::Side::takes) continue;
      if (copies)
        volumes.push_back({kCluster, kNode, {kData, 4_GiB, true}, move.at});
      else
        status.volumeMoves.push_back({move.node, move.volume, move.at, Bytes(1_GiB).count(), 0, Bytes(4_GiB).count()});
    }
    for (const auto& order : manifest.volumeOrders) {
      std::erase_if(volumes, [&](const auto& each) { return each.since <= order.at; });
      status.carriedOut.push_back(order);
    }
    status.volumes = volumes;
    core_->hear(name, {}, status, moment());
  }

  const NodeName kNode = *NodeName::parse("first-server-0");
  const VolumeName kData = *VolumeName::parse("data");
  HostName home_;
  /// What nodes come to.
  message::Phase reached_ = message::Phase::ready;
  std::map<HostName, std::vector<message::VolumeStatus>> volumes_;
};

TEST_F(VolumeMoves, GoFromHostToHostAndNothingIsLeftBehind) {
  EXPECT_TRUE(propose(files()).changes.empty()) << "unless it is asked for";
  const auto applied = apply(files(), moving());
  ASSERT_TRUE(applied.rollout);
  ASSERT_EQ(applied.plan.waves[0][0].carried.size(), 1u);
  EXPECT_EQ(applied.plan.risks[0][0].copied, 4_GiB);
  obeyAll(false);
  const auto& change = core_->rollouts().changesOf(*applied.rollout)->front();
  EXPECT_EQ(change.state, message::ChangeState::copying);
  EXPECT_EQ(core_->rollouts().waitingFor(*applied.rollout),
            "first-server-0 on vh2: copying 1.0 of 4.0 GiB from " + home_.str());
  const auto refused = deleteVolumes(*core_, {{{kNode, kData, home_, {}}}}, "operator alice", moment());
  ASSERT_TRUE(refused);
  EXPECT_THAT(refused->message, HasSubstr("is being copied from host vh1"));
  std::map<HostName, message::VolumeRow> rows;
  for (const auto& row : core_->fleet().volumes()) rows.emplace(row.host, row);
  EXPECT_EQ(rows.at(home_).state, message::VolumeState::attached);
  EXPECT_EQ(rows.at(node().host).state, message::VolumeState::copying);
  EXPECT_EQ(rows.at(node().host).copied, Bytes(1_GiB).count());

  obeyAll();
  EXPECT_EQ(core_->rollouts().running(kCluster), nullptr);
  EXPECT_EQ(std::get<std::optional<store::RolloutRecord>>(store_.rollout(*applied.rollout))->state,
            message::RolloutState::done);
  EXPECT_NE(node().host, home_);
  EXPECT_TRUE(volumes_[home_].empty());
  EXPECT_EQ(volumes_[node().host].size(), 1u);
  EXPECT_EQ(core_->ledger().volumes().size(), 1u);
  EXPECT_TRUE(propose(files()).changes.empty());
}

TEST_F(VolumeMoves, KeepWhatTheyLeftUntilTheNodeHasBeenReadyWithTheCopy_I2) {
  reached_ = message::Phase::failed;
  (void)apply(files(), moving());
  obeyAll();
  ASSERT_EQ(core_->rollouts().running(kCluster), nullptr) << "it has failed";
  ASSERT_EQ(volumes_[home_].size(), 1u);
  const auto refusal = [&] { return deleteVolumes(*core_, {{{kNode, kData, home_, {}}}}, "operator alice", moment()); };
  const auto why = refusal();
  ASSERT_TRUE(why);
  EXPECT_EQ(why->message,
            "volume first-server-0/data was copied to host vh2, and node first-server-0 has not been "
            "ready with the copy yet");
  EXPECT_EQ(why->hint,
            "it is deleted from host vh1 when the node is ready there; or take the volume or the node out of "
            "the spec and apply it");

  reached_ = message::Phase::ready;
  obeyAll();
  EXPECT_TRUE(volumes_[home_].empty()) << "it went by itself";
  EXPECT_EQ(volumes_[node().host].size(), 1u);
}

TEST_F(VolumeMoves, LeaveWhatNobodyWantsAnyMoreToWhoeverNamesIt) {
  reached_ = message::Phase::failed;
  (void)apply(files(), moving());
  obeyAll();
  core_->ledger().condemn(kNode);
  finish();
  obeyAll();
  const auto declared = deleteVolumes(*core_, {{{kNode, kData, home_, {}}}}, "operator alice", moment());
  ASSERT_TRUE(declared) << "the next apply makes the node again";
  EXPECT_THAT(declared->message, HasSubstr("declares volume data of node first-server-0"));
  core_->ledger().removeCluster(kCluster);
  finish();
  EXPECT_FALSE(deleteVolumes(*core_, {{{kNode, kData, home_, {}}}}, "operator alice", moment()));
  obeyAll();
  EXPECT_TRUE(volumes_[home_].empty());
}

TEST_F(VolumeMoves, GoOnWithAnotherController_I3) {
  const auto applied = apply(files(), moving());
  obeyAll(false);
  begin();
  hello();
  obeyAll();
  EXPECT_EQ(std::get<std::optional<store::RolloutRecord>>(store_.rollout(*applied.rollout))->state,
            message::RolloutState::done);
  EXPECT_TRUE(volumes_[home_].empty());
}

TEST_F(VolumeMoves, AreTakenBackByWhoeverOpensTheHostAgain) {
  (void)apply(files(), moving());
  obeyAll(false);
  const HostName other = node().host;
  EXPECT_TRUE(propose(files()).changes.empty()) << "it goes on";
  store::HostRecord host = *core_->ledger().host(home_);
  host.duty = message::Duty::open;
  core_->ledger().put(std::move(host));
  finish();
  (void)apply(files());
  obeyAll(false);
  EXPECT_EQ(node().host, home_);
  EXPECT_EQ(core_->rollouts().running(kCluster), nullptr);
  EXPECT_EQ(volumes_[home_].size(), 1u) << "it never left";
  EXPECT_EQ(core_->ledger().volumes().size(), 1u) << "and what had come is swept";
}

TEST_F(VolumeMoves, LeaveAVolumeWithSnapshotsWhereItIsAndSayWhy) {
  core_->ledger().take(store::SnapshotRecord{home_, kCluster, kNode, kData, *message::SnapshotName::parse("before"),
                                             4_GiB, Generation()});
  finish();
  const auto proposal = propose(files(), moving());
  EXPECT_TRUE(proposal.changes.empty());
  ASSERT_EQ(proposal.row.warnings.size(), 1u);
  EXPECT_THAT(proposal.row.warnings[0].message, HasSubstr("its volume data cannot follow it: it has snapshot before"));
}

TEST_F(Planning, WhatAPersonAppliesGoesBeforeAWayBackThatHasNotBegun) {
  const auto failed = failWithAutoRevert();
  ASSERT_THAT(core_->rollouts().toRevert(), SizeIs(1));
  EXPECT_FALSE(apply(submission(1, "y")).rollout) << "no node has to change for it";
  EXPECT_THAT(core_->rollouts().toRevert(), IsEmpty());
  const auto ended = std::get<std::optional<store::RolloutRecord>>(store_.rollout(*failed.rollout));
  EXPECT_EQ(ended->state, message::RolloutState::failed);
}

TEST_F(Planning, NobodyHoldsOrEndsADestroyHalfWay) {
  using Verb = message::request::SteerRollout::Verb;
  (void)apply(submission(2, "x"));
  obey();
  (void)acceptDestroy(*core_, kCluster, kAlice, moment());
  for (const Verb verb : {Verb::pause, Verb::abort}) {
    EXPECT_THAT(core_->rollouts().steer(kCluster, verb, "operator alice", moment()),
                testing::Optional(HasSubstr("all of it is under way already")));
  }
  obey();
  EXPECT_THAT(core_->ledger().clusters(), IsEmpty());
}

// ---- what is protected ---------------------------------------------------------------------------------------------

TEST_F(Planning, KeepsAProtectedClusterEvenWhenItsLinesAreGone_I2) {
  const std::string guard = "    protect: true\n";
  (void)apply(submission(2, "x", "a", "2GiB", guard));
  obey();
  begin();
  EXPECT_THAT(look().protections, ElementsAre(testing::Pair("pool server", HasSubstr("revision 1, cluster.yaml:"))))
      << "also after a restart";
  const auto refused = server::propose(submission(1, "x"), look());
  ASSERT_TRUE(std::holds_alternative<Error>(refused));
  EXPECT_THAT(std::get<Error>(refused).findings.at(0).message, HasSubstr("first-server-1 may not be destroyed"));

  const auto answered =
      answer(*core_, {}, {kAlice, message::Role::operator_, {}, 0}, message::request::Destroy{kCluster, {}}, moment());
  const auto* error = std::get_if<Error>(&std::get<message::Reply>(answered));
  ASSERT_NE(error, nullptr);
  EXPECT_THAT(error->message, HasSubstr("pool server is protected (revision 1, cluster.yaml:"));

  (void)apply(submission(2, "x", "a", "2GiB", "    protect: false\n"));
  EXPECT_THAT(look().protections, IsEmpty());
  EXPECT_EQ(propose(submission(1, "x")).row.waves.size(), 1u);
}

// ---- saved plans ---------------------------------------------------------------------------------------------------

class Saved : public Planning {
protected:
  Ticket ticketFor(const message::Submission& files, const message::PlanOptions& options = {}) {
    const Ticket made{files, options, factsOf(look()), digestOf(propose(files, options).row)};
    return openTicket(key_, sealTicket(key_, made)).value();
  }
  std::optional<Error> judge(const Ticket& ticket) {
    return outdated(ticket, look(), propose(ticket.submission, ticket.options).row);
  }

  identity::KeyPair key_ = identity::KeyPair::generate();
};

TEST_F(Saved, IsCarriedOutWhileTheWorldStandsStill) {
  (void)apply(submission(2, "x"));
  obey();
  const Ticket ticket = ticketFor(submission(2, "y"), {{"server"}, {*NodeName::parse("first-server-1")}});
  EXPECT_EQ(ticket.submission, submission(2, "y"));
  EXPECT_EQ(ticket.options.targets, std::vector<std::string>{"server"});
  EXPECT_FALSE(judge(ticket));
}

TEST_F(Saved, IsRefusedWithWhatHasMoved) {
  (void)apply(submission(2, "x"));
  obey();
  const Ticket ticket = ticketFor(submission(2, "y"));
  (void)apply(submission(2, "z"));
  obey();
  const auto error = judge(ticket);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, message::reply::ErrorCode::conflict);
  std::vector<std::string> moved;
  for (const auto& each : error->findings) moved.push_back(each.message);
  EXPECT_THAT(moved, testing::Contains("cluster first: revision 1 → revision 2"));
  EXPECT_THAT(moved, testing::Contains(HasSubstr("node first-server-0: on vh1, incarnation 1")));
}

TEST_F(Saved, IsCarriedOutWhenOnlyWhatItDoesNotTouchHasMoved) {
  (void)apply(submission(1, "x"));
  obey();
  const Ticket ticket = ticketFor(submission(1, "y"));
  World world = look();
  world.hosts.back().capacity.memory = 64_GiB;
  const auto row = std::get<Proposal>(server::propose(ticket.submission, world)).row;
  EXPECT_FALSE(outdated(ticket, world, row));
}

TEST_F(Saved, IsNobodysToReadOrChange) {
  const std::string sealed = sealTicket(key_, ticketFor(submission(1, "a secret of the spec")));
  EXPECT_EQ(sealed.find("a secret of the spec"), std::string::npos);
  EXPECT_FALSE(openTicket(identity::KeyPair::generate(), sealed)) << "another controller";
  for (const std::size_t at : {std::size_t{0}, std::size_t{30}, sealed.size() - 1}) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(openTicket(key_, changed)) << at;
  }
  EXPECT_FALSE(openTicket(key_, ""));
}

TEST_F(Planning, JoinsARolloutThatIsUnderWayWhenTheSameIsAppliedAgain) {
  const auto first = apply(submission(3, "x"));
  EXPECT_EQ(apply(submission(3, "x")).rollout, first.rollout);
}

TEST_F(Planning, TakesThePlaceOfARolloutThatWasForSomeNodesAlone) {
  (void)apply(submission(3, "x"));
  obey();
  const auto some = apply(submission(3, "y"), {.targets = {"first-server-1"}});
  const auto all = apply(submission(3, "y"));
  ASSERT_TRUE(some.rollout && all.rollout);
  EXPECT_NE(all.rollout, some.rollout) << "the other nodes would wait for nobody";
  EXPECT_EQ(core_->rollouts().changesOf(*all.rollout)->size(), 2u) << "that one is on its way already";
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

TEST_F(Planning, CountsVolumesInThePoolsOfHosts_I10) {
  for (const auto& [name, host] : core_->ledger().hosts()) {
    message::Hello hello;
    hello.bootId = "boot";
    hello.capacity = {8, 16_GiB, 100_GiB, 500_GiB};
    hello.volumePool = "vms (logical)";
    core_->hear(name, {}, hello, moment());
  }
  finish();
  const auto asked = [](int count) {
    return submission(count, "x", "a", "2GiB", "    volumes: { data: { size: 300GiB, mount: /var/lib/data } }\n");
  };
  (void)apply(asked(2));
  obey();
  for (const auto& [name, host] : core_->ledger().hosts()) {
    EXPECT_EQ(core_->rollouts().reserved(name), (message::Capacity{1, 2_GiB, 12_GiB, 300_GiB})) << "one on each";
    EXPECT_EQ(core_->fleet().describe(name, moment().now).volumePool, "vms (logical)");
  }
  try {
    (void)propose(asked(3));
    ADD_FAILURE() << "a third has no room";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("2 lack room in the volume pool (vh1 has 200GiB of 300GiB free)"));
  }
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

TEST_F(Planning, TellsAgentsThatSomebodyIsThereWhileItsStoreIsFull) {  // fault 21
  const HostName host = *HostName::parse("vh1");
  store_.failWith(store::Failure{store::Failure::Kind::full, "no space", "make space"});
  core_->ledger().record(moment(), "anything", "that has to be kept");
  ASSERT_TRUE(std::holds_alternative<store::Failure>(core_->finish(moment())));
  EXPECT_THAT(core_->takeSigns(), IsEmpty());

  core_->hear(host, {}, message::Heartbeat{}, moment());
  message::Status status;
  status.sequence = Sequence(1);
  core_->hear(host, {}, status, moment());
  ASSERT_TRUE(std::holds_alternative<store::Failure>(core_->finish(moment())));
  const auto signs = core_->takeSigns();
  ASSERT_THAT(signs, SizeIs(1)) << "what is not taken is not answered";
  const auto& sign = std::get<fleet::Send>(signs[0]);
  EXPECT_EQ(sign.host, host);
  ASSERT_TRUE(std::holds_alternative<message::HeartbeatAck>(sign.body));
  EXPECT_EQ(std::get<message::HeartbeatAck>(sign.body).event, Sequence()) << "no event has been kept";

  core_->hear(host, {}, message::Hello{}, moment());
  const auto welcome = core_->takeSigns();
  ASSERT_THAT(welcome, SizeIs(1));
  EXPECT_TRUE(std::holds_alternative<message::Welcome>(std::get<fleet::Send>(welcome[0]).body));
}

TEST_F(Planning, LosesNoHostBecauseTheControllerItselfDidNotRun) {  // fault 55
  const HostName host = *HostName::parse("vh1");
  now_ += 10min;  // Stopped, or its machine suspended: whatever was said meanwhile is still to be read.
  core_->tick(moment());
  finish();
  EXPECT_EQ(core_->fleet().state(host), message::HostState::ready);

  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(core_->fleet().state(host), message::HostState::ready);
    now_ += 4s;
    core_->tick(moment());
    finish();
  }
  EXPECT_EQ(core_->fleet().state(host), message::HostState::lost) << "silent for a lease that it listened through";
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
  blueprint.shutdownDeadline = std::chrono::minutes(7);
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
  EXPECT_EQ(back.shutdownDeadline, blueprint.shutdownDeadline);
  EXPECT_EQ(back.tags, blueprint.tags);
}

}  // namespace
}  // namespace berth::server
