// SPDX-License-Identifier: Apache-2.0
//
// What a right spec means, and that wrong ones are told of at their place. Every mistake has its message in a golden
// file: see tests/unit/planner/change/broken_test.cpp.
#include "planner/spec/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/spec/schema.h"

namespace berth::spec {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

constexpr const char* kFull = R"(
cluster: prod
image: { stream: stable }
network:
  bridge: br0
  subnet: 10.20.0.0/24
  gateway: 10.20.0.1
  dns: [10.20.0.1, 1.1.1.1]
update: { max_parallel: 2, min_healthy_time: 30s, healthy_deadline: 10m }
files_dir: files
pools:
  server:
    count: 3
    resources: { vcpus: 2, memory: 4GiB, disk: 20GiB }
    addresses: [10.20.0.11-10.20.0.13, 10.20.0.40]
    butane: [base.bu, sub/server.bu]
    health:
      - { systemd: running }
      - { tcp: 22 }
      - { http: "http://${{ node.address }}:8500/v1/status/leader", expect: 204 }
    spread: { over: [host], hard: true }
    hosts: { zones: [a, b], labels: { disk: ssd } }
    tags: { role: server, "2": yes }
  client:
    count: 0
    resources: { vcpus: 1, memory: 512MiB, disk: 10GiB }
    addresses: 10.20.0.50
    spread: [host]
)";

source::BundleFiles files(const std::string& spec, const std::string& path = "prod.yaml") {
  return source::BundleFiles(source::Bundle{{path, {spec}},
                                            {"base.bu", {"variant: fcos\nversion: 1.4.0\n"}},
                                            {"sub/server.bu", {"variant: fcos\nversion: 1.4.0\n"}},
                                            {"deep/own.bu", {""}}});
}

Spec parsed(const std::string& text) {
  const auto bundle = files(text);
  auto result = parse("prod.yaml", bundle);
  const auto textOf = [&](std::string_view) { return std::optional(text); };
  EXPECT_TRUE(result.spec) << source::render(result.findings, textOf);
  return result.spec.value_or(Spec{});
}

/// `text` with the first `from` replaced.
std::string with(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Parse, readsEverythingThatIsSaid) {
  const Spec spec = parsed(kFull);
  EXPECT_EQ(spec.cluster->str(), "prod");
  EXPECT_EQ(std::get<StreamImage>(spec.image.from).stream.value, "stable");
  EXPECT_EQ(spec.network().attachment, Attachment::bridge);
  EXPECT_EQ(spec.network().name.value, "br0");
  ASSERT_TRUE(spec.network().addressing);
  EXPECT_EQ(spec.network().addressing->subnet->str(), "10.20.0.0/24");
  EXPECT_EQ(spec.network().addressing->gateway->value.str(), "10.20.0.1");
  EXPECT_EQ(spec.network().addressing->dns.size(), 2u);
  EXPECT_EQ(spec.update.maxParallel, 2u);
  EXPECT_EQ(spec.update.minHealthyTime, seconds(30));
  EXPECT_EQ(spec.update.healthyDeadline, seconds(600));
  EXPECT_EQ(spec.filesDir, "files");
  ASSERT_EQ(spec.pools.size(), 2u);
  EXPECT_EQ(spec.nodeCount(), 3u);

  const Pool& server = spec.pools[0];
  EXPECT_EQ(server.name->str(), "server");
  EXPECT_EQ(server.count.value, 3u);
  EXPECT_EQ(server.resources.vcpus.value, 2u);
  EXPECT_EQ(server.resources.memory.value, 4_GiB);
  EXPECT_EQ(server.resources.disk.value, 20_GiB);
  ASSERT_EQ(server.addresses[0].size(), 2u);
  EXPECT_EQ(server.addresses[0][1]->str(), "10.20.0.40");
  ASSERT_EQ(server.butane.size(), 2u);
  EXPECT_EQ(server.butane[1].value, "sub/server.bu");
  EXPECT_TRUE(server.health.systemdRunning);
  ASSERT_EQ(server.health.probes.size(), 2u);
  EXPECT_EQ(std::get<TcpProbe>(server.health.probes[0]).port.value, 22);
  EXPECT_EQ(std::get<HttpProbe>(server.health.probes[1]).expect, 204);
  EXPECT_THAT(server.spread.over, ElementsAre("host"));
  EXPECT_EQ(server.spread.atMost, 1u);
  EXPECT_THAT(server.hosts.zones, ElementsAre("a", "b"));
  EXPECT_EQ(server.hosts.labels.at("disk"), "ssd");
  EXPECT_EQ(server.tags.at("2"), "yes") << "tags are texts, however they look";
  EXPECT_EQ(spec.pools[1].spread.atMost, 0u);
}

