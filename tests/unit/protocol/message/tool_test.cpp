// SPDX-License-Identifier: Apache-2.0
#include "protocol/message/tool.h"

#include <gtest/gtest.h>

namespace berth::message {
namespace {

using Kind = ToolKind;
using Part = ToolStatus::Part;
using State = ToolStatus::State;
using Acl = ToolStatus::Acl;

TEST(Tool, SaysAllThatTheNodeSaid) {
  EXPECT_EQ(parseTool("consul/1.22.4/leader/well/3/10.20.0.11/accepted"),
            (ToolStatus{Kind::consul, Part::leader, State::well, Acl::accepted, "1.22.4", 3, "10.20.0.11"}));
  EXPECT_EQ(parseTool("openbao/2.6.2+rc1/follower/sealed/-/fe80::1/-"),
            (ToolStatus{Kind::openbao, Part::follower, State::sealed, Acl::untold, "2.6.2+rc1", 0, "fe80::1"}));
  EXPECT_EQ(parseTool("nomad/-/client/no-leader/-/-/-"),
            (ToolStatus{Kind::nomad, Part::client, State::noLeader, Acl::untold, "", 0, ""}));
}

TEST(Tool, AnythingThatIsNotExactlyRightIsNone) {
  const char* const wrong[] = {
      "",
      "consul",
      "consul/1.22.4/leader/well/3/10.20.0.11",
      "consul/1.22.4/leader/well/3/10.20.0.11/accepted/more",
      "etcd/1.22.4/leader/well/3/10.20.0.11/accepted",
      "consul//leader/well/3/10.20.0.11/accepted",
      "consul/1.22 4/leader/well/3/10.20.0.11/accepted",
      "consul/\x1b[2J/leader/well/3/10.20.0.11/accepted",
      "consul/1.22.4/LEADER/well/3/10.20.0.11/accepted",
      "consul/1.22.4/leader/fine/3/10.20.0.11/accepted",
      "consul/1.22.4/leader/well/three/10.20.0.11/accepted",
      "consul/1.22.4/leader/well/-1/10.20.0.11/accepted",
      "consul/1.22.4/leader/well/1001/10.20.0.11/accepted",
      "consul/1.22.4/leader/well/3/example.org/accepted",
      "consul/1.22.4/leader/well/3/10.20.0.11/unknown/",
  };
  for (const char* text : wrong) EXPECT_FALSE(parseTool(text)) << text;
  EXPECT_FALSE(parseTool("consul/" + std::string(65, '1') + "/leader/well/3/10.20.0.11/accepted"));
}

TEST(Tool, IsTroubleWhereTheNodeCannotBeCountedOn) {
  const auto said = [](State state) { return troubleOf({{.kind = Kind::vault, .state = state}}); };
  EXPECT_EQ(said(State::well), "");
  EXPECT_EQ(said(State::degraded), "") << "it is well itself";
  EXPECT_EQ(said(State::uninitialized), "") << "it holds nothing that could be lost";
  EXPECT_EQ(said(State::unwell), "vault is not well");
  EXPECT_EQ(said(State::noLeader), "vault knows no leader");
  EXPECT_EQ(said(State::sealed), "vault is sealed");
  EXPECT_EQ(said(State::silent), "vault does not answer");
  EXPECT_EQ(troubleOf({{.kind = Kind::consul, .state = State::silent}, {.kind = Kind::nomad, .state = State::unwell}}),
            "consul does not answer, nomad is not well");
}

TEST(Tool, IsUneasyAboutOthers) {
  const ToolStatus consul{.kind = Kind::consul, .state = State::degraded};
  const ToolStatus nomad{.kind = Kind::nomad, .state = State::degraded};
  EXPECT_EQ(uneaseOf({}), "");
  EXPECT_EQ(uneaseOf({consul}), "not all servers of its consul are well");
  EXPECT_EQ(uneaseOf({consul, nomad}), "not all servers of its consul and nomad are well");
}

TEST(Tool, LeadsWhereOneOfThemDoes) {
  EXPECT_FALSE(leads({}));
  EXPECT_FALSE(leads({{.part = Part::follower}, {.part = Part::client}}));
  EXPECT_TRUE(leads({{.part = Part::follower}, {.part = Part::leader}}));
}

}  // namespace
}  // namespace berth::message
