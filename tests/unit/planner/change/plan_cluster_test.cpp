// SPDX-License-Identifier: Apache-2.0
//
// From files to a plan and back: what is applied needs no second plan.
#include "planner/change/plan_cluster.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/planner/change/world.h"

namespace berth::change {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* kSpec = R"(cluster: c
image: { stream: stable }
network: { bridge: br0, subnet: 10.20.0.0/24 }
pools:
  web:
    count: 3
    resources: { vcpus: 1, memory: 2GiB, disk: 10GiB }
    addresses: 10.20.0.11-10.20.0.13
    butane: base.bu
)";

constexpr const char* kBase = R"(variant: fcos
version: 1.4.0
storage:
  files:
    - path: /etc/motd
      contents:
        inline: Welcome.
)";

const image::Image kImage{.source = "file:///node.qcow2",
                          .packing = {},
                          .packedDigest = Digest::of(std::string_view("image")),
                          .contentDigest = {},
                          .label = "node"};

layout::Host host(const std::string& name, std::uint64_t gib = 8) {
  return {.name = hostName(name),
          .zone = "",
          .labels = {},
          .capacity = {8, Bytes(gib << 30), 100_GiB},
          .reserved = {},
          .state = layout::HostState::ready};
}

/// A cluster that specs are applied to.
class Fleet {
public:
  std::vector<layout::Host> hosts{host("h1"), host("h2"), host("h3")};
  std::vector<InForce> present;
  std::vector<node::HeldAddress> held;
  std::vector<NodeName> foreign;
  image::Image image = kImage;
  Protections protections;
  Former former;
  VolumesOfLeavers leavers = VolumesOfLeavers::stay;
  std::set<HostName> takers{};
  /// What specs may include.
  std::string piece;
  std::vector<std::string> targets;
  bool byPerson = true;
  struct {
    std::vector<NodeName> replace{};
    std::vector<NodeName> restart{};
  } wishes;

  Outcome plan(const std::string& spec, const std::string& base = kBase, const spec::Givens& givens = {}) const {
    const source::BundleFiles files = filesOf(spec, base);
    return planCluster({.specPath = "c.yaml",
                        .files = files,
                        .givens = givens,
                        .former = former,
                        .image = image,
                        .hosts = hosts,
                        .present = present,
                        .held = held,
                        .foreign = foreign,
                        .volumes = volumes(),
                        .leavers = leavers,
                        .takers = takers,
                        .targets = targets,
                        .replace = wishes.replace,
                        .restart = wishes.restart,
                        .byPerson = byPerson,
                        .protections = protections,
                        .next = Revision(1)});
  }

  /// The same, carried out, and remembered as the revision in force.
  void apply(const std::string& spec, const std::string& base, const spec::Givens& givens) {
    apply(plan(spec, base, givens));
    former = formerOf("c.yaml", filesOf(spec, base), givens);
  }

  source::BundleFiles filesOf(const std::string& spec, const std::string& base) const {
    return source::BundleFiles(source::Bundle{{"c.yaml", {spec}}, {"base.bu", {base}}, {"piece.yaml", {piece}}});
  }

  /// Of the nodes that are there.
  std::vector<HeldVolume> volumes() const {
    std::vector<HeldVolume> all;
    for (const InForce& each : present) {
      for (const node::Volume& volume : each.blueprint.volumes) {
        all.push_back({each.blueprint.name, volume.name, each.host, volume.size});
      }
    }
    return all;
  }

  /// Carries a plan out to its end.
  void apply(const Outcome& outcome) {
    present.clear();
    for (node::Blueprint each : outcome.blueprints) {
      each.origins = nullptr;
      const HostName host = *outcome.layout.hostOf(each.name);
      present.push_back({std::move(each), host, Health::ready});
    }
  }
};

