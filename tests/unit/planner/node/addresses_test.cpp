// SPDX-License-Identifier: Apache-2.0
#include "planner/node/addresses.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/node/identity.h"

namespace berth::node {
namespace {

using spec::AddressRange;
using spec::Ipv4;
using testing::ElementsAre;

template <class T>
source::Located<T> at(T value) {
  return {std::move(value), {"prod.yaml", 1, 1, 0}};
}

Ipv4 ip(const std::string& text) { return Ipv4::parse(text).value(); }

spec::Spec specOf(std::uint32_t count, const std::vector<std::string>& ranges) {
  spec::Spec spec;
  spec.cluster = at(ClusterName::parse("c").value());
  spec::Network& network = spec.networks.emplace_back();
  network.name = at<std::string>("br0");
  network.addressing = spec::StaticAddressing{at(spec::Subnet::parse("10.0.0.0/24").value()), {}, {}};
  spec::Pool pool;
  pool.name = at(PoolName::parse("web").value());
  pool.count = at(count);
  pool.addresses.resize(1);
  for (const auto& range : ranges) pool.addresses[0].push_back(at(AddressRange::parse(range).value()));
  spec.pools.push_back(pool);
  return spec;
}

HeldAddress held(const std::string& cluster, const std::string& node, const std::string& address) {
  return {ClusterName::parse(cluster).value(), NodeName::parse(node).value(), spec::Attachment::bridge, "br0",
          ip(address)};
}

struct Result {
  std::vector<std::string> addresses;
  bool leaversFirst = false;
  std::string finding;
};

Result allot(const spec::Spec& spec, const std::vector<HeldAddress>& holders) {
  source::Findings findings;
  AddressBook book(spec, 0, holders);
  const Allotment allotment = book.allot(spec.pools[0], findings);
  Result result{
      .addresses = {}, .leaversFirst = allotment.leaversFirst, .finding = findings.empty() ? "" : findings[0].message};
  for (const Ipv4 each : allotment.addresses) result.addresses.push_back(each.str());
  return result;
}

TEST(Addresses, followTheIndexThroughAllRanges) {
  EXPECT_THAT(allot(specOf(4, {"10.0.0.8-10.0.0.9", "10.0.0.4", "10.0.0.20-10.0.0.30"}), {}).addresses,
              ElementsAre("10.0.0.8", "10.0.0.9", "10.0.0.4", "10.0.0.20"));
}

TEST(Addresses, stayWithTheirNodes) {
  const auto result =
      allot(specOf(3, {"10.0.0.10-10.0.0.20"}), {held("c", "c-web-0", "10.0.0.15"), held("c", "c-web-2", "10.0.0.10")});
  EXPECT_THAT(result.addresses, ElementsAre("10.0.0.15", "10.0.0.11", "10.0.0.10"));
}

TEST(Addresses, areGivenUpWhenTheRangesMove) {
  const auto result = allot(specOf(2, {"10.0.0.50-10.0.0.60"}), {held("c", "c-web-0", "10.0.0.10")});
  EXPECT_THAT(result.addresses, ElementsAre("10.0.0.50", "10.0.0.51"));
}

TEST(Addresses, ofOthersAreLeftAlone) {
  const auto result = allot(specOf(3, {"10.0.0.10-10.0.0.20"}), {held("other", "other-x-0", "10.0.0.10")});
  EXPECT_THAT(result.addresses, ElementsAre("10.0.0.13", "10.0.0.11", "10.0.0.12"))
      << "a substitute is never the regular address of another node";
}

TEST(Addresses, inAnotherNetworkAreOtherAddresses) {
  HeldAddress elsewhere = held("other", "other-x-0", "10.0.0.10");
  elsewhere.network = "br1";
  EXPECT_THAT(allot(specOf(1, {"10.0.0.10-10.0.0.20"}), {elsewhere}).addresses, ElementsAre("10.0.0.10"));
}

TEST(Addresses, ofLeavingNodesAreTakenOnlyWhenNothingElseIsLeft) {
  const auto roomy = allot(specOf(1, {"10.0.0.10-10.0.0.11"}), {held("c", "c-old-0", "10.0.0.10")});
  EXPECT_THAT(roomy.addresses, ElementsAre("10.0.0.11"));
  EXPECT_FALSE(roomy.leaversFirst);
  const auto tight = allot(specOf(2, {"10.0.0.10-10.0.0.11"}), {held("c", "c-old-0", "10.0.0.10")});
  EXPECT_THAT(tight.addresses, ElementsAre("10.0.0.10", "10.0.0.11"));
  EXPECT_TRUE(tight.leaversFirst);
}

TEST(Addresses, thatOthersHoldCanBeTooMany) {
  const auto result = allot(specOf(2, {"10.0.0.10-10.0.0.11"}), {held("other", "other-x-0", "10.0.0.10")});
  EXPECT_TRUE(result.addresses.empty());
  EXPECT_EQ(result.finding, "pool \"web\" has no free address for c-web-0: other nodes still have those of its ranges");
}

spec::Spec withOwn(spec::Spec spec, std::uint32_t index, const std::string& address) {
  spec.pools[0].nodes[index].addresses = {at(ip(address))};
  return spec;
}

TEST(Addresses, thatTheSpecSetsForANodeGoFirst) {
  const auto fresh = allot(withOwn(specOf(3, {"10.0.0.10-10.0.0.20"}), 2, "10.0.0.10"), {});
  EXPECT_THAT(fresh.addresses, ElementsAre("10.0.0.12", "10.0.0.11", "10.0.0.10")) << "somebody else's place";
  const auto moved =
      allot(withOwn(specOf(2, {"10.0.0.10-10.0.0.20"}), 1, "10.0.0.99"), {held("c", "c-web-1", "10.0.0.11")});
  EXPECT_THAT(moved.addresses, ElementsAre("10.0.0.10", "10.0.0.99"));
}

TEST(Addresses, thatTheSpecSetsForANodeAreTakenFromNobodyThatStays) {
  const auto result =
      allot(withOwn(specOf(2, {"10.0.0.10-10.0.0.20"}), 1, "10.0.0.10"), {held("c", "c-web-0", "10.0.0.10")});
  EXPECT_EQ(result.finding, "10.0.0.10 is still that of c-web-0");
  const auto leaving =
      allot(withOwn(specOf(1, {"10.0.0.10-10.0.0.20"}), 0, "10.0.0.15"), {held("c", "c-old-0", "10.0.0.15")});
  EXPECT_THAT(leaving.addresses, ElementsAre("10.0.0.15"));
  EXPECT_TRUE(leaving.leaversFirst);
}

TEST(Addresses, areNoneUnderDhcp) {
  spec::Spec spec = specOf(2, {});
  spec.networks[0].addressing.reset();
  EXPECT_TRUE(allot(spec, {}).addresses.empty());
}

TEST(Mac, isLocallyAdministeredUnicastAndStable) {
  const std::string mac = macOf(ClusterName::parse("prod").value(), NodeName::parse("prod-web-0").value());
  EXPECT_EQ(mac, "52:4b:f8:d0:ca:1f") << "a changed derivation would replace every node there is";
  EXPECT_EQ(mac.size(), 17u);
}

TEST(Mac, differsFromNetworkToNetwork) {
  const auto cluster = ClusterName::parse("c").value();
  const auto node = NodeName::parse("c-web-0").value();
  EXPECT_NE(macOf(cluster, node), macOf(cluster, node, 0, "storage"));
  EXPECT_NE(macOf(cluster, node, 0, "guests"), macOf(cluster, node, 0, "storage"));
}

TEST(Mac, differsFromNodeToNodeAndFromAttemptToAttempt) {
  std::set<std::string> macs;
  const auto cluster = ClusterName::parse("c").value();
  for (int i = 0; i < 10'000; ++i) macs.insert(macOf(cluster, NodeName::parse("c-web-" + std::to_string(i)).value()));
  EXPECT_EQ(macs.size(), 10'000u);
  EXPECT_FALSE(macs.contains(macOf(cluster, NodeName::parse("c-web-0").value(), 1)));
}

}  // namespace
}  // namespace berth::node
