// SPDX-License-Identifier: Apache-2.0
#include "planner/change/reasons.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/planner/change/world.h"

namespace berth::change {
namespace {

using node::Blueprint;
using testing::ElementsAre;
using testing::IsEmpty;

const Former kNoFormer;
const ChangedVariables kNoneChanged;

Difference compare(const Blueprint& now, const Blueprint& wanted) {
  return Comparison(kNoFormer, kNoneChanged).compare(now, wanted);
}

Blueprint withOrigins(Blueprint blueprint) {
  auto origins = std::make_shared<node::Origins>();
  origins->vcpus = {"c.yaml", 8, 24, 1};
  origins->image = {"c.yaml", 2, 8, 0};
  origins->parts[{"/etc/motd", "contents"}] = {"base.bu", 14, 5, 0};
  origins->parts[{"/etc/motd", "mode"}] = {"base.bu", 12, 5, 0};
  origins->parts[{"unit a.service", "contents"}] = {"base.bu", 20, 5, 0};
  origins->tags = {"c.yaml", 30, 5, 0};
  blueprint.origins = origins;
  return blueprint;
}

std::string config(const std::string& motd, int mode = 420, const std::string& rest = "") {
  return R"({"ignition":{"version":"3.3.0"},"storage":{"files":[{"path":"/etc/motd","contents":{"source":"data:,)" +
         motd + R"("},"mode":)" + std::to_string(mode) + "}]}" + rest + "}";
}

TEST(Compare, findsNothingBetweenEquals) {
  const auto difference = compare(blueprint("web", 0), withOrigins(blueprint("web", 0)));
  EXPECT_EQ(difference.depth, Depth::same);
  EXPECT_THAT(difference.reasons, IsEmpty());
}

TEST(Compare, followsAChangedFileToItsLine) {
  const auto difference = compare(blueprint("web", 0, config("one")), withOrigins(blueprint("web", 0, config("two"))));
  EXPECT_EQ(difference.depth, Depth::machine);
  EXPECT_THAT(difference.reasons, ElementsAre("/etc/motd changed ← base.bu:14:5"));
}

TEST(Compare, namesWhatElseOfAFileChanged) {
  const auto difference =
      compare(blueprint("web", 0, config("one", 420)), withOrigins(blueprint("web", 0, config("one", 384))));
  EXPECT_THAT(difference.reasons, ElementsAre("mode of /etc/motd changed ← base.bu:12:5"));
}

TEST(Compare, tellsWhatCameAndWhatWent) {
  const std::string unit = R"(,"systemd":{"units":[{"name":"a.service","contents":"x"}]})";
  EXPECT_THAT(
      compare(blueprint("web", 0, config("one")), withOrigins(blueprint("web", 0, config("one", 420, unit)))).reasons,
      ElementsAre("unit a.service added ← base.bu:20:5"));
  EXPECT_THAT(
      compare(blueprint("web", 0, config("one", 420, unit)), withOrigins(blueprint("web", 0, config("one")))).reasons,
      ElementsAre("unit a.service removed"));
}

TEST(Compare, neverShowsContents) {
  const auto difference = compare(blueprint("web", 0, config("hunter2")), blueprint("web", 0, config("hunter3")));
  for (const std::string& reason : difference.reasons) EXPECT_EQ(reason.find("hunter"), std::string::npos);
}

TEST(Compare, tellsTheDomainsDifferences) {
  Blueprint wanted = withOrigins(blueprint("web", 0));
  wanted.vcpus = 4;
  wanted.memory = 2_GiB;
  wanted.disk = 20_GiB;
  wanted.nics[0].source = "br1";
  wanted.nics[0].address = spec::Ipv4::parse("10.0.0.5");
  const auto difference = compare(blueprint("web", 0), wanted);
  EXPECT_EQ(difference.depth, Depth::machine);
  EXPECT_THAT(difference.reasons,
              ElementsAre("disk 10GiB → 20GiB", "network bridge br0 → bridge br1", "address DHCP → 10.0.0.5",
                          "vcpus 1 → 4 ← c.yaml:8:24", "memory 1GiB → 2GiB"));
}