std::string with(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::vector<std::string> messages(const Outcome& outcome) {
  std::vector<std::string> messages;
  for (const auto& each : outcome.findings) messages.push_back(each.message);
  return messages;
}

TEST(PlanCluster, createsANewClusterOnDifferentHosts) {
  const Fleet fleet;
  const Outcome outcome = fleet.plan(kSpec);
  EXPECT_THAT(messages(outcome), IsEmpty());
  EXPECT_THAT(told(outcome.plan), ElementsAre("create c-web-0 on h1", "create c-web-1 on h2", "create c-web-2 on h3"));
  EXPECT_EQ(outcome.blueprints[0].image, kImage);
}

TEST(PlanCluster, addsNodesOnlyWhereTheLossOfAHostIsSurvivedWhenTold) {
  const std::string spec = std::string(kSpec) + "layout: { survive: one_host }\n";
  Fleet fleet;
  EXPECT_THAT(messages(fleet.plan(spec)), IsEmpty());
  fleet.hosts = {host("h1", 4), host("h2", 4)};
  const Outcome refused = fleet.plan(spec);
  ASSERT_EQ(refused.findings.size(), 1u);
  EXPECT_EQ(refused.findings[0].severity, source::Severity::error);
  EXPECT_EQ(refused.findings[0].where.line, 10u);
  EXPECT_THAT(refused.findings[0].message, StartsWith("without host h1 there would be no place for c-web-"));
  // Where it holds no longer, nothing is refused that adds no node.
  fleet.apply(fleet.plan(kSpec));
  const Outcome warned = fleet.plan(spec);
  ASSERT_EQ(warned.findings.size(), 1u);
  EXPECT_EQ(warned.findings[0].severity, source::Severity::warning);
}

TEST(PlanCluster, movesANodeThatARuleForbidsWhereItIsAndSaysWhich) {
  Fleet fleet;
  fleet.hosts = {host("h1"), host("h2")};
  fleet.apply(fleet.plan(kSpec));
  fleet.hosts.push_back(host("h3"));
  EXPECT_TRUE(fleet.plan(kSpec).plan.empty()) << "a better host is no reason";
  const Outcome outcome = fleet.plan(with(kSpec, "butane:", "spread: { over: [host], hard: true }\n    butane:"));
  ASSERT_THAT(told(outcome.plan), ElementsAre("replace c-web-2 on h3 from h1"));
  EXPECT_THAT(outcome.plan.waves[0][0].reasons, ElementsAre("h1 already has a node of the pool"));
}

TEST(PlanCluster, changesNothingTheSecondTime) {
  Fleet fleet;
  fleet.apply(fleet.plan(kSpec));
  const Outcome again = fleet.plan(kSpec);
  EXPECT_TRUE(again.plan.empty());
  EXPECT_EQ(again.plan.unchanged, 3u);
}

TEST(PlanCluster, followsAChangedFileToTheButaneLine) {
  Fleet fleet;
  fleet.apply(fleet.plan(kSpec));
  const Outcome changed = fleet.plan(kSpec, with(kBase, "Welcome.", "Good morning."));
  EXPECT_THAT(told(changed.plan),
              ElementsAre("replace c-web-0 on h1", "replace c-web-1 on h2", "replace c-web-2 on h3"));
  for (const Wave& wave : changed.plan.waves) {
    EXPECT_THAT(wave[0].reasons, ElementsAre("/etc/motd changed ← base.bu:7:17"));
  }
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(changed.blueprints[i].address(), fleet.present[i].blueprint.address());
    EXPECT_EQ(changed.blueprints[i].nics, fleet.present[i].blueprint.nics);
  }
}

/// Of three kinds: an open one, a sensitive one, and one made of the sensitive one.
const std::string kWithVariables =
    std::string("variables: { region: { type: string }, token: { type: string, sensitive: true } }\n") + kSpec;
constexpr const char* kOfVariables = R"(variant: fcos
version: 1.4.0
storage:
  files:
    - path: /etc/motd
      contents: { inline: "This is ${{ var.region }}." }
    - path: /etc/token
      contents: { inline: "token ${{ var.token }} of ${{ node.name }}" }
systemd:
  units:
    - name: a.service
      dropins:
        - name: 10.conf
          contents: |
            [Service]
            Environment=BASIC=${{ base64encode(var.token) }}
)";

spec::Givens values(const std::string& region, const std::string& token) {
  return {{.name = "region", .text = region, .where = {}}, {.name = "token", .text = token, .where = {}}};
}

/// All that a plan has to say.
std::string allTold(const Plan& plan) {
  std::string text;
  for (const Wave& wave : plan.waves) {
    for (const Change& change : wave) {
      for (const std::string& reason : change.reasons) text += reason + "\n";
    }
  }
  for (const Detail& detail : plan.details) {
    for (const Part& part : detail) text += part.subject + ": " + part.note + part.diff + "\n";
  }
  return text;
}

TEST(PlanCluster, followsAChangedVariableFromItsUseToItsValues) {
  Fleet fleet;
  fleet.apply(kWithVariables, kOfVariables, values("eu", "hunter2"));
  const Outcome changed = fleet.plan(kWithVariables, kOfVariables, values("us", "hunter2"));
  EXPECT_THAT(messages(changed), IsEmpty());
  ASSERT_EQ(changed.plan.waves.size(), 3u);
  EXPECT_THAT(changed.plan.waves[0][0].reasons,
              ElementsAre("/etc/motd changed ← base.bu:6:27 ← var.region \"eu\" → \"us\""));
  EXPECT_THAT(allTold(changed.plan), HasSubstr("+This is us."));
}

TEST(PlanCluster, showsNothingThatCameOfASensitiveVariable) {
  Fleet fleet;
  fleet.apply(kWithVariables, kOfVariables, values("eu", "hunter2"));
  const std::string told = allTold(fleet.plan(kWithVariables, kOfVariables, values("eu", "correct-horse")).plan);
  EXPECT_THAT(told, HasSubstr("/etc/token changed ← base.bu:8:27 ← var.token changed"));
  EXPECT_THAT(told, HasSubstr("file /etc/token: secret, not shown"));
  EXPECT_THAT(told, HasSubstr("unit a.service dropin 10.conf: secret, not shown"));
  for (const char* secret : {"hunter2", "correct-horse", "aHVudGVyMg", "Y29ycmVjd"}) {
    EXPECT_THAT(told, Not(HasSubstr(secret)));
  }
}

TEST(PlanCluster, showsNoFormerSecretWhenWhatHeldItIsReplacedByPlainText) {
  Fleet fleet;
  fleet.apply(kWithVariables, kOfVariables, values("eu", "hunter2"));
  const std::string plain = with(with(kOfVariables, "token ${{ var.token }} of ${{ node.name }}", "none"),
                                 "${{ base64encode(var.token) }}", "none");
  const std::string told = allTold(fleet.plan(kWithVariables, plain, values("eu", "hunter2")).plan);
  EXPECT_THAT(told, HasSubstr("file /etc/token: secret, not shown"));
  EXPECT_THAT(told, Not(HasSubstr("hunter2")));
  EXPECT_THAT(told, Not(HasSubstr("aHVudGVyMg")));
}

