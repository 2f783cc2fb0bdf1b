// SPDX-License-Identifier: Apache-2.0
#include "planner/node/compose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "planner/ignition/data_url.h"
#include "planner/node/keyfile.h"
#include "planner/node/layer.h"
#include "planner/spec/parse.h"

namespace berth::node {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

constexpr const char* kSpec = R"(cluster: prod
image: { stream: stable }
network: { bridge: br0, subnet: 10.20.0.0/16, gateway: 10.20.0.1 }
files_dir: files
pools:
  server:
    count: 2
    resources: { vcpus: 2, memory: 4GiB, disk: 20GiB }
    addresses: 10.20.0.11-10.20.0.19
    butane: [base.bu, server.bu]
    health: [{ tcp: 22 }, { http: "http://${{ node.address }}/${{ node.name }}", expect: 204 }]
    before_stop: [{ http: "http://${{ node.address }}/drain", method: put, deadline: 1m }]
    tags: { role: server }
  client:
    count: 1
    resources: { vcpus: 1, memory: 1GiB, disk: 10GiB }
    addresses: 10.20.1.1
    butane: base.bu
)";

constexpr const char* kBase = R"(variant: fcos
version: 1.3.0
storage:
  files:
    - path: /etc/motd
      contents: { local: motd }
)";

constexpr const char* kServer = R"(variant: fcos
version: 1.4.0
storage:
  files:
    - path: /etc/motd
      mode: 0600
systemd:
  units: [{ name: hello.service, enabled: true }]
)";

source::Bundle bundle() {
  return {{"prod.yaml", {kSpec}}, {"base.bu", {kBase}}, {"server.bu", {kServer}}, {"files/motd", {"Welcome.\n"}}};
}

Composed composeFiles(const source::Bundle& content, const std::optional<image::Image>& image = {}) {
  const source::BundleFiles files(content);
  auto parsed = spec::parse("prod.yaml", files);
  const auto textOf = [&](std::string_view) { return std::optional<std::string>(); };
  EXPECT_TRUE(parsed.spec) << source::render(parsed.findings, textOf);
  if (!parsed.spec) return {};
  return compose(*parsed.spec, files, image);
}

/// The contents of a file in a node's config, and its mode.
std::string fileIn(const Blueprint& blueprint, const std::string& path) {
  const Json config = Json::parse(blueprint.ignition);
  for (const Json& file : config["storage"]["files"]) {
    if (file["path"] != path) continue;
    const auto bytes = ignition::decodeDataUrl(file["contents"]["source"].get<std::string>());
    return std::holds_alternative<std::string>(bytes) ? std::get<std::string>(bytes) : "not readable";
  }
  return "not there";
}

TEST(Compose, makesABlueprintOfEachNode) {
  const image::Image image{
      .source = "https://x/y", .packing = {}, .packedDigest = Digest(), .contentDigest = {}, .label = ""};
  const Composed composed = composeFiles(bundle(), image);
  ASSERT_EQ(composed.blueprints.size(), 3u);
  const Blueprint& second = composed.blueprints[1];
  EXPECT_EQ(second.name.str(), "prod-server-1");
  EXPECT_EQ(second.cluster.str(), "prod");
  EXPECT_EQ(second.pool.str(), "server");
  EXPECT_EQ(second.index, 1u);
  EXPECT_EQ(second.vcpus, 2u);
  EXPECT_EQ(second.memory, 4_GiB);
  EXPECT_EQ(second.disk, 20_GiB);
  EXPECT_EQ(second.image, image);
  EXPECT_EQ(second.nics[0].source, "br0");
  EXPECT_EQ(second.address()->str(), "10.20.0.12");
  EXPECT_FALSE(second.wantsSystemdRunning) << "health was given without it";
  ASSERT_EQ(second.probes.size(), 2u);
  EXPECT_EQ(std::get<TcpProbe>(second.probes[0]), (TcpProbe{*second.address(), 22}));
  EXPECT_EQ(std::get<HttpProbe>(second.probes[1]), (HttpProbe{"http://10.20.0.12/prod-server-1", 204}));
  ASSERT_EQ(second.beforeStop.size(), 1u);
  EXPECT_EQ(second.beforeStop[0],
            (StopHook{{"http://10.20.0.12/drain", 200}, spec::HttpMethod::put, std::chrono::minutes(1)}));
  EXPECT_EQ(second.tags.at("role"), "server");
  EXPECT_TRUE(composed.blueprints[2].wantsSystemdRunning);
}