TEST(Compare, knowsAnImageByItsContent) {
  const Digest one = Digest::of(std::string_view("one"));
  const Digest two = Digest::of(std::string_view("two"));
  Blueprint now = blueprint("web", 0);
  now.image =
      image::Image{.source = "https://a/x", .packing = {}, .packedDigest = one, .contentDigest = {}, .label = "x"};
  Blueprint wanted = withOrigins(now);
  wanted.image->source = "https://mirror/x";
  wanted.image->label = "the same";
  EXPECT_EQ(compare(now, wanted).depth, Depth::same);
  wanted.image->packedDigest = two;
  EXPECT_THAT(compare(now, wanted).reasons, ElementsAre("image x → the same ← c.yaml:2:8"));
  wanted.image->label = "x";
  EXPECT_THAT(compare(now, wanted).reasons,
              ElementsAre("image x (" + one.shortHex() + ") → x (" + two.shortHex() + ") ← c.yaml:2:8"));
}

TEST(Compare, needsNoNewMachineButABootForVcpusAndMemory) {
  Blueprint wanted = withOrigins(blueprint("web", 0));
  wanted.vcpus = 4;
  wanted.tags = {{"role", "web"}};
  const auto difference = compare(blueprint("web", 0), wanted);
  EXPECT_EQ(difference.depth, Depth::nextBoot);
  EXPECT_THAT(difference.reasons, ElementsAre("vcpus 1 → 4 ← c.yaml:8:24", "tags changed ← c.yaml:30:5"));
}

TEST(Compare, needsNoNewMachineForTagsAndProbes) {
  Blueprint wanted = withOrigins(blueprint("web", 0));
  wanted.tags = {{"role", "web"}};
  wanted.probes.emplace_back(node::TcpProbe{spec::Ipv4(), 22});
  wanted.beforeStop.push_back({{"http://10.0.0.1/drain", 200}, spec::HttpMethod::post, std::chrono::seconds(30)});
  wanted.shutdownDeadline = std::chrono::seconds(420);
  const auto difference = compare(blueprint("web", 0), wanted);
  EXPECT_EQ(difference.depth, Depth::live);
  EXPECT_THAT(difference.reasons, ElementsAre("tags changed ← c.yaml:30:5", "health changed", "before_stop changed",
                                              "time to shut down 60s → 420s"));
}

TEST(Compare, tellsNodesApartThatOnlySeemToDifferAlike) {
  const auto withAddress = [](std::uint32_t index, const std::string& address) {
    Blueprint node = blueprint("web", index, config("of " + address));
    node.nics[0].address = spec::Ipv4::parse(address);
    return node;
  };
  Comparison comparison(kNoFormer, kNoneChanged);
  EXPECT_THAT(comparison.compare(withAddress(0, "10.0.0.1"), withAddress(0, "10.0.0.2")).reasons,
              ElementsAre("address 10.0.0.1 → 10.0.0.2", "/etc/motd changed"));
  Blueprint wanted = withAddress(1, "10.0.0.3");
  wanted.ignition = config("of 10.0.0.3", 384);
  EXPECT_THAT(comparison.compare(withAddress(1, "10.0.0.3"), wanted).reasons, ElementsAre("mode of /etc/motd changed"));
  EXPECT_THAT(comparison.compare(withAddress(2, "10.0.0.4"), withAddress(2, "10.0.0.4")).reasons, IsEmpty());
}

TEST(Compare, saysHowManyReasonsItLeftOut) {
  std::string many = R"({"storage":{"files":[)";
  for (int i = 0; i < 30; ++i) many += std::string(i == 0 ? "" : ",") + R"({"path":"/f)" + std::to_string(i) + R"("})";
  const auto difference = compare(blueprint("web", 0), blueprint("web", 0, many + "]}}"));
  ASSERT_EQ(difference.reasons.size(), 20u);
  EXPECT_EQ(difference.reasons.back(), "and 11 more");
}

TEST(Compare, hasAReasonEvenForAnotherOrder) {
  const auto difference =
      compare(blueprint("web", 0, R"({"a":{"b":1,"c":2}})"), blueprint("web", 0, R"({"a":{"c":2,"b":1}})"));
  EXPECT_EQ(difference.depth, Depth::machine);
  EXPECT_THAT(difference.reasons, ElementsAre("the order of entries in the Ignition config changed"));
}

}  // namespace
}  // namespace berth::change