std::string sealedBy(const std::string& seal, const std::string& tool = "openbao") {
  return R"(cluster: prod
image: { file: /i.qcow2, sha256: "0000000000000000000000000000000000000000000000000000000000000000" }
os_updates: { strategy: off }
network: { bridge: br0, subnet: 10.20.0.0/24, gateway: 10.20.0.1 }
pools: { web: { count: 1, addresses: 10.20.0.11, resources: { vcpus: 1, memory: 1GiB, disk: 10GiB }, butane: base.bu } }
stack:
  )" + tool +
         ": { version: " + (tool == "vault" ? "1.19.0" : "2.4.1") + ", servers: web" +
         (seal.empty() ? "" : ", seal: " + seal) + " }\n";
}

TEST(PlanCluster, warnsOfAnotherSealThanServersAreSealedBy) {
  Fleet fleet;
  fleet.apply(sealedBy(""), kBase, {});
  EXPECT_THAT(messages(fleet.plan(sealedBy("static"))), Not(Contains(HasSubstr("the seal changes"))));
  EXPECT_THAT(messages(fleet.plan(sealedBy("", "vault"))), Not(Contains(HasSubstr("the seal changes"))));
  const Outcome other = fleet.plan(sealedBy("{ awskms: { kms_key_id: k } }"));
  EXPECT_THAT(messages(other), Contains(HasSubstr("the seal changes from static to awskms")));
  EXPECT_FALSE(source::hasErrors(other.findings));
}

constexpr const char* kWithIncluded = R"(cluster: prod
variables: { where: { default: eu }, pass: { default: hunter2, sensitive: true } }
image: { file: /i.qcow2, sha256: "0000000000000000000000000000000000000000000000000000000000000000" }
os_updates: { strategy: off }
network: { bridge: br0, dhcp: true }
include:
  - { file: piece.yaml, as: one, with: { region: "${{ var.where }}", token: "${{ var.pass }}" } }
  - { file: piece.yaml, as: two, with: { region: asia, token: none } }
)";
constexpr const char* kIncluded = R"(variables: { region: { type: string }, token: { type: string, sensitive: true } }
pools: { web: { count: 1, resources: { vcpus: 1, memory: 1GiB, disk: 10GiB }, butane: base.bu } }
)";

TEST(PlanCluster, followsAChangeThroughAnIncludedFileToEachOfItsUses) {
  Fleet fleet;
  fleet.piece = kIncluded;
  fleet.apply(kWithIncluded, kOfVariables, {});
  const Outcome changed = fleet.plan(kWithIncluded, kOfVariables, {{.name = "where", .text = "us"}});
  EXPECT_THAT(messages(changed), IsEmpty());
  ASSERT_EQ(changed.plan.waves.size(), 1u);
  ASSERT_EQ(changed.plan.waves[0].size(), 1u);
  EXPECT_EQ(changed.plan.waves[0][0].node.str(), "prod-one-web-0");
  EXPECT_THAT(changed.plan.waves[0][0].reasons,
              ElementsAre("/etc/motd changed ← base.bu:6:27 ← var.region of piece.yaml \"eu\" → \"us\""));
}

TEST(PlanCluster, showsNothingThatCameOfASensitiveVariableByWayOfAnIncludedFile) {
  Fleet fleet;
  fleet.piece = kIncluded;
  fleet.apply(kWithIncluded, kOfVariables, {});
  const Outcome changed = fleet.plan(kWithIncluded, kOfVariables, {{.name = "pass", .text = "correct-horse"}});
  EXPECT_THAT(messages(changed), IsEmpty());
  const std::string told = allTold(changed.plan);
  EXPECT_THAT(told, HasSubstr("/etc/token changed ← base.bu:8:27 ← var.token of piece.yaml changed"));
  EXPECT_THAT(told, HasSubstr("file /etc/token: secret, not shown"));
  for (const char* secret : {"hunter2", "correct-horse", "aHVudGVyMg", "Y29ycmVjd"}) {
    EXPECT_THAT(told, Not(HasSubstr(secret)));
  }
}

TEST(PlanCluster, followsAChangedImageToTheSpec) {
  Fleet fleet;
  fleet.apply(fleet.plan(kSpec));
  fleet.image.packedDigest = Digest::of(std::string_view("newer"));
  fleet.image.label = "node 2";
  EXPECT_THAT(fleet.plan(kSpec).plan.waves.at(0).at(0).reasons, ElementsAre("image node → node 2 ← c.yaml:2:8"));
}

TEST(PlanCluster, growsAndShrinks) {
  Fleet fleet;
  fleet.apply(fleet.plan(kSpec));
  const std::string more = with(with(kSpec, "count: 3", "count: 4"), "10.20.0.13", "10.20.0.14");
  EXPECT_THAT(told(fleet.plan(more).plan), ElementsAre("create c-web-3 on h1"));
  EXPECT_THAT(told(fleet.plan(with(kSpec, "count: 3", "count: 1")).plan),
              ElementsAre("destroy c-web-2 on h3", "destroy c-web-1 on h2"));
}

