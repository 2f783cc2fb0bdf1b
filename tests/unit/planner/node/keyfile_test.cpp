// SPDX-License-Identifier: Apache-2.0
#include "planner/node/keyfile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::node {
namespace {

using testing::HasSubstr;
using testing::Not;

template <class T>
source::Located<T> at(T value) {
  return {std::move(value), {}};
}

spec::Ipv4 ip(const std::string& text) { return spec::Ipv4::parse(text).value(); }

spec::Network staticNetwork(const std::string& subnet, const std::string& gateway = {}) {
  spec::Network network;
  network.name = at<std::string>("br0");
  network.addressing = spec::StaticAddressing{at(spec::Subnet::parse(subnet).value()), {}, {}};
  if (!gateway.empty()) network.addressing->gateway = at(ip(gateway));
  return network;
}

std::vector<Keyfile> keyfilesOf(std::vector<spec::Network> networks) {
  Words words{.name = "prod-web-0", .nics = {}};
  for (std::size_t i = 0; i < networks.size(); ++i) {
    words.nics.push_back({"52:00:00:00:00:0" + std::to_string(i + 1), "10.2" + std::to_string(i) + ".0.11"});
  }
  spec::Spec spec;
  spec.networks = std::move(networks);
  return keyfiles(spec, words);
}

TEST(Keyfile, setsAStaticAddress) {
  spec::Network network = staticNetwork("10.20.0.0/22", "10.20.0.1");
  network.addressing->dns = {at(ip("10.20.0.1")), at(ip("9.9.9.9"))};
  const auto files = keyfilesOf({network});
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].path, "/etc/NetworkManager/system-connections/berth-0.nmconnection");
  EXPECT_EQ(files[0].text,
            "# Written by Berth.\n"
            "[connection]\nid=berth-0\ntype=ethernet\n\n"
            "[ethernet]\nmac-address=52:00:00:00:00:01\n\n"
            "[ipv4]\nmethod=manual\naddress1=10.20.0.11/22,10.20.0.1\ndns=10.20.0.1;9.9.9.9;\nmay-fail=false\n\n"
            "[ipv6]\nmethod=auto\n");
}

TEST(Keyfile, leavesOutAGatewayAndNameServersThatThereAreNot) {
  EXPECT_THAT(keyfilesOf({staticNetwork("10.20.0.0/22")})[0].text,
              HasSubstr("address1=10.20.0.11/22\nmay-fail=false\n"));
}

TEST(Keyfile, asksByDhcpWhenTheNetworkHandsOutAddresses) {
  EXPECT_THAT(keyfilesOf({spec::Network()})[0].text, HasSubstr("[ipv4]\nmethod=auto\n"));
}

TEST(Keyfile, setsTheMtuAndTheSearchDomains) {
  spec::Network network;
  network.mtu = 9000;
  network.search = {"lan.example", "example"};
  const std::string text = keyfilesOf({network})[0].text;
  EXPECT_THAT(text, HasSubstr("mac-address=52:00:00:00:00:01\nmtu=9000\n"));
  EXPECT_THAT(text, HasSubstr("dns-search=lan.example;example;\n"));
}

TEST(Keyfile, leadsOutThroughOneNetworkOnly) {
  const auto several = keyfilesOf({spec::Network(), staticNetwork("10.21.0.0/24", "10.21.0.1"), spec::Network()});
  EXPECT_THAT(several[0].text, HasSubstr("never-default=true"));
  EXPECT_THAT(several[1].text, Not(HasSubstr("never-default"))) << "it has the gateway";
  EXPECT_THAT(several[2].text, HasSubstr("never-default=true"));
  const auto byDhcp = keyfilesOf({spec::Network(), spec::Network()});
  EXPECT_THAT(byDhcp[0].text, Not(HasSubstr("never-default"))) << "the first";
  EXPECT_THAT(byDhcp[1].text, HasSubstr("never-default=true"));
}

TEST(Keyfile, putsAVlanOnTopOfTheInterfaceWithTheMacAddress) {
  spec::Network network = staticNetwork("10.20.0.0/24", "10.20.0.1");
  network.vlan = at<std::uint16_t>(20);
  network.mtu = 1400;
  const auto files = keyfilesOf({network});
  ASSERT_EQ(files.size(), 2u);
  const std::string& lower = files[0].text;
  const auto uuid = lower.substr(lower.find("uuid=") + 5, 36);
  EXPECT_THAT(uuid, testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_EQ(lower, "# Written by Berth.\n[connection]\nid=berth-0\nuuid=" + uuid +
                       "\ntype=ethernet\n\n[ethernet]\nmac-address=52:00:00:00:00:01\nmtu=1400\n\n"
                       "[ipv4]\nmethod=disabled\n\n[ipv6]\nmethod=disabled\n");
  EXPECT_EQ(files[1].path, "/etc/NetworkManager/system-connections/berth-0-vlan.nmconnection");
  EXPECT_EQ(files[1].text,
            "# Written by Berth.\n[connection]\nid=berth-0-vlan\ntype=vlan\ninterface-name=vlan20\n\n"
            "[vlan]\nid=20\nparent=" +
                uuid +
                "\n\n[ethernet]\nmtu=1400\n\n"
                "[ipv4]\nmethod=manual\naddress1=10.20.0.11/24,10.20.0.1\nmay-fail=false\n\n[ipv6]\nmethod=auto\n");
}

}  // namespace
}  // namespace berth::node
