// SPDX-License-Identifier: Apache-2.0
#include "agent/program/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/program/peers.h"

namespace berth::program {
namespace {

Config good(const std::string& text) {
  auto parsed = parseConfig(text, "agent.yaml");
  if (const auto* error = std::get_if<ConfigError>(&parsed)) ADD_FAILURE() << error->message;
  return std::holds_alternative<Config>(parsed) ? std::get<Config>(parsed) : Config{};
}

std::string wrong(const std::string& text) {
  auto parsed = parseConfig(text, "agent.yaml");
  const auto* error = std::get_if<ConfigError>(&parsed);
  return error != nullptr ? error->message : "nothing wrong";
}

TEST(Config, AnEmptyFileIsTheDefaults) {
  const auto config = good("");
  EXPECT_EQ(config.stateDirectory, kDefaultStateDirectory);
  EXPECT_EQ(config.libvirt, "qemu:///system");
  EXPECT_TRUE(config.policy.networks.empty());
}

TEST(Config, EveryKeyIsTaken) {
  const auto config = good(R"(
state_dir: /srv/berth
libvirt: qemu:///session
zone: a
labels: { rack: "7", disk: ssd }
networks: [br0, default]
image_directories: [/srv/images]
image_hosts:
  - good.example
image_http: false
max_vcpus: 16
max_memory: 64GiB
max_disk: 500GiB
volumes: { pool: vms }
max_volumes: 2TiB
overcommit: { vcpus: 4, memory: 1.25 }
log: debug
)");
  EXPECT_EQ(config.stateDirectory, "/srv/berth");
  EXPECT_EQ(config.libvirt, "qemu:///session");
  EXPECT_EQ(config.zone, "a");
  EXPECT_EQ(config.labels, (std::map<std::string, std::string>{{"disk", "ssd"}, {"rack", "7"}}));
  EXPECT_EQ(config.policy.networks, (std::vector<std::string>{"br0", "default"}));
  EXPECT_EQ(config.policy.imageDirectories, std::vector<std::string>{"/srv/images"});
  EXPECT_EQ(config.policy.imageHosts, std::vector<std::string>{"good.example"});
  EXPECT_EQ(config.policy.plainHttp, reconcile::Policy::PlainHttp::refused);
  EXPECT_EQ(config.policy.capacity, (message::Capacity{16, 64_GiB, 500_GiB, 2048_GiB}));
  EXPECT_EQ(config.volumePool, "vms");
  EXPECT_EQ(config.policy.overcommit, (reconcile::Overcommit{400, 125}));
  EXPECT_EQ(config.log, LogLevel::debug);
}

TEST(Config, SaysWherePeersComeIn) {
  const auto both = good("peers: { listen: \"tcp://*:7500\", announce: tcp://vh1.example:7404 }");
  EXPECT_EQ(peersAt(both, "10.0.0.5")->listen.str(), "tcp://*:7500");
  EXPECT_EQ(peersAt(both, "10.0.0.5")->announce.str(), "tcp://vh1.example:7404");
  const auto one = good("peers: { listen: tcp://10.0.0.9:7500 }");
  EXPECT_EQ(peersAt(one, "10.0.0.5")->announce.str(), "tcp://10.0.0.9:7500");
  const auto other = good("peers: { announce: tcp://10.0.0.9:7500 }");
  EXPECT_EQ(peersAt(other, "")->listen.str(), "tcp://10.0.0.9:7500");
  EXPECT_THAT(wrong("peers: { listen: \"tcp://*:7500\" }"), testing::HasSubstr("agent.yaml:1: 'peers' should be with "
                                                                               "announce"));
  EXPECT_THAT(wrong("peers: { announce: \"tcp://*:7500\" }"), testing::HasSubstr("such that others can connect"));
  EXPECT_THAT(wrong("peers: { liste: tcp://10.0.0.9:7500 }"), testing::HasSubstr("a mapping of listen and announce"));
  EXPECT_THAT(wrong("peers: none"), testing::HasSubstr("a mapping of listen and announce"));
}

TEST(Config, WithoutAWordPeersComeWhereTheControllerIsReachedFrom) {
  EXPECT_EQ(peersAt({}, "10.0.0.5")->announce.str(), "tcp://10.0.0.5:7404");
  EXPECT_EQ(peersAt({}, "fd00::5")->listen.str(), "tcp://[fd00::5]:7404");
  EXPECT_FALSE(peersAt({}, "")) << "over a local socket there is no such address";
  EXPECT_FALSE(peersAt({}, "fe80::5%eth0")) << "it means something on one link alone";
}

TEST(Config, AMistakeIsNamedWithItsLineAndWhatItShouldHaveBeen) {
  EXPECT_EQ(wrong("zone: a\nnetwroks: [br0]\n"), "agent.yaml:2: unknown key 'netwroks'; did you mean 'networks'?");
  EXPECT_EQ(wrong("networks: br0\n"), "agent.yaml:1: 'networks' should be a list, such as [a, b]");
  EXPECT_EQ(wrong("max_memory: 64\n"), "agent.yaml:1: 'max_memory' should be an amount with its unit, such as 64GiB");
  EXPECT_EQ(wrong("max_vcpus: many\n"), "agent.yaml:1: 'max_vcpus' should be a whole number from 1 on");
  EXPECT_EQ(wrong("max_vcpus: -1\n"), "agent.yaml:1: 'max_vcpus' should be a whole number from 1 on");
  for (const char* ratios :
       {"4", "{ vcpus: many }", "{ vcpus: 0 }", "{ memory: 65 }", "{ memory: nan }", "{ disk: 2 }"}) {
    EXPECT_EQ(wrong("overcommit: " + std::string(ratios) + "\n"),
              "agent.yaml:1: 'overcommit' should be a mapping of vcpus and memory to ratios from 0.1 to 64, such as "
              "{ vcpus: 4 }");
  }
  EXPECT_EQ(wrong("state_dir: here\n"), "agent.yaml:1: 'state_dir' should be an absolute path");
  EXPECT_EQ(wrong("image_http: maybe\n"), "agent.yaml:1: 'image_http' should be true or false");
  EXPECT_EQ(wrong("zone: a\nzone: b\n"), "agent.yaml:2: 'zone' is there twice");
  EXPECT_EQ(wrong("labels: { a: 1, a: 2 }\n"), "agent.yaml:1: 'a' is there twice");
  EXPECT_EQ(wrong("- a\n"), "agent.yaml:1: expected `key: value` lines");
  EXPECT_EQ(wrong("networks: [[a]]\n"), "agent.yaml:1: a list may hold only words");
  EXPECT_NE(wrong("zone: [\n"), "nothing wrong");
  EXPECT_NE(wrong("frobnicate: 1\n").find("the keys are state_dir, libvirt"), std::string::npos);
}

TEST(Config, AFileThatWasAskedForMustBeThere) {
  EXPECT_TRUE(std::holds_alternative<ConfigError>(loadConfig(std::filesystem::path("/nowhere/agent.yaml"))));
}

TEST(Config, AVolumePoolIsNamedAsLibvirtDoes) {
  constexpr const char* kExpected =
      "agent.yaml:1: 'volumes' should be a mapping of pool to the name of a storage pool of libvirt's: { pool: vms }";
  for (const auto* text : {"volumes: vms", "volumes: { pool: a/b }", "volumes: { group: vg0 }", "volumes: [vms]"})
    EXPECT_EQ(wrong(text), kExpected) << text;
}

}  // namespace
}  // namespace berth::program
