// SPDX-License-Identifier: Apache-2.0
#include "agent/hypervisor/reservation.h"

#include <gmock/gmock.h>

namespace berth::hypervisor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = HostEdit::Kind;

const NodeName kNode = NodeName::parse("prod-server-0").value();

std::string network(const std::string& hosts) {
  return "<network><name>n</name><ip address='fd00::1' family='ipv6' prefix='64'/>"
         "<ip address='10.20.0.1' netmask='255.255.255.0'><dhcp><range start='10.20.0.100' end='10.20.0.200'/>" +
         hosts + "</dhcp></ip></network>";
}
std::string host(const std::string& mac, const std::string& name, const std::string& ip) {
  return "<host mac=\"" + mac + "\" name=\"" + name + "\" ip=\"" + ip + "\"/>";
}
message::Nic nic(const std::string& address = "10.20.0.11") {
  message::Nic result{message::Nic::Attachment::libvirtNetwork, "n", "52:54:00:00:00:01"};
  result.address = address;
  return result;
}
const std::string kOurs = host("52:54:00:00:00:01", "prod-server-0", "10.20.0.11");
const std::string kForeign = host("52:54:00:00:00:99", "printer", "10.20.0.50");

TEST(Reservation, IsAddedWhereDhcpIsServedAndOnlyOnce) {
  EXPECT_THAT(editsToReserve(network(kForeign), nic(), kNode), ElementsAre(HostEdit{Kind::add, 1, kOurs}));
  EXPECT_THAT(editsToReserve(network(kForeign + kOurs), nic(), kNode), IsEmpty());
}

TEST(Reservation, OfAnotherAddressReplacesTheOldOne) {
  EXPECT_THAT(editsToReserve(network(kForeign + kOurs), nic("10.20.0.12"), kNode),
              ElementsAre(HostEdit{Kind::remove, 1, kOurs},
                          HostEdit{Kind::add, 1, host("52:54:00:00:00:01", "prod-server-0", "10.20.0.12")}));
  const std::string oldMac = host("52:54:00:00:00:02", "prod-server-0", "10.20.0.11");
  EXPECT_THAT(editsToReserve(network(oldMac), nic(), kNode),
              ElementsAre(HostEdit{Kind::remove, 1, oldMac}, HostEdit{Kind::add, 1, kOurs}));
}

TEST(Reservation, IsNotForNetworksWithoutDhcpOrAnotherFamily) {
  EXPECT_THAT(editsToReserve("<network><ip address='10.20.0.1'/></network>", nic(), kNode), IsEmpty());
  EXPECT_THAT(editsToReserve(network(""), nic("fd00::11"), kNode), IsEmpty());
  EXPECT_THAT(editsToReserve(network(""), nic(""), kNode), IsEmpty());
  EXPECT_THAT(editsToReserve("<", nic(), kNode), IsEmpty());
}

TEST(Reservation, IsTakenBackByNameAndNothingElseIs) {
  EXPECT_THAT(editsToRelease(network(kForeign + kOurs), kNode), ElementsAre(HostEdit{Kind::remove, 1, kOurs}));
  EXPECT_THAT(editsToRelease(network(kForeign), kNode), IsEmpty());
}

}  // namespace
}  // namespace berth::hypervisor
