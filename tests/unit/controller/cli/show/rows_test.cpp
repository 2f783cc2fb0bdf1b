// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/rows.h"

#include <sstream>

#include <gtest/gtest.h>

#include "controller/cli/show/describe.h"
#include "controller/cli/show/text.h"
#include "tests/unit/controller/cli/golden.h"
#include "tests/unit/controller/cli/show/rows_of_a_fleet.h"

namespace berth::show {
namespace {

using testing::expectGolden;
using testing::kNow;

std::string narrow(const Table& table) { return table.render(kPlain, 80); }
std::string wide(const Table& table) { return table.render(kPlain, std::nullopt); }

std::vector<message::ClusterRow> clusters() {
  message::ClusterRow first;
  first.name = testing::named<ClusterName>("first");
  first.revision = Revision(2);
  first.nodes = first.ready = 3;
  first.image.label = "fedora-coreos stable 44.20260707.3.1";
  first.image.contentDigest = Digest::of("image");
  first.imageDeclared = "stream: stable";
  message::ClusterRow second = first;
  second.name = testing::named<ClusterName>("second");
  second.ready = 1;
  message::ClusterRow third = first;
  third.name = testing::named<ClusterName>("third");
  third.state = "destroying";
  return {first, second, third};
}

std::vector<message::RolloutRow> rollouts() {
  auto done = testing::rollout(message::RolloutState::done);
  done.id = RolloutId(2);
  done.from = Revision(0);
  done.to = Revision(1);
  done.startedMs = testing::ago(std::chrono::hours(3));
  done.endedMs = done.startedMs + 95'000;
  done.done = 3;
  auto failed = testing::failed().rollout;
  failed.reason = "first-server-1 did not become ready within 5m: Ignition failed";
  return {done, failed};
}

std::vector<message::EventRow> events() {
  return {{Sequence(41), testing::ago(std::chrono::minutes(7)), "host vh3", "lost: no heartbeat for 15s"},
          {Sequence(42), testing::ago(std::chrono::seconds(3)), "node first-server-1",
           "stopped by itself; starting it again (restart 1 of this instance)\x1b]0;x\x07"}};
}

std::vector<message::SecretRow> secrets() {
  const auto secret = [](const char* name, message::SecretKind kind) {
    message::SecretRow row;
    row.name = *message::SecretName::parse(name);
    row.kind = kind;
    row.inForce = true;
    row.madeMs = testing::ago(std::chrono::hours(30));
    row.by = testing::named<OperatorName>("alice");
    return row;
  };
  auto gossip = secret("consul/gossip", message::SecretKind::key);
  auto rotated = gossip;
  rotated.version = 2;
  rotated.inForce = false;
  rotated.madeMs = testing::ago(std::chrono::minutes(5));
  auto certificate = secret("tls/first-server-0", message::SecretKind::certificate);
  certificate.node = testing::named<NodeName>("first-server-0");
  certificate.by = testing::named<OperatorName>("berth");
  certificate.expiresMs = certificate.madeMs + std::int64_t{365} * 86'400'000;
  return {gossip, rotated, secret("tls", message::SecretKind::authority), certificate};
}

TEST(SecretTable, IsGolden) {
  expectGolden("secrets.txt", narrow(secretTable(secrets(), Breadth::narrow, kNow)));
  expectGolden("secrets-wide.txt", wide(secretTable(secrets(), Breadth::wide, kNow)));
}

TEST(HostTable, IsGolden) {
  expectGolden("hosts.txt", narrow(hostTable(testing::hosts(), Breadth::narrow)));
  expectGolden("hosts-wide.txt", wide(hostTable(testing::hosts(), Breadth::wide)));
}

TEST(NodeTable, IsGolden) {
  expectGolden("nodes.txt", narrow(nodeTable(testing::nodes(), Breadth::narrow, kNow)));
  expectGolden("nodes-wide.txt", wide(nodeTable(testing::nodes(), Breadth::wide, kNow)));
}

TEST(VolumeTable, IsGolden) {
  expectGolden("volumes.txt", narrow(volumeTable(testing::volumes(), Breadth::narrow)));
  expectGolden("snapshots.txt", narrow(snapshotTable(snapshotsOf(testing::volumes()), testing::kNow)));
  expectGolden("volumes-wide.txt", wide(volumeTable(testing::volumes(), Breadth::wide)));
}

TEST(ClusterTable, IsGolden) {
  expectGolden("clusters.txt", narrow(clusterTable(clusters(), Breadth::narrow)));
  expectGolden("clusters-wide.txt", wide(clusterTable(clusters(), Breadth::wide)));
}

TEST(RolloutTable, IsGolden) {
  expectGolden("rollouts.txt", narrow(rolloutTable(rollouts(), Breadth::narrow, kNow)));
  expectGolden("rollouts-wide.txt", wide(rolloutTable(rollouts(), Breadth::wide, kNow)));
}

TEST(LockTable, IsGolden) {
  expectGolden("locks.txt", narrow(lockTable(testing::locks(), Breadth::narrow, kNow)));
  expectGolden("locks-wide.txt", wide(lockTable(testing::locks(), Breadth::wide, kNow)));
}

TEST(EventTable, IsGolden) {
  expectGolden("events.txt", narrow(eventTable(events(), Breadth::narrow, kNow)));
  expectGolden("events-wide.txt", wide(eventTable(events(), Breadth::wide, kNow)));
}

TEST(NarrowTables, FitEightyColumns) {
  for (const Table& table :
       {hostTable(testing::hosts(), Breadth::narrow), nodeTable(testing::nodes(), Breadth::narrow, kNow),
        volumeTable(testing::volumes(), Breadth::narrow), clusterTable(clusters(), Breadth::narrow),
        rolloutTable(rollouts(), Breadth::narrow, kNow), eventTable(events(), Breadth::narrow, kNow),
        lockTable(testing::locks(), Breadth::narrow, kNow), changeTable(testing::failed().changes, kNow)}) {
    std::istringstream lines(narrow(table));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(columnsOf(line), 80U) << line;
  }
}

TEST(NodeTable, ClaimsNothingAboutANodeWhoseHostIsLost) {
  const Cell cell = phaseCell(testing::nodes().at(2));
  EXPECT_EQ(cell.text, "unknown");
}

TEST(Describe, IsGolden) {
  const View view{kPlain, kNow, 80};
  auto failing = testing::failed();
  message::NodeRow node = testing::nodes().at(3);
  node.status.failedUnits = {"hello.service"};
  node.status.retiredUntilMs = node.status.sinceMs + 86'400'000;
  node.status.console = failing.changes.at(1).status.console;
  expectGolden("describe-host.txt", describe(testing::hosts().at(1), {testing::nodes().at(1)}, view));
  expectGolden("describe-node.txt", describe(message::reply::Node{node, events()}, view));
  expectGolden("describe-cluster.txt", describe(clusters().at(1), testing::nodes(), rollouts(), view));
  expectGolden("describe-rollout.txt", describe(failing, view));
}

TEST(Describe, SurvivesAReasonOfNothingButSpaces) {
  message::NodeRow node = testing::nodes().at(0);
  node.status.reason = " \t ";
  EXPECT_NE(describe(message::reply::Node{node, {}}, View{kPlain, kNow, 80}), "");
}

}  // namespace
}  // namespace berth::show
