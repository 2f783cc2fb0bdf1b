// SPDX-License-Identifier: Apache-2.0
#include "planner/change/artifacts.h"

#include <gmock/gmock.h>

#include "planner/change/reasons.h"

namespace berth::change {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const HostName kOld = *HostName::parse("h-old");
const HostName kNew = *HostName::parse("h-new");

node::Artifact artifact(const std::string& name, const std::string& content, const std::string& from = "example.org") {
  return {name, "https://" + from + "/" + name, Digest::of(content)};
}

node::Blueprint blueprint(const std::string& name, std::vector<node::Artifact> artifacts) {
  node::Blueprint made;
  made.name = *NodeName::parse(name);
  made.cluster = *ClusterName::parse("c");
  made.pool = *PoolName::parse("server");
  made.artifacts = std::move(artifacts);
  return made;
}

std::vector<std::string> messages(const source::Findings& findings) {
  std::vector<std::string> all;
  for (const auto& each : findings) all.push_back(each.message);
  return all;
}

Difference compare(const node::Blueprint& now, const node::Blueprint& wanted) {
  const Former former;
  const ChangedVariables changed;
  return Comparison(former, changed).compare(now, wanted);
}

TEST(Artifacts, AreNoPartOfTheMachineDigestOfNodesWithoutThem) {
  const auto bare = blueprint("c-server-0", {});
  auto with = bare;
  with.artifacts = {artifact("consul.zip", "1")};
  EXPECT_NE(node::machineDigest(bare), node::machineDigest(with));
  EXPECT_EQ(node::machineDigest(bare).hex(), "09e4e1fa5f39b2aeba21cd6ad32f6f2db4372e9e169181f175266dff103f0e51");
}

TEST(Artifacts, OfAnotherContentTakeAnotherMachineAndElsewhereTheyDoNot) {
  const auto now = blueprint("c-server-0", {artifact("consul.zip", "1"), artifact("nomad.zip", "1")});
  const auto mirrored = blueprint("c-server-0", {artifact("nomad.zip", "1", "mirror"), artifact("consul.zip", "1")});
  EXPECT_EQ(node::machineDigest(now), node::machineDigest(mirrored));
  const Difference moved = compare(now, mirrored);
  EXPECT_EQ(moved.depth, Depth::live);
  EXPECT_THAT(moved.reasons, ElementsAre("artifacts come from another place"));

  const auto newer = blueprint("c-server-0", {artifact("consul.zip", "2"), artifact("vault.zip", "1")});
  EXPECT_NE(node::machineDigest(now), node::machineDigest(newer));
  const Difference changed = compare(now, newer);
  EXPECT_EQ(changed.depth, Depth::machine);
  EXPECT_THAT(changed.reasons, ElementsAre("artifact consul.zip 6b86b273ff34 → d4735e3a265e",
                                           "artifact vault.zip added", "artifact nomad.zip removed"));
}

TEST(Artifacts, KeepNodesAwayFromOlderAgents) {
  std::vector<layout::Host> held(2);
  held[0].name = kOld;
  held[1].name = kNew;
  const auto bare = blueprint("c-server-0", {});
  const auto with = blueprint("c-server-1", {artifact("consul.zip", "1")});
  source::Findings findings;
  holdBackOlderAgents({bare}, {kNew}, held, {}, findings);
  EXPECT_THAT(findings, IsEmpty());
  EXPECT_EQ(held[0].state, layout::HostState::ready);

  holdBackOlderAgents({bare, with}, {kNew}, held, {}, findings);
  EXPECT_THAT(messages(findings), ElementsAre("no new node goes to h-old: its agent is an older one, which hands no "
                                              "artifacts to nodes"));
  EXPECT_EQ(held[0].state, layout::HostState::cordoned);
  EXPECT_EQ(held[1].state, layout::HostState::ready);
}

TEST(Artifacts, AreNotPromisedToANodeThatIsMadeAnewUnderAnOlderAgent) {
  const std::vector<node::Blueprint> wanted{blueprint("c-server-0", {}),
                                            blueprint("c-server-1", {artifact("consul.zip", "1")}),
                                            blueprint("c-server-2", {artifact("consul.zip", "1")})};
  const auto changeOf = [&](std::size_t which, Action action, const HostName& host) {
    Change change;
    change.action = action;
    change.node = wanted[which].name;
    change.host = host;
    return change;
  };
  Plan plan;
  plan.waves = {{changeOf(0, Action::replace, kOld), changeOf(1, Action::restart, kOld)},
                {changeOf(2, Action::create, kNew)}};
  EXPECT_THAT(unhandedArtifacts(plan, wanted, {kNew}, {}), IsEmpty());

  plan.waves.push_back({changeOf(1, Action::replace, kOld), changeOf(2, Action::create, kOld)});
  const auto findings = unhandedArtifacts(plan, wanted, {kNew}, {});
  EXPECT_THAT(messages(findings), ElementsAre("the agent of h-old is an older one, which hands no artifacts to nodes: "
                                              "c-server-1 and 1 more"));
  EXPECT_TRUE(source::hasErrors(findings));
  EXPECT_THAT(unhandedArtifacts(plan, wanted, {kNew, kOld}, {}), IsEmpty());
}

}  // namespace
}  // namespace berth::change
