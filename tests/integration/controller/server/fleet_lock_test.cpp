// SPDX-License-Identifier: Apache-2.0
//
// Nodes that ask the real controller over real HTTP before they reboot.
#include <csignal>
#include <fstream>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "planner/ignition/data_url.h"
#include "planner/node/zincati.h"
#include "tests/integration/controller/server/harness.h"
#include "tests/integration/controller/server/zincati.h"
#include "tests/loopback.h"

namespace berth::server {
namespace {

namespace request = message::request;
namespace reply = message::reply;
using testing::HasSubstr;

constexpr std::size_t kHosts = 9;
constexpr std::uint32_t kNodes = 100;
constexpr std::size_t kBudget = 6;

/// One that nobody has: it was somebody's a moment ago, on an address of this process alone.
std::uint16_t freePort(const std::string& address) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in own{};
  own.sin_family = AF_INET;
  inet_pton(AF_INET, address.c_str(), &own.sin_addr);
  socklen_t size = sizeof own;
  EXPECT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&own), size), 0);
  EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size), 0);
  ::close(fd);
  return ntohs(own.sin_port);
}

class FleetLockOverHttp : public Controller {
protected:
  FleetLockOverHttp() : address_(loopback::ownAddress()), port_(freePort(address_)) {
    init();
    std::ofstream(state_ / "controller.yaml", std::ios::app)
        << "address: " << address_ << "\nhttp: { listen: \"" << address_ << ":" << port_
        << "\" }\ndisruption_budget: " << kBudget << "\n";
    start();
  }

  void addHosts(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) addAgent("vh" + std::to_string(i));
    ASSERT_TRUE(until([&] {
      const auto hosts = get<reply::Hosts>(request::GetHosts{}).hosts;
      return std::ranges::all_of(hosts, [](const auto& each) { return each.state == message::HostState::ready; });
    }));
  }
  [[nodiscard]] static message::Submission clusterOf(const std::string& name, std::uint32_t count,
                                                     const std::string& motd) {
    message::Submission submission = Controller::submission(count, motd);
    submission.files["cluster.yaml"].bytes =
        "cluster: " + name +
        "\nimage: { file: /images/a.qcow2 }\nnetwork: { bridge: br0, dhcp: true }\n"
        "os_updates: { strategy: fleet_lock }\n"
        "update: { max_parallel: 5, min_healthy_time: 0s, healthy_deadline: 60s }\n"
        "pools:\n  web:\n    count: " +
        std::to_string(count) + "\n    resources: { vcpus: 1, memory: 2GiB, disk: 12GiB }\n    butane: [base.bu]\n";
    return submission;
  }
  RolloutId applied(const message::Submission& submission) {
    const auto done = get<reply::Applied>(request::Apply{submission, std::nullopt, {}});
    EXPECT_TRUE(done.rollout);
    return done.rollout.value_or(RolloutId());
  }
  [[nodiscard]] bool isDone(RolloutId id) {
    return until([&] { return rollout(id).state == message::RolloutState::done; });
  }

  /// As whom each node asks: read from the config that its host was given.
  [[nodiscard]] std::vector<Zincati> zincatis() {
    std::size_t wanted = 0;
    for (auto& agent : agents_) {
      message::NeedSpecs needs;
      for (const auto& entry : agent->host().manifest().entries) needs.digests.push_back(entry.spec);
      wanted += needs.digests.size();
      agent->say(needs);
    }
    const auto come = [&] {
      std::size_t count = 0;
      for (const auto& agent : agents_) count += agent->specs().size();
      return count;
    };
    EXPECT_TRUE(until([&] { return come() >= wanted; }));
    std::map<NodeName, Zincati> found;
    for (const auto& agent : agents_) {
      for (const std::string& encoded : agent->specs()) {
        const auto decoded = message::decodeSpec(encoded);
        const auto* spec = std::get_if<message::NodeSpec>(&decoded);
        if (spec == nullptr) {
          ADD_FAILURE() << std::get<message::Malformed>(decoded).detail;
          continue;
        }
        // It outlives the loop over its files.
        const auto config = nlohmann::json::parse(spec->ignition);
        for (const auto& file : config.at("storage").at("files")) {
          if (file.at("path") != node::kFleetLockPath) continue;
          const auto toml = ignition::decodeDataUrl(file.at("contents").at("source").get<std::string>());
          found[spec->node] = zincatiOf(spec->node, std::get<std::string>(toml));
        }
      }
    }
    EXPECT_NE(wanted, 0u);
    std::vector<Zincati> all;
    for (const auto& [name, each] : found) all.push_back(each);
    return all;
  }
  [[nodiscard]] Zincati zincatiOf(const NodeName& node, const std::string& toml) const {
    const auto quoted = [&](const std::string& key) {
      const auto begin = toml.find(key + " = \"") + key.size() + 4;
      return toml.substr(begin, toml.find('"', begin) - begin);
    };
    const std::string url = quoted("base_url");
    const std::string server = "http://" + address_ + ":" + std::to_string(port_);
    EXPECT_TRUE(url.starts_with(server + "/fleetlock/") && url.ends_with("/")) << url;
    return {node, quoted("node_uuid"), url.substr(server.size())};
  }

  [[nodiscard]] HttpAnswer ask(const Zincati& who, const std::string& verb) {
    std::optional<HttpAnswer> answer;
    std::jthread asking([&] { answer = exchange(address_, port_, lockRequest(who.base + verb, who.id)); });
    asking.join();
    return *answer;
  }

  /// By node: whether its machine is up now.
  [[nodiscard]] std::map<NodeName, bool> machinesUp() const {
    std::map<NodeName, bool> up;
    for (const auto& agent : agents_) {
      for (const auto& [uuid, machine] : agent->host().machines()) {
        auto& known = up[machine.id.node];
        known = known || machine.phase == message::Phase::ready;
      }
    }
    return up;
  }
  void reboot(const NodeName& node) {
    for (auto& agent : agents_) agent->host().reboot(node);
  }

  const std::string address_;
  const std::uint16_t port_;
};