TEST(Parse, readsNetworksVolumesAndWhatSingleNodesHave) {
  const Spec spec = parsed(R"(
cluster: prod
protect: true
image: { stream: stable }
networks:
  lan: { bridge: br0, subnet: 10.20.0.0/24, gateway: 10.20.0.1, search: lan.example }
  storage: { macvtap: eno2, vlan: 30, mtu: 9000, subnet: 10.30.0.0/24 }
  guests: { libvirt: default, dhcp: true }
os_updates:
  strategy: periodic
  time_zone: Europe/Warsaw
  windows: [{ days: [sat, sun], start: 22:30, length: 1h30m }, { start: "00:05", length: 10m }]
  wariness: 0.5
  group: workers
pools:
  db:
    count: 3
    resources: { vcpus: 2, memory: 4GiB, disk: 20GiB }
    addresses: { lan: 10.20.0.11-10.20.0.13, storage: [10.30.0.1-10.30.0.2] }
    volumes:
      data: { size: 50GiB, mount: /var/lib/data, filesystem: ext4, protect: true }
      scratch: { size: 1TiB, keep: false }
    tags: { role: db, tier: gold }
    meta: { rack: r1 }
    nodes:
      0: { host: h1, resources: { memory: 8GiB }, tags: { role: leader } }
      2: { address: { storage: 10.30.0.99 }, meta: { rack: r2 } }
)");
  ASSERT_EQ(spec.networks.size(), 3u);
  EXPECT_TRUE(*spec.protect);
  EXPECT_EQ(spec.networks[0].key, "lan");
  EXPECT_THAT(spec.networks[0].search, ElementsAre("lan.example"));
  EXPECT_EQ(spec.networks[1].attachment, Attachment::macvtap);
  EXPECT_EQ(**spec.networks[1].vlan, 30);
  EXPECT_EQ(spec.networks[1].mtu, 9000);
  EXPECT_FALSE(spec.networks[2].addressing);
  ASSERT_TRUE(spec.osUpdates);
  EXPECT_EQ(*spec.osUpdates->strategy, OsUpdates::Strategy::periodic);
  EXPECT_EQ(spec.osUpdates->timeZone, "Europe/Warsaw");
  EXPECT_EQ(spec.osUpdates->wariness, "0.5");
  EXPECT_EQ(**spec.osUpdates->group, "workers");
  ASSERT_EQ(spec.osUpdates->windows.size(), 2u);
  EXPECT_THAT(spec.osUpdates->windows[0].days, ElementsAre(Weekday::saturday, Weekday::sunday));
  EXPECT_EQ(spec.osUpdates->windows[0].start, 22u * 60 + 30);
  EXPECT_EQ(spec.osUpdates->windows[0].length, std::chrono::minutes(90));

  const Pool& pool = spec.pools[0];
  EXPECT_EQ(pool.rangesOf(0).size(), 1u);
  EXPECT_EQ(pool.rangesOf(1)[0]->str(), "10.30.0.1-10.30.0.2") << "two suffice: the third node has its own";
  EXPECT_TRUE(pool.rangesOf(2).empty());
  ASSERT_EQ(pool.volumes.size(), 2u);
  EXPECT_EQ(pool.volumes[0].name->str(), "data");
  EXPECT_EQ(*pool.volumes[0].size, 50_GiB);
  EXPECT_EQ(**pool.volumes[0].mount, "/var/lib/data");
  EXPECT_EQ(pool.volumes[0].filesystem, Filesystem::ext4);
  EXPECT_TRUE(pool.volumes[0].keep) << "unless it is said otherwise";
  EXPECT_TRUE(*pool.volumes[0].protect);
  EXPECT_FALSE(pool.volumes[1].keep);
  EXPECT_FALSE(pool.volumes[1].mount);
  EXPECT_EQ((*pool.overrideOf(0)->host)->str(), "h1");
  EXPECT_EQ(pool.overrideOf(1), nullptr);
  EXPECT_EQ(*pool.resourcesOf(0).memory, 8_GiB);
  EXPECT_EQ(*pool.resourcesOf(0).vcpus, 2u);
  EXPECT_EQ(*pool.resourcesOf(1).memory, 4_GiB);
  EXPECT_EQ(pool.tagsOf(0), (std::map<std::string, std::string>{{"role", "leader"}, {"tier", "gold"}}));
  EXPECT_EQ(pool.metaOf(2).at("rack"), "r2");
  EXPECT_EQ(pool.metaOf(1).at("rack"), "r1");
  EXPECT_EQ((*pool.addressOf(2, 1))->str(), "10.30.0.99");
  EXPECT_EQ(pool.addressOf(2, 0), nullptr);
}

