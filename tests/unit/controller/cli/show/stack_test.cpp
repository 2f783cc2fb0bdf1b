// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/stack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/controller/cli/golden.h"
#include "tests/unit/controller/cli/show/rows_of_a_fleet.h"

namespace berth::show {
namespace {

using message::ToolStatus;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::expectGolden;
using ::testing::IsEmpty;
using testing::kNow;
using testing::named;
using Kind = message::ToolKind;
using Part = ToolStatus::Part;
using State = ToolStatus::State;
using Acl = ToolStatus::Acl;

/// Three servers with all there is, of which the second leads, and a client.
class AStack : public ::testing::Test {
protected:
  AStack() {
    for (const Kind kind : {Kind::consul, Kind::nomad, Kind::openbao}) declared_.emplace_back().kind = kind;
    for (int i = 0; i < 3; ++i) addServer(i);
    message::NodeRow& client = add("client", "prod-client-0", "10.20.0.21");
    client.status.tools = {{Kind::consul, Part::client, State::well, Acl::accepted, "1.22.4", 0, "10.20.0.12"},
                           {Kind::nomad, Part::client, State::well, Acl::untold, "1.11.0", 0, "10.20.0.12"}};
  }

  message::NodeRow& add(const char* pool, const std::string& name, const std::string& address) {
    message::NodeRow& node = nodes_.emplace_back();
    node.name = named<NodeName>(name);
    node.pool = named<PoolName>(pool);
    node.host = named<HostName>("vh1");
    node.address = address;
    node.status.phase = message::Phase::ready;
    message::SecretRow& certificate = secrets_.emplace_back();
    certificate.name = *message::SecretName::parse("tls/" + name);
    certificate.kind = message::SecretKind::certificate;
    certificate.node = node.name;
    certificate.inForce = true;
    certificate.expiresMs = testing::ago(-std::chrono::hours(24 * 300 + 1));
    return node;
  }
  void addServer(int index) {
    const Part part = index == 1 ? Part::leader : Part::follower;
    message::NodeRow& node =
        add("server", "prod-server-" + std::to_string(index), "10.20.0.1" + std::to_string(index + 1));
    node.status.tools = {{Kind::consul, part, State::well, Acl::accepted, "1.22.4", 3, "10.20.0.12"},
                         {Kind::nomad, part, State::well, Acl::accepted, "1.11.0", 3, "10.20.0.12"},
                         {Kind::openbao, part, State::well, Acl::untold, "2.6.2", 0, "10.20.0.12"}};
  }
  ToolStatus& consul(std::size_t node) { return nodes_[node].status.tools[0]; }

  [[nodiscard]] Stack stack() const { return stackOf(declared_, nodes_, secrets_, kNow); }

  std::vector<message::StackToolRow> declared_;
  std::vector<message::NodeRow> nodes_;
  std::vector<message::SecretRow> secrets_;
};

TEST_F(AStack, IsGolden) {
  const Stack all = stack();
  expectGolden("stack.txt", stackTable(all.tools, Breadth::narrow, kNow).render(kPlain, 80));
  expectGolden("stack-wide.txt", stackTable(all.tools, Breadth::wide, kNow).render(kPlain, std::nullopt));
  EXPECT_THAT(all.remarks, IsEmpty());
}

TEST_F(AStack, RemarksOnWhatAPersonShouldLookAt) {
  consul(0).state = State::noLeader;
  consul(0).leader.clear();
  consul(0).acl = Acl::refused;
  nodes_[2].status.tools[2].state = State::sealed;
  secrets_[1].expiresMs = testing::ago(-std::chrono::hours(49));
  EXPECT_THAT(
      stack().remarks,
      ElementsAre("prod-server-0: consul knows no leader.",
                  "prod-server-0: consul does not take the node's token: its ACLs are not set up, or were changed.",
                  "prod-server-2: openbao is sealed.", "prod-server-1: its certificate: 2d left."));
}

TEST_F(AStack, RemarksOnWhatNobodySpeaksOf) {
  for (message::NodeRow& each : nodes_)
    std::erase_if(each.status.tools, [](const ToolStatus& tool) { return tool.kind == Kind::openbao; });
  EXPECT_THAT(stack().remarks, ElementsAre("openbao: no node says anything of it."));
  declared_.clear();
  EXPECT_THAT(stackOf({}, {}, {}, kNow).remarks, ElementsAre("The spec in force has no stack."));
}

TEST_F(AStack, RemarksOnNodesThatDoNotAgree) {
  consul(1).part = Part::follower;
  consul(2).leader = "10.20.0.11";
  consul(2).version = "1.21.0";
  EXPECT_THAT(
      stack().remarks,
      ElementsAre("consul: no server says that it leads.",
                  "consul: nodes follow different servers: prod-server-2 prod-server-0, prod-server-0 prod-server-1.",
                  "consul: nodes run different releases: prod-server-2 1.21.0, prod-server-0 1.22.4."));
  consul(1).part = consul(2).part = Part::leader;
  EXPECT_THAT(stack().remarks, Contains("consul: prod-server-1 and prod-server-2 both say that they lead."));
}

TEST_F(AStack, RemarksOnNodesThatSayNothing) {
  nodes_[0].status.tools.clear();
  nodes_[0].status.phase = message::Phase::booting;
  nodes_[2].known = false;
  EXPECT_THAT(stack().remarks, ElementsAre("prod-server-0 says nothing of its stack: it is booting.",
                                           "prod-server-2 says nothing of its stack: it is on a lost host."));
  EXPECT_EQ(stackJson(stack())["tools"].size(), 5U);
}

}  // namespace
}  // namespace berth::show
