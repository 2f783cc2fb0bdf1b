// SPDX-License-Identifier: Apache-2.0
#include "planner/node/site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "planner/ignition/data_url.h"
#include "planner/ignition/read.h"
#include "planner/node/compose.h"
#include "planner/node/keyfile.h"
#include "planner/node/layer.h"
#include "planner/node/zincati.h"
#include "planner/spec/parse.h"

namespace berth::node {
namespace {

using Json = nlohmann::json;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kSpec = R"(cluster: prod
image: { stream: stable }
network: { bridge: br0, subnet: 10.20.0.0/24, gateway: 10.20.0.1 }
os_updates: { strategy: fleet_lock }
pools:
  server:
    count: 3
    resources: { vcpus: 2, memory: 4GiB, disk: 20GiB }
    addresses: 10.20.0.11-10.20.0.19
    volumes: { data: { size: 10GiB, mount: /var/lib } }
stack:
  consul:
    version: 1.22.0
    archive:
      url: https://releases.example.org/consul.zip
      sha256: 5d41402abc4b2a76b9719d911017c592ae2c9f3d9b6a0d0c9a1b7d9b2f4c6e80
    servers: server
)";

const VolumeName kData = *VolumeName::parse("data");

struct Rendered {
  explicit Rendered(const Site& site, std::string text = kSpec) {
    const source::Bundle bundle{{"prod.yaml", {std::move(text)}}};
    const source::BundleFiles files(bundle);
    auto parsed = spec::parse("prod.yaml", files);
    EXPECT_TRUE(parsed.spec) << (parsed.findings.empty() ? "" : parsed.findings[0].message);
    notes = leftToOthers(*parsed.spec, site);
    const Composed composed = compose(*parsed.spec, files, std::nullopt, {}, {}, site);
    EXPECT_FALSE(source::hasErrors(composed.findings));
    text_ = composed.blueprints.at(0).ignition;
    config = Json::parse(text_);
    for (const Json& each : config["storage"]["files"]) files_.emplace(each["path"], each);
    for (const Json& each : config["systemd"]["units"]) units.push_back(each["name"]);
    for (const Json& each : config["storage"].value("filesystems", Json::array())) devices.push_back(each["device"]);
  }
  [[nodiscard]] std::vector<std::string> paths() const {
    std::vector<std::string> all;
    for (const auto& [path, file] : files_) all.push_back(path);
    return all;
  }
  [[nodiscard]] std::string contentsOf(const std::string& path) const {
    return std::get<std::string>(
        ignition::decodeDataUrl(files_.at(path)["contents"]["source"].get_ref<const std::string&>()));
  }
  Json config;
  std::string text_;
  std::map<std::string, Json> files_;
  std::vector<std::string> units;
  std::vector<std::string> devices;
  std::vector<std::string> notes;
};

TEST(Sites, ThatAreOursSayNothingAndChangeNothing) {
  const Rendered ours(Site{});
  EXPECT_THAT(ours.notes, IsEmpty());
  EXPECT_THAT(ours.units, AllOf(Contains(kReadyUnit), Not(Contains(kOfferUnit))));
  EXPECT_THAT(ours.devices, Contains("/dev/disk/by-id/virtio-data"));
}

TEST(Sites, ElsewhereNothingIsAskedForThatOnlyAHostOfOursGives) {
  for (const Platform& platform : platforms()) {
    SCOPED_TRACE(platform.id);
    const Rendered there(Site{&platform});
    EXPECT_THAT(there.units, AllOf(Not(Contains(kReadyUnit)), Contains(kOfferUnit)));
    EXPECT_THAT(there.paths(),
                AllOf(Not(Contains(kReportPath)), Not(Contains(kFleetLockPath)), Contains(kHostnamePath)));
    EXPECT_EQ(there.contentsOf(kHostnamePath), "prod-server-0\n");
    EXPECT_THAT(there.contentsOf(kZincatiPath), HasSubstr("enabled = false"));
    EXPECT_THAT(there.text_, Not(HasSubstr("org.berth.ready")));
    EXPECT_TRUE(ignition::parse(there.text_).config) << "Ignition would refuse it";
  }
}

TEST(Sites, AddressesAreTheSpecsWhereThePlatformLetsThemBe) {
  const Rendered metal(Site{platformNamed("metal")});
  const std::string profile = metal.contentsOf(keyfilePath(0));
  EXPECT_THAT(profile, AllOf(HasSubstr("address1=10.20.0.11/24,10.20.0.1"), Not(HasSubstr("mac-address"))));
  const Rendered aws(Site{platformNamed("aws")});
  EXPECT_THAT(aws.paths(), Not(Contains(keyfilePath(0))));
  EXPECT_THAT(aws.notes, Contains(HasSubstr("give each machine the one that its node has in the spec")));
}

TEST(Sites, SeveralNetworksAreToldApartByMacAddresses) {
  const std::string two = "networks:\n  front: { bridge: br0, dhcp: true }\n  back: { bridge: br1, dhcp: true }\n";
  const std::string spec = "cluster: prod\nimage: { stream: stable }\n" + two +
                           "pools: { server: { count: 1, resources: { vcpus: 2, memory: 4GiB, disk: 20GiB } } }\n";
  const Rendered metal(Site{platformNamed("metal")}, spec);
  EXPECT_THAT(metal.contentsOf(keyfilePath(1)), HasSubstr("mac-address="));
  EXPECT_THAT(metal.notes, Contains(HasSubstr("MAC addresses")));
}

TEST(Sites, VolumesAreWhereTheyCanBeFoundAndElseLeftOut) {
  EXPECT_THAT(Rendered(Site{platformNamed("qemu")}).devices, Contains("/dev/disk/by-id/virtio-data"));
  EXPECT_THAT(Rendered(Site{platformNamed("gcp")}).devices, Contains("/dev/disk/by-id/google-data"));
  const Rendered aws(Site{platformNamed("aws")});
  EXPECT_THAT(aws.devices, IsEmpty());
  EXPECT_THAT(aws.units, Not(Contains("var-lib.mount")));
  EXPECT_THAT(aws.notes, Contains(HasSubstr("volume data is left out")));
  const Rendered told(Site{platformNamed("aws"), {{kData, "/dev/nvme1n1"}}});
  EXPECT_THAT(told.devices, Contains("/dev/nvme1n1"));
  EXPECT_THAT(told.text_, HasSubstr("What=/dev/nvme1n1"));
}

TEST(Sites, ArchivesAreFetchedAndProvedByIgnitionItself) {
  const Rendered aws(Site{platformNamed("aws")});
  const Json& contents = aws.files_.at(std::string(kFetchedArchives) + "/consul")["contents"];
  EXPECT_EQ(contents["source"], "https://releases.example.org/consul.zip");
  EXPECT_EQ(contents["verification"]["hash"],
            "sha256-5d41402abc4b2a76b9719d911017c592ae2c9f3d9b6a0d0c9a1b7d9b2f4c6e80");
  EXPECT_THAT(aws.contentsOf(kOfferPath), HasSubstr("/dev/disk/by-id/virtio-berth-artifacts"));
}

TEST(Sites, SizesAreCountedAsThePlatformDoes) {
  EXPECT_EQ(sizeOn(*platformNamed("aws"), 16384), 16384u);
  EXPECT_EQ(sizeOn(*platformNamed("openstack"), 3), 4u);
  EXPECT_EQ(sizeOn(*platformNamed("openstack"), 4), 8u);
  EXPECT_EQ(platformNamed("amazon"), nullptr);
}

}  // namespace
}  // namespace berth::node