TEST(Compose, givesEachNodeItsOwnNameAndNetwork) {
  const Composed composed = composeFiles(bundle());
  for (const Blueprint& each : composed.blueprints) {
    EXPECT_EQ(fileIn(each, kHostnamePath), each.name.str() + "\n");
    EXPECT_THAT(fileIn(each, keyfilePath(0)), HasSubstr("mac-address=" + each.nics[0].mac + "\n"));
    EXPECT_THAT(fileIn(each, keyfilePath(0)), HasSubstr("address1=" + each.address()->str() + "/16,10.20.0.1\n"));
    EXPECT_EQ(Json::parse(each.ignition)["systemd"]["units"][0]["name"], kReadyUnit);
  }
}

TEST(Compose, givesANodeAnInterfaceForEachNetworkAndTheVolumesOfItsPool) {
  source::Bundle content = bundle();
  content["prod.yaml"].bytes = R"(cluster: prod
image: { stream: stable }
networks:
  lan: { bridge: br0, subnet: 10.20.0.0/24, gateway: 10.20.0.1 }
  storage: { bridge: br1, vlan: 30, mtu: 9000, subnet: 10.30.0.0/24 }
pools:
  db:
    count: 2
    resources: { vcpus: 2, memory: 4GiB, disk: 20GiB }
    addresses: { lan: 10.20.0.11-10.20.0.19, storage: 10.30.0.11-10.30.0.19 }
    volumes: { data: { size: 5GiB, mount: /var/lib/data, filesystem: ext4 }, raw: { size: 1GiB, keep: false } }
    nodes: { 1: { host: h1, resources: { vcpus: 4 }, meta: { rack: r2 } } }
)";
  const Composed composed = composeFiles(content);
  ASSERT_EQ(composed.blueprints.size(), 2u);
  const Blueprint& node = composed.blueprints[1];
  ASSERT_EQ(node.nics.size(), 2u);
  EXPECT_EQ(node.nics[1].source, "br1");
  EXPECT_EQ(node.nics[1].guestVlan, 30);
  EXPECT_EQ(node.nics[1].mtu, 9000);
  EXPECT_EQ(node.nics[1].address->str(), "10.30.0.12");
  EXPECT_NE(node.nics[0].mac, node.nics[1].mac);
  EXPECT_EQ(node.address()->str(), "10.20.0.12");
  EXPECT_THAT(fileIn(node, keyfilePath(1)), HasSubstr("mac-address=" + node.nics[1].mac + "\n"));
  EXPECT_EQ(node.vcpus, 4u);
  EXPECT_EQ(node.pinned->str(), "h1");
  EXPECT_EQ(node.meta.at("rack"), "r2");
  EXPECT_EQ(composed.blueprints[0].vcpus, 2u);
  EXPECT_FALSE(composed.blueprints[0].pinned);
  ASSERT_EQ(node.volumes.size(), 2u);
  EXPECT_EQ(node.volumes[0].size, 5_GiB);
  EXPECT_TRUE(node.volumes[0].keep);
  EXPECT_FALSE(node.volumes[1].keep);
  const Json config = Json::parse(node.ignition);
  ASSERT_EQ(config["storage"]["filesystems"].size(), 1u);
  EXPECT_EQ(config["storage"]["filesystems"][0]["device"], "/dev/disk/by-id/virtio-data");
}