TEST(Parse, remembersWhereThingsWereWritten) {
  const Spec spec = parsed(kFull);
  EXPECT_EQ(spec.cluster.mark, (source::Mark{"prod.yaml", 2, 10, 4}));
  EXPECT_EQ(spec.pools[0].name.mark.line, 12u);
  EXPECT_EQ(spec.pools[0].resources.memory.mark.line, 14u);
  EXPECT_EQ(spec.pools[0].resources.memory.mark.column, 36u);
  EXPECT_EQ(spec.pools[0].tagsMark.line, 23u);
}

TEST(Parse, fillsInWhatIsNotSaid) {
  const Spec spec = parsed(R"(
cluster: c
image: { version: 44.20260707.3.1 }
network: { libvirt: default, dhcp: true }
pools: { a: { count: 1, resources: { vcpus: 1, memory: 1GiB, disk: 10GiB }, butane: base.bu } }
)");
  EXPECT_EQ(spec.update.maxParallel, 1u);
  EXPECT_EQ(spec.update.minHealthyTime, seconds(10));
  EXPECT_EQ(spec.update.healthyDeadline, seconds(300));
  EXPECT_EQ(spec.filesDir, "");
  EXPECT_FALSE(spec.network().addressing);
  EXPECT_TRUE(spec.pools[0].health.systemdRunning);
  EXPECT_TRUE(spec.pools[0].health.probes.empty());
  EXPECT_THAT(spec.pools[0].spread.over, ElementsAre("zone", "host"));
  EXPECT_EQ(spec.pools[0].butane.size(), 1u) << "one file needs no list";
}

TEST(Parse, takesHealthAtItsWord) {
  EXPECT_FALSE(parsed(with(kFull, "      - { systemd: running }\n", "")).pools[0].health.systemdRunning);
  const auto none = parsed(with(kFull, "    tags: { role: server, \"2\": yes }", "    tags: {}"));
  EXPECT_TRUE(none.pools[0].tags.empty());
}

TEST(Parse, readsTheThreeSourcesOfAnImage) {
  const std::string digest(64, 'a');
  const Spec url = parsed(
      with(kFull, "{ stream: stable }", "{ url: \"https://x.org/n.qcow2.xz\", uncompressed_sha256: " + digest + " }"));
  EXPECT_EQ(std::get<UrlImage>(url.image.from).uncompressedSha256->value.hex(), digest);
  const Spec file = parsed(with(kFull, "{ stream: stable }", "{ file: /srv/node.qcow2 }"));
  EXPECT_EQ(std::get<FileImage>(file.image.from).path.value, "/srv/node.qcow2");
  const Spec version = parsed(with(kFull, "{ stream: stable }", "{ stream: next, version: 44.20260720.1.1 }"));
  EXPECT_EQ(std::get<StreamImage>(version.image.from).version->value, "44.20260720.1.1");
}