TEST_F(FleetLockOverHttp, AHundredNodesWantToRebootAtOnceWhileARolloutAndADrainRun) {
  addHosts(kHosts);
  ASSERT_TRUE(isDone(applied(clusterOf("a", kNodes / 2, "hello"))));
  ASSERT_TRUE(isDone(applied(clusterOf("b", kNodes / 2, "hello"))));
  std::vector<Zincati> clients = zincatis();
  ASSERT_EQ(clients.size(), kNodes);
  ASSERT_TRUE(until([&] { return std::ranges::all_of(machinesUp(), [](const auto& each) { return each.second; }); }));

  const RolloutId changes = applied(clusterOf("b", kNodes / 2, "changed"));
  (void)get<reply::Done>(request::SetDuty{*HostName::parse("vh0"), message::Duty::draining});
  ZincatiFleet fleet(address_, port_, std::move(clients));
  std::set<NodeName> mayReboot;
  std::size_t most = 0;
  std::size_t done = 0;
  bool isOver = false;
  bool wasKilled = false;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(100);
  while (!isOver && std::chrono::steady_clock::now() < deadline) {
    turnAgents();
    const auto up = machinesUp();
    const auto isUp = [&](const NodeName& node) {
      const auto machine = up.find(node);
      return machine != up.end() && machine->second;
    };
    std::set<NodeName> away;
    std::set<NodeName> reboots;
    done = fleet.with([&](auto& all) {
      std::size_t heard = 0;
      for (Zincati& each : all) {
        using State = Zincati::State;
        if (each.state == State::rebooting && isUp(each.node)) each.state = State::back;
        if (!isUp(each.node)) away.insert(each.node);
        if (each.state == State::may) {
          away.insert(each.node);
          reboots.insert(each.node);
          each.state = State::rebooting;
        }
        if (each.state == State::done) ++heard;
      }
      return heard;
    });
    ASSERT_LE(away.size(), kBudget);
    most = std::max(most, away.size());
    for (const NodeName& node : reboots) reboot(node);
    if (done > kNodes / 2 && !std::exchange(wasKilled, true)) {
      end(SIGKILL);
      start();
    }
    isOver = done == kNodes && get<reply::Locks>(request::GetLocks{}).locks.empty();
  }
  EXPECT_TRUE(isOver) << done << " of " << kNodes;
  EXPECT_GE(most, 2u) << "one after the other would be no art";
  ASSERT_TRUE(isDone(changes));
  EXPECT_TRUE(until([&] { return get<reply::Hosts>(request::GetHosts{}).hosts[0].nodes == 0; }));
}