TEST(Compose, mergesTheFilesOfAPoolInTheirOrder) {
  const Composed composed = composeFiles(bundle());
  ASSERT_EQ(composed.blueprints.size(), 3u);
  const Json server = Json::parse(composed.blueprints[0].ignition);
  EXPECT_EQ(server["ignition"]["version"], "3.3.0") << "of the newest file";
  EXPECT_EQ(fileIn(composed.blueprints[0], "/etc/motd"), "Welcome.\n");
  EXPECT_EQ(server["systemd"]["units"].size(), 2u);
  bool found = false;
  for (const Json& file : server["storage"]["files"]) {
    if (file["path"] != "/etc/motd") continue;
    found = true;
    EXPECT_EQ(file["mode"], 0600);
  }
  EXPECT_TRUE(found);
  EXPECT_EQ(Json::parse(composed.blueprints[2].ignition)["ignition"]["version"], "3.2.0");
}

TEST(Compose, leavesAHostnameOfTheUserAlone) {
  source::Bundle content = bundle();
  content["server.bu"].bytes = R"(variant: fcos
version: 1.4.0
storage:
  files:
    - path: /etc/hostname
      contents: { inline: mine }
)";
  EXPECT_EQ(fileIn(composeFiles(content).blueprints[0], kHostnamePath), "mine");
}

TEST(Compose, remembersWhereThingsComeFrom) {
  const Composed composed = composeFiles(bundle());
  const Origins& origins = *composed.blueprints[0].origins;
  EXPECT_EQ(origins.memory.line, 8u);
  EXPECT_EQ(origins.parts.at({"/etc/motd", "contents"}).file, "base.bu");
  EXPECT_EQ(origins.parts.at({"/etc/motd", "mode"}), (source::Mark{"server.bu", 6, 13, 4}));
  EXPECT_EQ(composed.blueprints[0].origins, composed.blueprints[1].origins) << "shared by the pool";
}

TEST(Compose, tellsOfABrokenFileOnceHoweverManyPoolsUseIt) {
  source::Bundle content = bundle();
  content["base.bu"].bytes = "variant: fcos\nversion: 1.4.0\nstorage: { files: [{ path: relative }] }\n";
  const Composed composed = composeFiles(content);
  EXPECT_TRUE(composed.blueprints.empty());
  ASSERT_EQ(composed.findings.size(), 1u);
  EXPECT_EQ(composed.findings[0].where.file, "base.bu");
}

TEST(Compose, refusesAConfigThatIsTooLarge) {
  source::Bundle content = bundle();
  content["base.bu"].bytes +=
      "    - path: /large\n      contents: { source: \"data:," + std::string(5u << 20, 'x') + "\" }\n";
  const Composed composed = composeFiles(content);
  ASSERT_FALSE(composed.findings.empty());
  EXPECT_THAT(composed.findings[0].message, HasSubstr("at most 4MiB are allowed"));
}

TEST(Compose, isTheSameEachTime) {
  const Composed one = composeFiles(bundle());
  const Composed other = composeFiles(bundle());
  for (std::size_t i = 0; i < one.blueprints.size(); ++i) {
    EXPECT_EQ(machineDigest(one.blueprints[i]), machineDigest(other.blueprints[i]));
  }
  EXPECT_NE(machineDigest(one.blueprints[0]), machineDigest(one.blueprints[1]));
}

TEST(Compose, makesTenThousandNodesWithUniqueAddresses) {
  source::Bundle content = bundle();
  std::string& text = content["prod.yaml"].bytes;
  text.replace(text.find("count: 2"), 8, "count: 10000");
  text.replace(text.find("10.20.0.11-10.20.0.19"), 21, "10.20.100.1-10.20.200.1");
  const Composed composed = composeFiles(content);
  std::set<std::string> macs;
  std::set<spec::Ipv4> addresses;
  for (const Blueprint& each : composed.blueprints) {
    macs.insert(each.nics[0].mac);
    addresses.insert(*each.address());
  }
  EXPECT_EQ(macs.size(), 10'001u);
  EXPECT_EQ(addresses.size(), 10'001u);
}

}  // namespace
}  // namespace berth::node