TEST(Parse, followsAliases) {
  const Spec spec = parsed(R"(
cluster: c
image: { stream: stable }
network: { bridge: br0, dhcp: true }
pools:
  a: { count: 1, resources: &small { vcpus: 1, memory: 1GiB, disk: 10GiB } }
  b: { count: 2, resources: *small }
)");
  EXPECT_EQ(spec.pools[1].resources.memory.value, 1_GiB);
}

TEST(Parse, findsFilesRelativeToTheSpec) {
  const std::string text = with(with(kFull, "butane: [base.bu, sub/server.bu]", "butane: [own.bu, ../base.bu]"),
                                "files_dir: files", "files_dir: .");
  const auto bundle = files(text, "deep/prod.yaml");
  const auto result = parse("deep/prod.yaml", bundle);
  ASSERT_TRUE(result.spec);
  EXPECT_EQ(result.spec->pools[0].butane[0].value, "deep/own.bu");
  EXPECT_EQ(result.spec->pools[0].butane[1].value, "base.bu");
  EXPECT_EQ(result.spec->filesDir, "deep");
}

TEST(Parse, saysThatThereIsNoSpec) {
  const source::BundleFiles none(source::Bundle{});
  const auto result = parse("prod.yaml", none);
  EXPECT_FALSE(result.spec);
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings[0].where.file, "prod.yaml");
}

TEST(Parse, tellsAllMistakesAtOnceInTheOrderOfTheText) {
  const auto bundle = files(R"(
cluster: Prod
image: { steam: stable }
network: { bridge: br0, subnet: 10.20.0.0/24 }
pools:
  a: { count: many, resources: { vcpus: 0, memory: 4, disk: 20GiB }, addresses: 10.21.0.1, butane: missing.bu }
)");
  const auto result = parse("prod.yaml", bundle);
  EXPECT_FALSE(result.spec);
  std::vector<std::string> messages;
  for (const auto& each : result.findings) messages.push_back(each.message);
  EXPECT_THAT(
      messages,
      ElementsAre("\"Prod\" is not a name", testing::HasSubstr("is missing in \"image\""),
                  "unknown key \"steam\" in \"image\"", "expected a whole number, found the text \"many\"",
                  "0 is out of range: it must be between 1 and 1024", "expected an amount such as 4GiB, found \"4\"",
                  "10.21.0.1 is not within the subnet 10.20.0.0/24", testing::HasSubstr("missing.bu")));
}

/// Cuts and doubles pieces of a right spec: whatever comes out must be a spec or findings, and never both or neither.
TEST(Parse, endsWithASpecOrWithFindingsWhateverItIsGiven) {
  const std::string full = kFull;
  for (std::size_t at = 0; at < full.size(); at += 3) {
    for (const std::size_t length : {std::size_t{1}, std::size_t{7}, std::size_t{60}}) {
      for (const char* patch : {"", "[", "{", "*x", "&y", ": ", "null", "\xff"}) {
        std::string text = full;
        text.replace(at, length, patch);
        const auto bundle = files(text);
        const auto result = parse("prod.yaml", bundle);
        ASSERT_NE(result.spec.has_value(), source::hasErrors(result.findings)) << text;
      }
    }
  }
}

void eachField(const Shape& shape, const std::function<void(const Field&)>& visit) {
  for (const Field& field : shape.fields) {
    visit(field);
    eachField(*field.shape, visit);
  }
  if (shape.element != nullptr) eachField(*shape.element, visit);
}

TEST(Schema, explainsEveryField) {
  eachField(specShape(), [](const Field& field) {
    EXPECT_FALSE(field.meaning.empty()) << field.key;
    EXPECT_FALSE(field.meaning.ends_with('.')) << field.key;
    EXPECT_TRUE(field.example.starts_with(field.key)) << field.key;
  });
}

TEST(NodeName, isClusterPoolAndIndex) {
  EXPECT_EQ(nodeName(ClusterName::parse("prod").value(), PoolName::parse("web").value(), 12).str(), "prod-web-12");
}

}  // namespace
}  // namespace berth::spec
