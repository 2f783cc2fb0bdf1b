// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/address.h"

#include <gtest/gtest.h>

namespace berth::spec {
namespace {

TEST(Ipv4, isReadAndWritten) {
  EXPECT_EQ(Ipv4::parse("10.20.0.1")->bits(), 0x0a140001u);
  EXPECT_EQ(Ipv4::parse("255.255.255.255")->str(), "255.255.255.255");
  EXPECT_EQ(Ipv4::parse("0.0.0.0")->str(), "0.0.0.0");
}

TEST(Ipv4, isNothingElse) {
  for (const char* text : {"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.-4", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4",
                           "1..2.3", "a.b.c.d", "1.2.3.4x", "::1", "1.2.3.99999999999"}) {
    EXPECT_FALSE(Ipv4::parse(text)) << text;
  }
}

TEST(Subnet, knowsWhatLiesInIt) {
  const Subnet subnet = Subnet::parse("10.20.0.0/22").value();
  EXPECT_TRUE(subnet.contains(Ipv4::parse("10.20.3.255").value()));
  EXPECT_FALSE(subnet.contains(Ipv4::parse("10.20.4.0").value()));
  EXPECT_EQ(subnet.broadcast().str(), "10.20.3.255");
  EXPECT_EQ(subnet.str(), "10.20.0.0/22");
  EXPECT_EQ(Subnet::around(Ipv4::parse("10.20.0.77").value(), 24).str(), "10.20.0.0/24");
}

TEST(Subnet, isNothingElse) {
  for (const char* text : {"10.20.0.0", "10.20.0.1/24", "10.20.0.0/31", "10.20.0.0/7", "10.20.0.0/", "10.20.0.0/024",
                           "10.20.0.0/24/1", "/24", "10.20.0.0/-8"}) {
    EXPECT_FALSE(Subnet::parse(text)) << text;
  }
}

TEST(AddressRange, includesBothEnds) {
  const AddressRange range = AddressRange::parse("10.0.0.250-10.0.1.5").value();
  EXPECT_EQ(range.size(), 12u);
  EXPECT_TRUE(range.contains(Ipv4::parse("10.0.0.250").value()));
  EXPECT_TRUE(range.contains(Ipv4::parse("10.0.1.5").value()));
  EXPECT_FALSE(range.contains(Ipv4::parse("10.0.1.6").value()));
  EXPECT_EQ(AddressRange::parse("10.0.0.1 - 10.0.0.3")->str(), "10.0.0.1-10.0.0.3");
  EXPECT_EQ(AddressRange::parse("10.0.0.1")->size(), 1u);
  EXPECT_EQ(AddressRange::parse("0.0.0.0-255.255.255.255")->size(), 1ull << 32);
}

TEST(AddressRange, isNothingElse) {
  for (const char* text :
       {"", "-", "10.0.0.1-", "-10.0.0.1", "10.0.0.2-10.0.0.1", "10.0.0.1-5", "10.0.0.1-10.0.0.2-3"}) {
    EXPECT_FALSE(AddressRange::parse(text)) << text;
  }
}

}  // namespace
}  // namespace berth::spec