TEST_F(FleetLockOverHttp, IsHeldOverARestartShownAndReleasedByAPerson) {
  addHosts(1);
  ASSERT_TRUE(isDone(applied(clusterOf("a", 8, "hello"))));
  ASSERT_TRUE(until([&] { return std::ranges::all_of(machinesUp(), [](const auto& each) { return each.second; }); }));
  const auto clients = zincatis();
  ASSERT_EQ(clients.size(), 8u);
  ASSERT_TRUE(until([&] { return ask(clients[0], "v1/pre-reboot").status == 200; }));
  for (std::size_t i = 1; i < 5; ++i) EXPECT_EQ(ask(clients[i], "v1/pre-reboot").status, 200);
  const HttpAnswer refused = ask(clients[5], "v1/pre-reboot");
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.body, HasSubstr("pool web: a-web-0, a-web-1, a-web-2 and 2 more are down (5 of 5)"));
  end(SIGKILL);
  start();
  ASSERT_TRUE(until([&] { return ask(clients[0], "v1/pre-reboot").status == 200; }));
  auto rows = get<reply::Locks>(request::GetLocks{}).locks;
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_EQ(rows[0].state, message::LockState::granted);
  EXPECT_EQ(rows[0].group, "workers");
  EXPECT_EQ(get<reply::Nodes>(request::GetNodes{}).nodes[0].lock, message::LockState::granted);

  const NodeName first = clients[0].node;
  (void)get<reply::Done>(request::ReleaseLock{first});
  EXPECT_EQ(refusalOf(request::ReleaseLock{first}).code, reply::ErrorCode::conflict);
  EXPECT_EQ(get<reply::Locks>(request::GetLocks{}).locks.size(), 4u);
  const auto events = get<reply::Node>(request::DescribeNode{first}).events;
  EXPECT_THAT(events.back().message, HasSubstr("released by operator admin"));
}

TEST_F(FleetLockOverHttp, BelievesNoStrangerAndReadsNoMoreThanItMust) {
  addHosts(1);
  ASSERT_TRUE(isDone(applied(clusterOf("a", 2, "hello"))));
  auto clients = zincatis();
  ASSERT_EQ(clients.size(), 2u);
  ASSERT_TRUE(until([&] { return ask(clients[0], "v1/pre-reboot").status == 200; }));
  Zincati liar = clients[1];
  liar.base = clients[0].base;
  EXPECT_EQ(ask(liar, "v1/pre-reboot").status, 403);
  liar.id = std::string(32, '0');
  EXPECT_EQ(ask(liar, "v1/pre-reboot").status, 403);
  const auto raw = [&](const std::string& bytes) { return exchange(address_, port_, bytes).status; };
  EXPECT_EQ(raw("GET / HTTP/1.1\r\nhost: x\r\n\r\n"), 404);
  EXPECT_EQ(raw("POST /fleetlock/x/v1/pre-reboot HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n"), 413);
  EXPECT_GE(raw("GET / HTTP/1.1\r\nhost: x\r\nlong: " + std::string(100'000, 'x') + "\r\n\r\n"), 0);
  EXPECT_GE(raw(std::string(1000, '\0') + "\r\n\r\n"), 0);
  EXPECT_TRUE(until([&] { return ask(clients[1], "v1/pre-reboot").status == 200; })) << "the door still answers";
}

TEST_F(Controller, WithoutADoorForNodesASpecThatNeedsItIsRefused) {
  init();
  start();
  message::Submission submission = Controller::submission(1, "hello");
  submission.files["cluster.yaml"].bytes += "os_updates: { strategy: fleet_lock }\n";
  const auto refused = refusalOf(request::Plan{submission, {}, {}});
  ASSERT_FALSE(refused.findings.empty());
  EXPECT_THAT(refused.findings.front().message, HasSubstr("this one answers no nodes"));
  EXPECT_THAT(refused.findings.front().hint, HasSubstr("http: { listen:"));
}

}  // namespace
}  // namespace berth::server
