// SPDX-License-Identifier: Apache-2.0
#include "agent/reconcile/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulation/agent_model.h"

namespace berth::reconcile {
namespace {

using message::Nic;
using testing::HasSubstr;
using testing::Optional;

Policy roomy() {
  Policy policy;
  policy.capacity = {8, 16_GiB, 100_GiB};
  return policy;
}

message::NodeSpec from(const std::string& source) {
  auto spec = simulation::specFor("a-0");
  spec.image.source = source;
  return spec;
}

message::NodeSpec on(Nic::Attachment attachment, const std::string& name) {
  auto spec = simulation::specFor("a-0");
  spec.nics = {{attachment, name, "52:54:00:00:00:01"}};
  return spec;
}

TEST(Policy, AnOrdinaryNodeIsTaken) { EXPECT_EQ(objection(roomy(), simulation::specFor("a-0")), std::nullopt); }

TEST(Policy, NetworksAreOpenUntilTheyAreNamed) {
  auto policy = roomy();
  EXPECT_FALSE(objection(policy, on(Nic::Attachment::bridge, "br0")));
  policy.networks = {"br0"};
  EXPECT_FALSE(objection(policy, on(Nic::Attachment::bridge, "br0")));
  EXPECT_THAT(objection(policy, on(Nic::Attachment::bridge, "br1")), Optional(HasSubstr("'br1' (allowed: br0)")));
  EXPECT_THAT(objection(policy, on(Nic::Attachment::libvirtNetwork, "default")),
              Optional(HasSubstr("libvirt network")));
}

TEST(Policy, MacvtapNeedsItsInterfaceNamed) {
  auto policy = roomy();
  EXPECT_TRUE(objection(policy, on(Nic::Attachment::macvtap, "eno1")));
  policy.networks = {"eno1"};
  EXPECT_FALSE(objection(policy, on(Nic::Attachment::macvtap, "eno1")));
}

TEST(Policy, FilesComeOnlyFromDirectoriesThatTheOwnerNamed) {
  auto policy = roomy();
  EXPECT_TRUE(objection(policy, from("file:///srv/images/a.qcow2"))) << "none by default";
  policy.imageDirectories = {"/srv/images"};
  EXPECT_FALSE(objection(policy, from("file:///srv/images/a.qcow2")));
  EXPECT_FALSE(objection(policy, from("file:///srv/images/deep/a.qcow2")));
  const char* const elsewhere[] = {"file:///etc/shadow",          "file:///srv/images/../../etc/shadow",
                                   "file:///srv/images",          "file:///srv/imagesx/a.qcow2",
                                   "file:///srv/images/%2e%2e/x", "file://srv/images/a.qcow2",
                                   "file:///srv/images/./a",      "file:///srv//images/a"};
  for (const auto* source : elsewhere) EXPECT_TRUE(objection(policy, from(source))) << source;
}

TEST(Policy, OtherSchemesAreRefused) {
  for (const auto* source : {"ftp://a/b", "/srv/a", "", "https://", "http:///x", "gopher://x/"})
    EXPECT_TRUE(objection(roomy(), from(source))) << source;
}

TEST(Policy, ArtifactsComeFromWhereImagesMay) {
  auto policy = roomy();
  auto spec = from("https://good.example/a");
  spec.artifacts = {{"a.zip", "http://good.example/a.zip", Digest::of("a")}};
  EXPECT_FALSE(objection(policy, spec));
  policy.imageHosts = {"good.example"};
  EXPECT_FALSE(objection(policy, spec));
  policy.plainHttp = Policy::PlainHttp::refused;
  EXPECT_THAT(objection(policy, spec), Optional(HasSubstr("does not allow artifacts over plain http")));
  spec.artifacts[0].url = "https://evil.example/a.zip";
  EXPECT_THAT(objection(policy, spec), Optional(HasSubstr("'evil.example' (allowed: good.example)")));
}

TEST(Policy, DownloadHostsCanBeNamed) {
  auto policy = roomy();
  policy.imageHosts = {"good.example"};
  EXPECT_FALSE(objection(policy, from("https://good.example/a")));
  EXPECT_FALSE(objection(policy, from("https://good.example:8443/a")));
  for (const auto* source : {"https://evil.example/a", "https://good.example@evil.example/a",
                             "https://evil.example/?good.example", "https://evil.example\\good.example/"})
    EXPECT_TRUE(objection(policy, from(source))) << source;
  policy.plainHttp = Policy::PlainHttp::refused;
  EXPECT_TRUE(objection(policy, from("http://good.example/a")));
}

TEST(Policy, AnImageWithoutADigestIsRefused) {
  auto spec = simulation::specFor("a-0");
  spec.image.contentDigest.reset();
  EXPECT_TRUE(objection(roomy(), spec));
}

TEST(Policy, I10_NoNodeGetsMoreThanTheHostGives) {
  auto spec = simulation::specFor("a-0");
  spec.memory = Bytes(10ULL << 40);
  EXPECT_THAT(objection(roomy(), spec),
              Optional(HasSubstr("asks for 10TiB of memory, but this host gives at most 16GiB")));
  spec = simulation::specFor("a-0");
  spec.vcpus = 9;
  EXPECT_TRUE(objection(roomy(), spec));
  spec.vcpus = 4'000'000'000;
  EXPECT_TRUE(objection(roomy(), spec));
  spec.vcpus = 0;
  EXPECT_TRUE(objection(roomy(), spec));
}

TEST(Policy, I10_AllNodesTogetherGetNoMoreThanTheHostGives) {
  auto spec = simulation::specFor("a-0");
  spec.vcpus = 4;
  EXPECT_FALSE(noRoom(roomy(), {4, 1_GiB, 1_GiB}, spec));
  EXPECT_TRUE(noRoom(roomy(), {5, 1_GiB, 1_GiB}, spec));
  EXPECT_TRUE(noRoom(roomy(), {0, 16_GiB, 1_GiB}, spec));
  EXPECT_TRUE(noRoom(roomy(), {0, Bytes(), 95_GiB}, spec));
}

TEST(Policy, I10_VolumesTakeTheirRoomOfThePoolWhereThereIsOne) {
  auto spec = simulation::specFor("a-0");
  spec.volumes = {{VolumeName::parse("data").value(), 95_GiB, true}};
  EXPECT_THAT(noRoom(roomy(), {}, spec), Optional(HasSubstr("of disk, but this host gives at most 100GiB")));
  auto pooled = roomy();
  pooled.capacity.volumes = 200_GiB;
  EXPECT_FALSE(noRoom(pooled, {}, spec));
  EXPECT_FALSE(noRoom(pooled, {0, Bytes(), Bytes(), 105_GiB}, spec));
  EXPECT_THAT(noRoom(pooled, {0, Bytes(), Bytes(), 106_GiB}, spec),
              Optional(HasSubstr("asks for 95GiB of its volume pool, but this host gives at most 200GiB")));
  EXPECT_TRUE(noRoom(pooled, {0, Bytes(), 95_GiB}, spec)) << "of its root disk";
}

TEST(Policy, TheOwnersWishCutsDownWhatTheMachineHas) {
  const message::Capacity machine{8, 16_GiB, 100_GiB};
  EXPECT_EQ(offered(machine, {}, {}), machine);
  EXPECT_EQ(offered(machine, {}, {4, Bytes(), 200_GiB}), (message::Capacity{4, 16_GiB, 100_GiB}));
  EXPECT_EQ(offered(machine, {400, 125}, {}), (message::Capacity{32, 20_GiB, 100_GiB}));
  EXPECT_EQ(offered(machine, {400, 50}, {16, Bytes(), Bytes()}), (message::Capacity{16, 8_GiB, 100_GiB}));
  const message::Capacity pooled{8, 16_GiB, 100_GiB, 1024_GiB};
  EXPECT_EQ(offered(pooled, {}, {}), pooled);
  EXPECT_EQ(offered(pooled, {}, {0, Bytes(), Bytes(), 500_GiB}).volumes, 500_GiB);
  EXPECT_EQ(offered(machine, {}, {0, Bytes(), Bytes(), 500_GiB}).volumes, Bytes()) << "there is no pool";
}

}  // namespace
}  // namespace berth::reconcile
