// SPDX-License-Identifier: Apache-2.0
//
// What people do about rollouts and hosts, against the real controller over real sockets.
#include <gmock/gmock.h>

#include "tests/integration/controller/server/three_hosts.h"

namespace berth::server {
namespace {

namespace request = message::request;
namespace reply = message::reply;
using message::Duty;
using message::RevisionChoice;
using message::RolloutState;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Verb = request::SteerRollout::Verb;

const ClusterName kFirst = *ClusterName::parse("first");

class Steering : public ThreeHosts {
protected:
  /// `update` is what the spec says there besides.
  [[nodiscard]] static message::Submission with(const std::string& motd, const std::string& update) {
    message::Submission submission = Controller::submission(3, motd);
    std::string& text = submission.files["cluster.yaml"].bytes;
    text.replace(text.find("max_parallel: 1"), 15, "max_parallel: 1, " + update);
    return submission;
  }
  [[nodiscard]] reply::Applied applyWith(const std::string& motd, const std::string& update) {
    return get<reply::Applied>(request::Apply{with(motd, update), std::nullopt, {}});
  }
  void steer(Verb verb) { (void)get<reply::Done>(request::SteerRollout{verb, {}, kFirst}); }
  [[nodiscard]] std::size_t changed(Revision revision) {
    const auto nodes = get<reply::Nodes>(request::GetNodes{}).nodes;
    return static_cast<std::size_t>(std::ranges::count(nodes, revision, &message::NodeRow::revision));
  }
  [[nodiscard]] bool reaches(RolloutId id, RolloutState state) {
    return until([&] { return rollout(id).state == state; });
  }
};

TEST_F(Steering, APausedRolloutBeginsNothingMoreUntilItIsResumed) {
  ASSERT_TRUE(isDone(*apply(3, "hello").rollout));
  const RolloutId id = *applyWith("changed", "stagger: 1s").rollout;
  ASSERT_TRUE(until([&] { return changed(Revision(2)) > 0; }));
  steer(Verb::pause);
  ASSERT_TRUE(until([&] { return rollout(id).done == 1 && readyNodes() == 3; }));
  EXPECT_EQ(rollout(id).state, RolloutState::paused);
  EXPECT_THAT(rollout(id).reason, HasSubstr("paused by operator"));
  EXPECT_EQ(rollout(id).deadlineMs, 0) << "nobody gives up on a pause";
  end(SIGKILL);
  start();
  ASSERT_TRUE(until([&] { return readyNodes() == 3; }));
  EXPECT_EQ(rollout(id).state, RolloutState::paused) << "also after a restart";
  EXPECT_EQ(changed(Revision(2)), 1u);
  steer(Verb::resume);
  ASSERT_TRUE(isDone(id));
  EXPECT_THAT(refusalOf(request::SteerRollout{Verb::pause, id, {}}).message, HasSubstr("is done already"));
}

TEST_F(Steering, CanariesGoFirstAndTheOthersOncePromoted) {
  ASSERT_TRUE(isDone(*apply(3, "hello").rollout));
  const auto applied = applyWith("changed", "canary: 1");
  EXPECT_EQ(applied.plan.canaryWaves, 1u);
  ASSERT_TRUE(until([&] { return rollout(*applied.rollout).done == 1; }));
  EXPECT_THAT(rollout(*applied.rollout).reason, HasSubstr("berth rollout promote"));
  EXPECT_EQ(changed(Revision(2)), 1u);
  steer(Verb::promote);
  ASSERT_TRUE(isDone(*applied.rollout));

  const auto byItself = applyWith("again", "canary: 1, auto_promote: true");
  ASSERT_TRUE(isDone(*byItself.rollout));
}

TEST_F(Steering, AnAbortedRolloutLeavesWhatItHasBegunAndCanBeTriedAgain) {
  ASSERT_TRUE(isDone(*apply(3, "hello").rollout));
  const auto applied = applyWith("changed", "canary: 1");
  ASSERT_TRUE(until([&] { return rollout(*applied.rollout).done == 1; }));
  steer(Verb::abort);
  EXPECT_EQ(rollout(*applied.rollout).state, RolloutState::aborted);
  EXPECT_EQ(changed(Revision(2)), 1u);
  const auto retried = get<reply::Applied>(request::ApplyRevision{kFirst, {}, {}, std::nullopt});
  ASSERT_TRUE(retried.rollout);
  EXPECT_EQ(retried.plan.unchanged, 1u);
  steer(Verb::promote);
  ASSERT_TRUE(isDone(*retried.rollout));
  EXPECT_EQ(changed(Revision(2)), 3u);
}

TEST_F(Steering, UndoGoesBackToTheLastRevisionThatWasRolledOutToItsEnd) {
  ASSERT_TRUE(isDone(*apply(3, "hello").rollout));
  ASSERT_TRUE(isDone(*apply(3, "changed").rollout));
  const RevisionChoice lastGood{RevisionChoice::Which::lastGood, {}};
  const auto planned = get<reply::Planned>(request::PlanRevision{kFirst, lastGood, {}}).plan;
  EXPECT_EQ(planned.from, Revision(2));
  EXPECT_EQ(planned.to, Revision(3)) << "going back is a revision of its own";
  EXPECT_EQ(changed(Revision(2)), 3u) << "a plan changes nothing";
  const auto undone = get<reply::Applied>(request::ApplyRevision{kFirst, lastGood, {}, planned.from});
  ASSERT_TRUE(isDone(*undone.rollout));
  EXPECT_THAT(get<reply::Planned>(request::Plan{submission(3, "hello"), {}, {}}).plan.waves, IsEmpty());

  EXPECT_EQ(refusalOf(request::ApplyRevision{kFirst, lastGood, {}, Revision(2)}).code, reply::ErrorCode::conflict);
  const RevisionChoice never{RevisionChoice::Which::numbered, Revision(9)};
  EXPECT_THAT(refusalOf(request::PlanRevision{kFirst, never, {}}).message, HasSubstr("has no revision 9"));
}

TEST_F(Steering, AFailedRolloutIsRevertedByItselfThoughTheControllerIsKilledMeanwhile) {
  ASSERT_TRUE(isDone(*apply(3, "hello").rollout));
  keepAsGood();
  const RolloutId id = *applyWith("broken", "auto_revert: true").rollout;
  ASSERT_TRUE(until([&] {
    breakWhatIsNew();
    return rollout(id).state != RolloutState::running;
  }));
  end(SIGKILL);
  start();
  ASSERT_TRUE(reaches(id, RolloutState::reverted)) << rollout(id).reason;
  EXPECT_THAT(rollout(id).reason, HasSubstr("took the cluster back"));
  EXPECT_TRUE(until([&] { return readyNodes() == 3; })) << "each host reports to the new controller first";
  EXPECT_THAT(get<reply::Planned>(request::Plan{submission(3, "hello"), {}, {}}).plan.waves, IsEmpty());
  EXPECT_EQ(get<reply::Clusters>(request::GetClusters{}).clusters[0].revision, Revision(3));
  expectNoTwins();
}

TEST_F(Steering, ThereIsNoWayBackFromTheFirstRevision) {
  const RolloutId id = *applyWith("broken", "auto_revert: true").rollout;
  ASSERT_TRUE(until([&] {
    breakWhatIsNew();
    return rollout(id).state == RolloutState::failed;
  }));
}

TEST_F(Steering, ACordonedHostTakesNoNewNodeAndKeepsItsOwn) {
  const HostName vh1 = *HostName::parse("vh1");
  (void)get<reply::Done>(request::SetDuty{vh1, Duty::cordoned});
  ASSERT_TRUE(isDone(*apply(3, "hello").rollout));
  for (const auto& node : get<reply::Nodes>(request::GetNodes{}).nodes) EXPECT_NE(node.host, vh1);
  EXPECT_EQ(get<reply::Hosts>(request::GetHosts{}).hosts[0].state, message::HostState::cordoned);
  (void)get<reply::Done>(request::SetDuty{vh1, Duty::open});
  EXPECT_EQ(get<reply::Hosts>(request::GetHosts{}).hosts[0].state, message::HostState::ready);
  EXPECT_THAT(refusalOf(request::SetDuty{*HostName::parse("vh9"), Duty::open}).hint, HasSubstr("did you mean"));
}

TEST_F(Steering, ADrainedHostIsEmptiedOneNodeAfterTheOther) {
  ASSERT_TRUE(isDone(*apply(3, "hello").rollout));
  const HostName vh1 = *HostName::parse("vh1");
  const auto dry = get<reply::Planned>(request::PlanRevision{kFirst, {}, {.drain = {vh1}}}).plan;
  ASSERT_THAT(dry.waves, SizeIs(1));
  EXPECT_EQ(dry.waves[0][0].from, vh1);
  EXPECT_EQ(get<reply::Hosts>(request::GetHosts{}).hosts[0].state, message::HostState::ready) << "nothing was done";

  (void)get<reply::Done>(request::SetDuty{vh1, Duty::draining});
  const auto vh1Row = [&] { return get<reply::Hosts>(request::GetHosts{}).hosts[0]; };
  ASSERT_TRUE(vh1Row().drain);
  EXPECT_EQ(vh1Row().drain->left, 1u);
  (void)end(SIGKILL);
  start();
  ASSERT_TRUE(until([&] { return readyNodes() >= 2; })) << "the hosts are heard again";
  ASSERT_TRUE(until([&] {
    EXPECT_GE(readyNodes(), 2u);
    expectNoTwins();
    return !vh1Row().drain;
  }));
  EXPECT_EQ(vh1Row().nodes, 0u);
  EXPECT_EQ(vh1Row().state, message::HostState::cordoned);
  EXPECT_EQ(get<reply::Clusters>(request::GetClusters{}).clusters[0].revision, Revision(1)) << "a move is no revision";
  (void)get<reply::Done>(request::RemoveHost{vh1});
}

TEST_F(Steering, ADrainIsGivenUpAtItsDeadlineAndEndedByAPerson) {
  ASSERT_TRUE(isDone(*apply(3, "hello").rollout));
  const auto host = [&](std::size_t at) { return get<reply::Hosts>(request::GetHosts{}).hosts[at]; };
  // Nothing can leave vh1 while nobody else takes it.
  const HostName vh1 = *HostName::parse("vh1");
  for (const char* other : {"vh2", "vh3"})
    (void)get<reply::Done>(request::SetDuty{*HostName::parse(other), Duty::cordoned});
  (void)get<reply::Done>(request::SetDuty{vh1, Duty::draining, std::chrono::seconds(2)});
  ASSERT_TRUE(
      until([&] { return !host(0).drain || host(0).drain->waitingFor.find("first-server-") != std::string::npos; }));
  ASSERT_TRUE(until([&] { return !host(0).drain; }));
  EXPECT_EQ(host(0).state, message::HostState::cordoned);
  EXPECT_EQ(host(0).nodes, 1u);
  const auto events = get<reply::Events>(request::GetEvents{{}, 1000}).events;
  EXPECT_THAT(events,
              testing::Contains(testing::Field(&message::EventRow::message, HasSubstr("given up at its deadline"))));

  (void)get<reply::Done>(request::SetDuty{vh1, Duty::draining});
  EXPECT_EQ(host(0).state, message::HostState::draining);
  (void)get<reply::Done>(request::SetDuty{vh1, Duty::open});
  EXPECT_EQ(host(0).state, message::HostState::ready);
  EXPECT_FALSE(host(0).drain);
}

// ---- power --------------------------------------------------------------------------------------------------------

TEST_F(Steering, ARestartGoesNodeByNodeAndKeepsTheMachines) {
  ASSERT_TRUE(isDone(*apply(3, "hello").rollout));
  const auto before = get<reply::Nodes>(request::GetNodes{}).nodes;
  message::PlanOptions options;
  for (const auto& node : before) options.restart.push_back(node.name);
  const auto applied = get<reply::Applied>(request::ApplyRevision{kFirst, {}, options, std::nullopt});
  ASSERT_TRUE(applied.rollout);
  EXPECT_EQ(applied.plan.waves.size(), 3u);
  ASSERT_TRUE(until([&] {
    EXPECT_GE(readyNodes(), 2u);
    return rollout(*applied.rollout).state == RolloutState::done;
  }));
  const auto after = get<reply::Nodes>(request::GetNodes{}).nodes;
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(after[i].status.instance, before[i].status.instance);
    EXPECT_EQ(after[i].status.phase, message::Phase::ready);
  }
}

TEST_F(Steering, AStoppedNodeStaysSoThroughARestartOfTheController) {
  using Power = message::Power;
  ASSERT_TRUE(isDone(*apply(3, "hello").rollout));
  const NodeName node = *NodeName::parse("first-server-1");
  const auto phase = [&] { return get<reply::Node>(request::DescribeNode{node}).node.status.phase; };
  EXPECT_THAT(refusalOf(request::SetPower{{*NodeName::parse("first-sever-1")}, Power::off}).hint,
              HasSubstr("did you mean"));
  (void)get<reply::Done>(request::SetPower{{node}, Power::off});
  ASSERT_TRUE(until([&] { return phase() == message::Phase::stopped; }));
  (void)end(SIGKILL);
  start();
  ASSERT_TRUE(until([&] { return readyNodes() == 2 && phase() == message::Phase::stopped; }));
  (void)get<reply::Done>(request::SetPower{{node}, Power::on});
  ASSERT_TRUE(until([&] { return readyNodes() == 3; }));
}

}  // namespace
}  // namespace berth::server