TEST(PlanCluster, keepsOldNodesUntilTheirSuccessorsAreThere) {
  Fleet fleet;
  fleet.apply(fleet.plan(with(kSpec, "count: 3", "count: 1")));
  const std::string renamed = with(with(kSpec, "  web:", "  www:"), "count: 3", "count: 1");
  const Outcome outcome = fleet.plan(renamed);
  EXPECT_THAT(told(outcome.plan), ElementsAre("create c-www-0 on h2", "destroy c-web-0 on h1"));
  EXPECT_EQ(outcome.blueprints[0].address()->str(), "10.20.0.12") << "the other one is still in use";
}

TEST(PlanCluster, removesOldNodesFirstWhenThereIsRoomForOneSetOnly) {
  Fleet fleet;
  fleet.hosts = {host("h1", 6)};
  const std::string wide = with(kSpec, "10.20.0.11-10.20.0.13", "10.20.0.11-10.20.0.19");
  fleet.apply(fleet.plan(wide));
  const Outcome outcome = fleet.plan(with(wide, "  web:", "  www:"));
  EXPECT_THAT(messages(outcome), IsEmpty());
  EXPECT_THAT(told(outcome.plan), ElementsAre("destroy c-web-2 on h1", "destroy c-web-1 on h1", "destroy c-web-0 on h1",
                                              "create c-www-0 on h1", "create c-www-1 on h1", "create c-www-2 on h1"));
}

TEST(PlanCluster, removesOldNodesFirstWhenTheirAddressesAreNeeded) {
  Fleet fleet;
  fleet.apply(fleet.plan(kSpec));
  const Outcome outcome = fleet.plan(with(kSpec, "  web:", "  www:"));
  EXPECT_EQ(told(outcome.plan).front(), "destroy c-web-2 on h3");
  EXPECT_EQ(outcome.blueprints[0].address()->str(), "10.20.0.11");
}

TEST(PlanCluster, saysWhatHasNoPlace) {
  Fleet fleet;
  fleet.hosts = {host("h1", 3)};
  const Outcome outcome = fleet.plan(kSpec);
  ASSERT_EQ(outcome.findings.size(), 1u);
  EXPECT_EQ(outcome.findings[0].message,
            "no place for c-web-1 and 1 more: no host can take 1 vcpu, 2GiB of memory and 10GiB of disk: of 1 host, 1 "
            "lacks memory (h1 has 1GiB of 2GiB free)");
  EXPECT_EQ(outcome.findings[0].where.line, 6u);
  EXPECT_TRUE(outcome.plan.empty());
}

TEST(PlanCluster, leavesAddressesOfOtherClustersAlone) {
  Fleet fleet;
  fleet.held = {{ClusterName::parse("other").value(), nodeName("other-x-0"), spec::Attachment::bridge, "br0",
                 spec::Ipv4::parse("10.20.0.11").value()}};
  EXPECT_THAT(messages(fleet.plan(kSpec)), ElementsAre(HasSubstr("has no free address for c-web-0")));
}

TEST(PlanCluster, waitsForAddressesOfNodesWhoseRemovalIsUnderWay) {
  Fleet fleet;
  fleet.held = {{ClusterName::parse("c").value(), nodeName("c-old-0"), spec::Attachment::bridge, "br0",
                 spec::Ipv4::parse("10.20.0.11").value()}};
  EXPECT_THAT(messages(fleet.plan(kSpec)), ElementsAre(HasSubstr("has no free address for c-web-0")));
  fleet.held[0].node = nodeName("c-web-0");
  EXPECT_THAT(messages(fleet.plan(kSpec)), IsEmpty()) << "its own it may have again";
}

TEST(PlanCluster, refusesNamesThatAnotherClusterHas) {
  Fleet fleet;
  fleet.foreign = {nodeName("c-web-2")};
  EXPECT_THAT(messages(fleet.plan(kSpec)), ElementsAre("another cluster has a node c-web-2 already"));
}

TEST(PlanCluster, movesANodeThatOutgrowsItsHost) {
  Fleet fleet;
  fleet.hosts = {host("h1", 3), host("h2", 8), host("h3", 8)};
  fleet.apply(fleet.plan(kSpec));
  const Outcome outcome = fleet.plan(with(kSpec, "memory: 2GiB", "memory: 4GiB"));
  EXPECT_THAT(messages(outcome), IsEmpty());
  const auto small = std::ranges::find(fleet.present, hostName("h1"), &InForce::host);
  ASSERT_NE(small, fleet.present.end());
  bool moved = false;
  for (const Wave& wave : outcome.plan.waves) {
    for (const Change& change : wave)
      moved = moved || (change.node == small->blueprint.name && change.from == hostName("h1"));
  }
  EXPECT_TRUE(moved);
}

TEST(PlanCluster, changesTagsWithoutTouchingAnyMachine) {
  Fleet fleet;
  fleet.apply(fleet.plan(kSpec));
  const Outcome outcome = fleet.plan(std::string(kSpec) + "    tags: { role: web }\n");
  EXPECT_THAT(outcome.plan.waves, IsEmpty());
  ASSERT_EQ(outcome.plan.updates.size(), 3u);
  EXPECT_THAT(outcome.plan.updates[0].reasons, ElementsAre("tags changed ← c.yaml:10:11"));
}

