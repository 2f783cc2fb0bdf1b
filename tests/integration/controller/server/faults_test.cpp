// SPDX-License-Identifier: Apache-2.0
//
// What a machine does to a controller: its disk fills up or fails, it is stopped for a while, it runs out of file
// descriptors, nobody takes its log, agents come and go without end. The numbers are those of docs/faults.md.
#include <csignal>
#include <fstream>

#include <gmock/gmock.h>
#include <sys/resource.h>

#include "tests/integration/controller/server/three_hosts.h"
#include "tests/loopback.h"

namespace berth::server {
namespace {

namespace reply = message::reply;
namespace request = message::request;
using namespace std::chrono_literals;
using message::RolloutState;
using reply::ErrorCode;
using testing::HasSubstr;
using testing::Not;

class Faults : public ThreeHosts {
protected:
  /// The controller again, over a disk that fails when it is told to.
  void restartOverAFailingDisk() {
    EXPECT_EQ(end(SIGTERM), 0);
    start({std::string("LD_PRELOAD=") + FAILING_DISK, "BERTH_TEST_DISK=" + state_.string()});
    EXPECT_TRUE(allReady());
  }
  void disk(const std::string& how) { std::ofstream(state_.string() + ".fails") << how; }
  void diskIsWell() { std::filesystem::remove(state_.string() + ".fails"); }
  [[nodiscard]] bool allReady() {
    return until([&] {
      const auto hosts = get<reply::Hosts>(request::GetHosts{}).hosts;
      return std::ranges::all_of(hosts, [](const auto& each) { return each.state == message::HostState::ready; });
    });
  }
  [[nodiscard]] std::vector<std::string> events() {
    std::vector<std::string> said;
    for (const auto& each : get<reply::Events>(request::GetEvents{{}, 1000}).events) {
      said.push_back(each.subject + " " + each.message);
    }
    return said;
  }
};

TEST_F(Faults, F21_AFullDiskRefusesWhatHasToBeKeptAndNothingElse) {
  ASSERT_TRUE(isDone(*apply(3, "hello").rollout));
  restartOverAFailingDisk();
  disk("full");
  const auto refused = refusalOf(request::Apply{submission(3, "changed"), std::nullopt});
  EXPECT_EQ(refused.code, ErrorCode::unavailable);
  EXPECT_THAT(refused.message + refused.hint, HasSubstr("space"));
  const auto clusters = get<reply::Clusters>(request::GetClusters{}).clusters;
  ASSERT_EQ(clusters.size(), 1u);
  EXPECT_EQ(clusters[0].revision, Revision(1)) << "no half of it is there";
  EXPECT_THAT(get<reply::Rollouts>(request::GetRollouts{}).rollouts, testing::SizeIs(1));
  EXPECT_EQ(machines(), 3u) << "nodes go on";
  // Agents still have a controller: each beat is answered.
  const auto acks = [&] { return std::ranges::count(agents_[0]->heard(), "heartbeat ack"); };
  const auto before = acks();
  EXPECT_TRUE(until([&] { return acks() >= before + 3; }));

  diskIsWell();
  reply::Applied applied;
  ASSERT_TRUE(until([&] {
    auto answer = ask(request::Apply{submission(3, "changed"), std::nullopt});
    if (auto* accepted = std::get_if<reply::Applied>(&answer)) applied = *accepted;
    return applied.rollout.has_value();
  }));
  EXPECT_EQ(applied.plan.to, Revision(2));
  EXPECT_TRUE(isDone(*applied.rollout));
}

TEST_F(Faults, F22_AfterAFailedSyncNothingOnTheDiskIsBelievedBeforeItWasReadAnew) {
  ASSERT_TRUE(isDone(*apply(3, "hello").rollout));
  restartOverAFailingDisk();
  disk("sync");
  // Whoever is the first to have something written ends it; an answer may or may not be out by then.
  const message::Request ask = request::Apply{submission(3, "changed"), std::nullopt};
  admin().throwAt(message::encode(message::Message<message::Request>{{}, ask}));
  EXPECT_NE(end(0), 0) << "it ends by itself, and systemd starts it again";
  diskIsWell();
  start();
  ASSERT_TRUE(allReady());
  // Whether a write whose sync failed is on the disk, nobody knows; but it is there whole, or not at all.
  const auto clusters = get<reply::Clusters>(request::GetClusters{}).clusters;
  ASSERT_EQ(clusters.size(), 1u);
  EXPECT_THAT(get<reply::Rollouts>(request::GetRollouts{}).rollouts, testing::SizeIs(clusters[0].revision.value()));
  const auto applied = apply(3, "changed once more");
  ASSERT_TRUE(applied.rollout.has_value());
  EXPECT_TRUE(isDone(*applied.rollout));
}

TEST_F(Faults, F44_AgentsThatComeAndGoWithoutEndKeepNobodyElseWaiting) {
  ASSERT_TRUE(isDone(*apply(3, "hello").rollout));
  const auto looping = identity::KeyPair::generate();
  ASSERT_TRUE(join(token("vh9"), looping).error.empty());
  std::vector<std::unique_ptr<FakeAgent>> comers;
  for (int round = 0; round < 40; ++round) {
    comers.clear();
    for (int i = 0; i < 5; ++i) {
      comers.push_back(
          std::make_unique<FakeAgent>(context_, *agentsAt_, controller_, looping, *HostName::parse("vh9"), random_));
    }
    for (int i = 0; i < 5; ++i) {
      for (auto& each : comers) each->turn(bad_);
      turnAgents();
    }
    const auto asked = std::chrono::steady_clock::now();
    EXPECT_EQ(readyNodes(), 3u) << "round " << round;
    EXPECT_LT(std::chrono::steady_clock::now() - asked, 5s);
  }
  for (const char* host : {"host vh1 ", "host vh2 ", "host vh3 "}) {
    EXPECT_THAT(events(), Not(testing::Contains(testing::AllOf(testing::StartsWith(host), HasSubstr("is lost")))));
  }
}

TEST_F(Faults, F55_AControllerThatWasStoppedForLongerThanALeaseHoldsNobodyForLost) {
  ASSERT_TRUE(isDone(*apply(3, "hello").rollout));
  ASSERT_EQ(::kill(process(), SIGSTOP), 0);
  const auto end = std::chrono::steady_clock::now() + 7s;  // longer than the lease of 5 s: the fault itself
  while (std::chrono::steady_clock::now() < end) turnAgents();
  ASSERT_EQ(::kill(process(), SIGCONT), 0);
  ASSERT_TRUE(allReady());
  EXPECT_EQ(readyNodes(), 3u);
  for (const auto& each : events()) EXPECT_THAT(each, Not(HasSubstr("is lost")));
}

/// Over TCP, as in production.
class OverTcp : public Controller {
protected:
  OverTcp() {
    const auto here = [](std::uint16_t port) {
      return identity::Endpoint::parse("tcp://" + loopback::ownAddress() + ":" + std::to_string(port));
    };
    operators_ = here(7701);
    agentsAt_ = here(7702);
    enrolment_ = here(7703);
    init();
    start();
    addAgent("vh1");
    EXPECT_TRUE(until([&] { return !agents_[0]->heard().empty(); }));
  }
};

TEST_F(OverTcp, F71_WithoutFileDescriptorsToSpareThoseWhoAreConnectedAreServed) {
  std::size_t open = 0;
  const auto files = std::filesystem::path("/proc") / std::to_string(process()) / "fd";
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(files)) ++open;
  rlimit many{};
  ASSERT_EQ(::prlimit(process(), RLIMIT_NOFILE, nullptr, &many), 0);
  const rlimit few{open + 3, many.rlim_max};
  ASSERT_EQ(::prlimit(process(), RLIMIT_NOFILE, &few, nullptr), 0);
  std::vector<std::unique_ptr<Operator>> crowd;
  for (int i = 0; i < 20; ++i) crowd.push_back(connect(identity::KeyPair::generate()));
  const auto acks = [&] { return std::ranges::count(agents_[0]->heard(), "heartbeat ack"); };
  const auto before = acks();
  EXPECT_TRUE(until([&] { return acks() >= before + 3; }));
  EXPECT_THAT(get<reply::Hosts>(request::GetHosts{}).hosts, testing::SizeIs(1));
  crowd.clear();
  ASSERT_EQ(::prlimit(process(), RLIMIT_NOFILE, &many, nullptr), 0);
  const auto applied = apply(1, "hello");
  ASSERT_TRUE(applied.rollout.has_value());
  EXPECT_TRUE(until([&] { return rollout(*applied.rollout).state == RolloutState::done; }));
}

TEST_F(Faults, F72_ALogThatNobodyTakesHoldsNothingUp) {
  EXPECT_EQ(end(SIGTERM), 0);
  std::filesystem::remove(directory_ / "log");
  std::filesystem::create_symlink("/dev/full", directory_ / "log");
  start();
  ASSERT_TRUE(allReady());
  // It has it open; whoever reads a log after a failure of this test would read for ever.
  std::filesystem::remove(directory_ / "log");
  EXPECT_TRUE(isDone(*apply(3, "hello").rollout));
  EXPECT_EQ(end(SIGTERM), 0);
}

TEST_F(Faults, F73_ASecretIsInNoLogNoPlanNoEventAndNoCommandLine) {
  const std::string canary = "canary-4f1c2a9be7";
  auto files = submission(3, "hello");
  files.files["cluster.yaml"].bytes += "variables:\n  token: { type: string, sensitive: true }\n";
  files.files["base.bu"].bytes +=
      "    - { path: /etc/token, mode: 0600, contents: { inline: \"token=${{ var.token }}\" } }\n";
  files.variables = {{.name = "token", .value = canary, .sensitive = true, .file = {}}};
  const auto planned = get<reply::Planned>(request::Plan{files});
  const auto frame = message::encode(message::Message<message::Reply>{{}, planned});
  EXPECT_THAT(std::string(frame.begin(), frame.end()), Not(HasSubstr(canary)));
  const auto applied = get<reply::Applied>(request::Apply{files, std::nullopt});
  ASSERT_TRUE(applied.rollout.has_value());
  ASSERT_TRUE(isDone(*applied.rollout));
  std::string all = log();
  for (const auto& each : events()) all += each;
  std::ifstream words("/proc/" + std::to_string(process()) + "/cmdline");
  all.append(std::istreambuf_iterator<char>(words), {});
  EXPECT_THAT(all, Not(HasSubstr(canary)));
  // The node itself has it.
  message::NeedSpecs needs;
  for (const auto& entry : agents_[0]->host().manifest().entries) needs.digests.push_back(entry.spec);
  agents_[0]->say(needs);
  EXPECT_TRUE(until([&] { return !agents_[0]->specs().empty(); }));
  EXPECT_THAT(agents_[0]->specs(), testing::Contains(HasSubstr(canary)));
}

}  // namespace
}  // namespace berth::server