/// I10: what is had in place is in force before the first wave.
TEST(PlanCluster, growsNothingInPlaceWhereThoseThatLeaveAreStillThere) {
  Fleet fleet;
  fleet.hosts = {host("h1", 7)};
  fleet.apply(fleet.plan(kSpec));
  ASSERT_EQ(fleet.present.size(), 3u);
  const std::string larger = with(kSpec, "memory: 2GiB", "memory: 3GiB");
  const Outcome refused = fleet.plan(with(larger, "count: 3", "count: 2"));
  EXPECT_THAT(messages(refused), ElementsAre("host h1 has no room for c-web-0 and 1 more to grow in place while those "
                                             "that leave are there"));
  EXPECT_THAT(refused.findings[0].hint, StartsWith("apply it in two steps"));

  fleet.hosts = {host("h1", 8)};
  EXPECT_THAT(messages(fleet.plan(with(larger, "count: 3", "count: 2"))), IsEmpty()) << "there is room for all";
  fleet.hosts = {host("h1", 7)};
  fleet.apply(fleet.plan(with(kSpec, "count: 3", "count: 2")));
  EXPECT_THAT(messages(fleet.plan(with(larger, "count: 3", "count: 2"))), IsEmpty()) << "as it was told";
}

// ---- volumes and what is protected
// ------------------------------------------------------------------------------------

const std::string kVolume = "    volumes: { data: { size: 5GiB, mount: /var/lib/data } }\n";

TEST(PlanCluster, growsAVolumeLive) {
  Fleet fleet;
  fleet.apply(fleet.plan(kSpec + kVolume));
  const Outcome outcome = fleet.plan(kSpec + with(kVolume, "5GiB", "6GiB"));
  EXPECT_THAT(messages(outcome), IsEmpty());
  EXPECT_THAT(outcome.plan.waves, IsEmpty());
  ASSERT_EQ(outcome.plan.updates.size(), 3u);
  EXPECT_EQ(outcome.plan.updates[0].effect, Effect::now);
  EXPECT_THAT(outcome.plan.updates[0].reasons, ElementsAre(HasSubstr("volume data 5GiB → 6GiB ← c.yaml:10:")));
}

TEST(PlanCluster, refusesToShrinkAVolume) {
  Fleet fleet;
  fleet.apply(fleet.plan(kSpec + kVolume));
  const Outcome outcome = fleet.plan(kSpec + with(kVolume, "5GiB", "4GiB"));
  EXPECT_THAT(messages(outcome), ElementsAre("volume \"data\" of c-web-0 has 5GiB and cannot become smaller"));
  EXPECT_EQ(outcome.findings[0].where.line, 10u);
  EXPECT_TRUE(outcome.plan.empty());
}

TEST(PlanCluster, refusesAConfigThatWouldWipeAKeptVolumeAtItsLine) {
  const std::string wiping = std::string(kBase) +
                             "  filesystems:\n    - device: /dev/disk/by-id/virtio-data\n      format: xfs\n"
                             "      wipe_filesystem: true\n";
  const std::string bare = with(kVolume, ", mount: /var/lib/data", "");
  Fleet fleet;
  const Outcome outcome = fleet.plan(kSpec + bare, wiping);
  ASSERT_THAT(
      messages(outcome),
      ElementsAre(
          "wipe_filesystem would wipe volume \"data\", which is kept: its data would be lost each time the node "
          "is replaced"));
  EXPECT_EQ(outcome.findings[0].where.file, "base.bu");
  EXPECT_EQ(outcome.findings[0].where.line, 11u);
  const source::BundleFiles files(source::Bundle{{"c.yaml", {kSpec + bare}}, {"base.bu", {wiping}}});
  EXPECT_THAT(messages(checkCluster("c.yaml", files)), messages(outcome)) << "offline too";
}

TEST(PlanCluster, refusesAnotherFilesystemForAKeptVolume) {
  Fleet fleet;
  fleet.apply(fleet.plan(kSpec + kVolume));
  const Outcome outcome =
      fleet.plan(kSpec + with(kVolume, "mount: /var/lib/data", "mount: /var/lib/data, filesystem: ext4"));
  EXPECT_THAT(messages(outcome), ElementsAre(HasSubstr("it has xfs on it, and cannot become ext4")));
}

TEST(PlanCluster, keepsANodeWhereItsVolumeIs) {
  Fleet fleet;
  fleet.apply(fleet.plan(kSpec + kVolume));
  const HostName away = hostName(fleet.present[0].host == hostName("h2") ? "h1" : "h2");
  const Outcome outcome = fleet.plan(kSpec + kVolume + "    nodes: { 0: { host: " + away.str() + " } }\n");
  EXPECT_THAT(messages(outcome), ElementsAre("c-web-0 is to be on host " + away.str() + ", but its volume data is on " +
                                             fleet.present[0].host.str()));
  EXPECT_TRUE(outcome.plan.empty());
}

TEST(PlanCluster, saysHowManyVolumesAreAttachedAgain) {
  Fleet fleet;
  fleet.apply(fleet.plan(kSpec + kVolume + "    quorum: true\n"));
  const Outcome outcome = fleet.plan(kSpec + kVolume + "    quorum: true\n", with(kBase, "Welcome.", "Good morning."));
  ASSERT_EQ(outcome.risks.size(), 3u);
  EXPECT_EQ(outcome.risks[0].at(0).volumes, 1u);
  EXPECT_EQ(outcome.risks[0].at(0).quorum, 2u);
}

TEST(PlanCluster, remembersWhatIsProtectedWhenTheLinesAreGone) {
  Fleet fleet;
  const std::string guarded = std::string(kSpec) + "    protect: true\n";
  const Outcome first = fleet.plan(guarded);
  EXPECT_THAT(first.protections, ElementsAre(testing::Pair("pool web", HasSubstr("revision 1, c.yaml:10:"))));
  fleet.apply(first);
  fleet.protections = first.protections;
  const std::string renamed = with(kSpec, "  web:", "  www:");
  const Outcome refused = fleet.plan(renamed);
  ASSERT_THAT(messages(refused), ElementsAre(HasSubstr("pool web is protected (revision 1, c.yaml:10:")));
  EXPECT_THAT(refused.findings[0].hint, HasSubstr("protect: false"));

  const Outcome lifted = fleet.plan(std::string(kSpec) + "    protect: false\n");
  EXPECT_THAT(messages(lifted), IsEmpty());
  fleet.protections = lifted.protections;
  EXPECT_THAT(messages(fleet.plan(renamed)), IsEmpty());
}

TEST(PlanCluster, refusesToDropAProtectedVolume) {
  Fleet fleet;
  const Outcome first = fleet.plan(kSpec + with(kVolume, "5GiB", "5GiB, protect: true"));
  fleet.apply(first);
  fleet.protections = first.protections;
  EXPECT_THAT(messages(fleet.plan(kSpec)),
              ElementsAre(HasSubstr("volume data of pool web is protected (revision 1, c.yaml:10:")));
}

TEST(CheckCluster, needsNeitherHostsNorImage) {
  const source::BundleFiles files(source::Bundle{{"c.yaml", {kSpec}}, {"base.bu", {kBase}}});
  const Outcome outcome = checkCluster("c.yaml", files);
  EXPECT_FALSE(source::hasErrors(outcome.findings));
  ASSERT_EQ(outcome.blueprints.size(), 3u);
  EXPECT_FALSE(outcome.blueprints[0].image);
  const Fleet fleet;
  EXPECT_EQ(outcome.blueprints[0].ignition, fleet.plan(kSpec).blueprints[0].ignition)
      << "what is checked offline is what will be applied";
}

// ---- drift

const std::string kFreezing = with(kSpec, "butane:", "drift: freeze\n    butane:");

TEST(Drift, isHadInPlace) {
  Fleet fleet;
  fleet.apply(fleet.plan(kSpec));
  const Outcome outcome = fleet.plan(kFreezing);
  EXPECT_TRUE(outcome.plan.waves.empty());
  ASSERT_EQ(outcome.plan.updates.size(), 3u);
  EXPECT_THAT(outcome.plan.updates[0].reasons, ElementsAre("drift heal → freeze ← c.yaml:9:12"));
  EXPECT_EQ(outcome.plan.updates[0].effect, Effect::now);
}

TEST(Drift, freezesWhatSomebodyStoppedByHandUntilItIsNamed) {
  Fleet fleet;
  fleet.apply(fleet.plan(kFreezing));
  fleet.present[1].health = Health::notReady;
  EXPECT_TRUE(fleet.plan(kFreezing).plan.empty());
  fleet.present[1].frozen = true;
  const std::string changed = with(kBase, "Welcome.", "Good morning.");
  const Outcome outcome = fleet.plan(kFreezing, changed);
  EXPECT_THAT(told(outcome.plan), ElementsAre("replace c-web-0 on h1", "replace c-web-2 on h3"));
  ASSERT_EQ(outcome.findings.size(), 1u);
  EXPECT_EQ(outcome.findings[0].severity, source::Severity::warning);
  EXPECT_EQ(outcome.findings[0].message,
            "c-web-1 is frozen, and stays as it is: somebody on its host stopped or removed it");
  EXPECT_EQ(outcome.findings[0].hint, "to mend it: berth restart c-web-1, or berth replace c-web-1");
  // With the pool that says so no longer, or by name.
  const Outcome thawed = fleet.plan(kSpec, changed);
  EXPECT_EQ(thawed.plan.waves.size(), 3u);
  EXPECT_TRUE(thawed.plan.waves[0][0].thaws);
  fleet.wishes.replace = {nodeName("c-web-1")};
  EXPECT_EQ(told(fleet.plan(kFreezing, changed).plan)[0], "replace c-web-1 on h2");
  EXPECT_TRUE(fleet.plan(kFreezing, changed).plan.waves[0][0].thaws);
  EXPECT_FALSE(fleet.plan(kFreezing, changed).plan.waves[1][0].thaws);
  fleet.wishes = {.restart = {nodeName("c-web-1")}};
  EXPECT_THAT(told(fleet.plan(kFreezing).plan), ElementsAre("restart c-web-1 on h2"));
}

TEST(Drift, keepsAFrozenNodeThatThePoolNoLongerHasUntilItIsATarget) {
  Fleet fleet;
  fleet.apply(fleet.plan(kFreezing));
  fleet.present[2].health = Health::notReady;
  fleet.present[2].frozen = true;
  const std::string fewer = with(kFreezing, "count: 3", "count: 2");
  const Outcome outcome = fleet.plan(fewer);
  EXPECT_TRUE(outcome.plan.waves.empty());
  EXPECT_EQ(outcome.findings.at(0).hint, "to let it go: berth apply --target c-web-2");
  fleet.targets = {"c-web-2"};
  EXPECT_THAT(told(fleet.plan(fewer).plan), ElementsAre("destroy c-web-2 on h3"));
  fleet.byPerson = false;
  EXPECT_TRUE(fleet.plan(fewer).plan.waves.empty()) << "the controller names nobody";
}

TEST(Drift, givesTheRoomOfAFrozenNodeToNobody) {
  Fleet fleet;
  fleet.apply(fleet.plan(kFreezing));
  const std::string fewerAndMore = with(with(kFreezing, "count: 3", "count: 2"), "pools:\n",
                                        "pools:\n  new:\n    count: 1\n"
                                        "    resources: { vcpus: 1, memory: 2GiB, disk: 10GiB }\n"
                                        "    addresses: 10.20.0.19\n");
  for (auto& each : fleet.hosts) each.capacity.vcpus = fleet.present[0].blueprint.vcpus;
  EXPECT_EQ(told(fleet.plan(fewerAndMore).plan).size(), 2U) << "one goes, and another comes in its place";
  fleet.present[2].health = Health::notReady;
  fleet.present[2].frozen = true;
  EXPECT_THAT(messages(fleet.plan(fewerAndMore)), testing::Contains(testing::HasSubstr("no host can take")));
}

// ---- max_surge

const std::string kSurging = with(std::string(kSpec) + "update: { max_surge: 1 }\n", "10.20.0.13", "10.20.0.14");
const std::string kNewBase = with(kBase, "Welcome.", "Good morning.");

TEST(MaxSurge, makesANodeOfTheNewKindThatStandsInWhileTheOthersAreReplaced) {
  Fleet fleet;
  fleet.apply(fleet.plan(kSurging));
  const Outcome outcome = fleet.plan(kSurging, kNewBase);
  EXPECT_THAT(messages(outcome), IsEmpty());
  EXPECT_THAT(told(outcome.plan), ElementsAre("create c-web-3 on h1", "replace c-web-0 on h1", "replace c-web-1 on h2",
                                              "replace c-web-2 on h3", "destroy c-web-3 on h1"));
  ASSERT_EQ(outcome.standIns.size(), 1u);
  EXPECT_EQ(outcome.standIns[0].address()->str(), "10.20.0.14");
  EXPECT_THAT(outcome.standIns[0].ignition, HasSubstr("Good%20morning."));
  EXPECT_EQ(outcome.blueprints.size(), 3u);
}

TEST(MaxSurge, changesNothingAboutTheOtherNodesNorWhatTheySeeOfEachOther) {
  const std::string base = with(kBase, "Welcome.", "one of ${{ length(nodes(\"web\")) }}");
  Fleet fleet;
  fleet.apply(fleet.plan(kSurging, base));
  EXPECT_TRUE(fleet.plan(kSurging, base).plan.empty());
  const Outcome changed = fleet.plan(kSurging, with(base, "/etc/motd", "/etc/issue"));
  ASSERT_EQ(changed.standIns.size(), 1u) << testing::PrintToString(messages(changed));
  EXPECT_THAT(changed.standIns[0].ignition, HasSubstr("one%20of%203"));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(changed.blueprints[i].nics, fleet.present[i].blueprint.nics);
}

TEST(MaxSurge, isNotUsedForUpdatesInPlaceNorForNodesThatAreDown) {
  Fleet fleet;
  fleet.apply(fleet.plan(kSurging));
  EXPECT_THAT(told(fleet.plan(with(kSurging, "butane:", "tags: { a: b }\n    butane:")).plan), IsEmpty());
  for (InForce& each : fleet.present) each.health = Health::notReady;
  EXPECT_EQ(fleet.plan(kSurging, kNewBase).plan.waves.size(), 3u);
}

TEST(MaxSurge, goesOnWithoutWhereThereIsNoAddressAndSaysSo) {
  const std::string narrow = with(kSurging, "10.20.0.14", "10.20.0.13");
  Fleet fleet;
  fleet.apply(fleet.plan(narrow));
  const Outcome outcome = fleet.plan(narrow, kNewBase);
  EXPECT_EQ(outcome.plan.waves.size(), 3u);
  ASSERT_EQ(outcome.findings.size(), 1u);
  EXPECT_EQ(outcome.findings[0].severity, source::Severity::warning);
  EXPECT_EQ(
      outcome.findings[0].message,
      "pool \"web\" goes without 1 of 1 nodes that would stand in (max_surge): there is no free address for c-web-3");
  EXPECT_EQ(outcome.findings[0].where.line, 10u);
}

TEST(MaxSurge, goesOnWithoutWhereThereIsNoPlaceAndSaysWhy) {
  Fleet fleet;
  fleet.hosts = {host("h1", 6)};
  fleet.apply(fleet.plan(kSurging));
  const Outcome outcome = fleet.plan(kSurging, kNewBase);
  EXPECT_EQ(outcome.plan.waves.size(), 3u);
  ASSERT_EQ(outcome.findings.size(), 1u);
  EXPECT_EQ(outcome.findings[0].severity, source::Severity::warning);
  EXPECT_THAT(outcome.findings[0].message, HasSubstr("no place for c-web-3: no host can take 1 vcpu"));
}

TEST(MaxSurge, takesTheRoomOfNoNodeThatThePlanMovesOrMakes) {
  Fleet fleet;
  fleet.hosts = {host("h1", 4), host("h2", 4)};
  fleet.apply(fleet.plan(kSurging));
  // The fourth node takes the last room there is: nobody is left to stand in, and the node itself has its place.
  const Outcome outcome = fleet.plan(with(kSurging, "count: 3", "count: 4"), kNewBase);
  EXPECT_EQ(outcome.plan.waves.size(), 4u);
  EXPECT_EQ(told(outcome.plan)[0], "create c-web-3 on h2");
  EXPECT_EQ(outcome.findings.size(), 1u);
}

TEST(MaxSurge, goesOnWithoutWhereAnExpressionKnowsOnlyTheNodesThatThereAre) {
  const std::string base = with(kBase, "Welcome.", "${{ nodes(\"web\")[node.index + 1].name }}");
  Fleet fleet;
  fleet.apply(fleet.plan(kSurging, base));
  const Outcome outcome = fleet.plan(kSurging, with(base, "/etc/motd", "/etc/issue"));
  EXPECT_EQ(outcome.plan.waves.size(), 3u);
  ASSERT_EQ(outcome.findings.size(), 1u);
  EXPECT_THAT(outcome.findings[0].message, HasSubstr("(max_surge): for c-web-3, "));
}

TEST(MaxSurge, makesAnewWhatAFailedPlanLeftThatDoesNotServe) {
  Fleet fleet;
  fleet.apply(fleet.plan(kSurging));
  Outcome failed = fleet.plan(kSurging, kNewBase);
  fleet.present.push_back({failed.standIns[0], hostName("h1"), Health::notReady, {}, false, true});
  const Outcome outcome = fleet.plan(kSurging, kNewBase);
  EXPECT_THAT(messages(outcome), IsEmpty());
  EXPECT_THAT(told(outcome.plan), ElementsAre("replace c-web-3 on h1", "replace c-web-0 on h1", "replace c-web-1 on h2",
                                              "replace c-web-2 on h3", "destroy c-web-3 on h1"));
  EXPECT_EQ(outcome.standIns[0].address()->str(), "10.20.0.14");
  fleet.present.back().health = Health::ready;
  EXPECT_THAT(told(fleet.plan(kSurging, kNewBase).plan), ElementsAre("replace c-web-0 on h1", "replace c-web-1 on h2",
                                                                     "replace c-web-2 on h3", "destroy c-web-3 on h1"));
}

TEST(MaxSurge, becomesAMemberWhenThePoolGrowsThatFar) {
  Fleet fleet;
  fleet.apply(fleet.plan(kSurging));
  Outcome failed = fleet.plan(kSurging, kNewBase);
  fleet.present.push_back({failed.standIns[0], hostName("h1"), Health::ready, {}, false, true});
  fleet.present.back().blueprint.origins = nullptr;
  const Outcome outcome = fleet.plan(with(kSurging, "count: 3", "count: 4"), kNewBase);
  EXPECT_EQ(outcome.plan.waves.size(), 3u);
  EXPECT_EQ(outcome.plan.unchanged, 1u);
}

TEST(MaxSurge, isNoReasonToRefuseAPlanForAProtectedPool) {
  const std::string spec = with(kSurging, "butane:", "protect: true\n    butane:");
  Fleet fleet;
  fleet.apply(fleet.plan(spec));
  fleet.protections = {{"pool web", "revision 1"}};
  Outcome outcome = fleet.plan(spec, kNewBase);
  EXPECT_THAT(messages(outcome), IsEmpty());
  fleet.present.push_back({outcome.standIns[0], hostName("h1"), Health::ready, {}, false, true});
  EXPECT_THAT(messages(fleet.plan(spec)), IsEmpty()) << "nor to keep what only stood in";
}

// ---- volumes that follow their nodes

TEST(PlanCluster, movesANodeWithItsVolumesOffADrainedHostWhenAsked) {
  Fleet fleet;
  const std::string spec = std::string(kSpec) + "    volumes: { data: { size: 2GiB, mount: /var/lib/data } }\n";
  fleet.apply(fleet.plan(spec));
  fleet.hosts[0].state = layout::HostState::draining;
  fleet.hosts.push_back(host("h4"));
  const Outcome stays = fleet.plan(spec);
  EXPECT_TRUE(stays.plan.empty());
  EXPECT_THAT(messages(stays), ElementsAre("c-web-0 stays on h1, which is to be emptied: its volume data is there"));

  fleet.leavers = VolumesOfLeavers::move;
  for (const char* name : {"h1", "h2", "h3"}) fleet.takers.insert(*HostName::parse(name));
  const Outcome moves = fleet.plan(spec);
  ASSERT_EQ(moves.plan.waves.size(), 1u);
  const Change& change = moves.plan.waves[0][0];
  EXPECT_EQ(change.action, Action::replace);
  EXPECT_EQ(change.from->str(), "h1");
  EXPECT_NE(change.host.str(), "h4") << "its agent takes no volumes";
  EXPECT_THAT(messages(moves), ElementsAre("no node is moved to h4: its agent is an older one, or cannot tell where "
                                           "other agents reach it"));
  EXPECT_THAT(change.reasons,
              ElementsAre("h1 is being drained", "volume data follows it: 2GiB at most are copied while it is off"));
  ASSERT_EQ(change.carried.size(), 1u);
  EXPECT_EQ(change.carried[0].size, 2_GiB);
  EXPECT_EQ(moves.risks[0][0].copied, 2_GiB);
}

}  // namespace
}  // namespace berth::change
