// SPDX-License-Identifier: Apache-2.0
#include "planner/layout/explain.h"

#include <gtest/gtest.h>

#include "tests/unit/planner/layout/fleet.h"

namespace berth::layout {
namespace {

std::string told(const Explanation& explanation) {
  std::string text = (explanation.host ? explanation.host->str() : "nowhere") + ": " + explanation.why + "\n";
  if (!explanation.leaving.empty()) text += "leaving: " + explanation.leaving + "\n";
  if (!explanation.advice.empty()) text += "advice: " + explanation.advice + "\n";
  for (const Verdict& each : explanation.verdicts) {
    const char* sign = each.kind == Verdict::Kind::chosen ? "*" : each.kind == Verdict::Kind::possible ? "+" : "-";
    text += std::string(sign) + " " + each.host.str() + " " + each.cause + ": " + each.reason + "\n";
  }
  return text;
}

TEST(Explain, saysOfEachHostWhyOrWhyNot) {
  std::vector<Host> hosts{host("h4"), host("h2", 2), host("h3"), host("h1"), host("h5", 8, "b")};
  hosts[2].state = HostState::lost;
  Group web = group(2, "web", {1, 3_GiB, 10_GiB});
  web.rules.zones = {""};
  EXPECT_EQ(told(explain(hosts, {web}, {}, nodeName("c-web-1")).value()),
            "h4: the best of 2 hosts that would do\n"
            "+ h1 less-spread: would do: has 1 node of the pool, 0 on h4\n"
            "- h2 memory: lacks memory: 2GiB of 3GiB free\n"
            "- h3 state: is lost\n"
            "* h4 chosen: the best of 2 hosts that would do\n"
            "- h5 zone: is not in zone \n");
}

TEST(Explain, knowsNoNodeThatNoGroupHas) {
  EXPECT_FALSE(explain({host("h1")}, {group(2)}, {}, nodeName("c-other-0")).has_value());
}

TEST(Explain, judgesTheHostsOfANodeInPlaceAsIfItWereToBePlaced) {
  const std::vector<Present> present{{nodeName("c-web-0"), hostName("h2"), {1, 1_GiB, 10_GiB}},
                                     {nodeName("c-web-1"), hostName("h2"), {1, 1_GiB, 10_GiB}}};
  EXPECT_EQ(told(explain({host("h1"), host("h2")}, {group(2)}, present, nodeName("c-web-1")).value()),
            "h2: it is there already, and no rule sends it away\n"
            "+ h1 better: would do: has 0 nodes of the pool, 1 on h2\n"
            "* h2 chosen: is there already\n");
}

TEST(Explain, saysWhyANodeLeavesAndWhereToAndWhatComesNext) {
  Group web = group(1);
  web.rules.labels = {{"disk", "ssd"}};
  std::vector<Host> hosts{host("h1"), host("h2"), host("h3")};
  hosts[1].labels = hosts[2].labels = {{"disk", "ssd"}};
  hosts[1].reserved = {1, 4_GiB, 0_GiB};
  const std::vector<Present> present{{nodeName("c-web-0"), hostName("h1"), {1, 1_GiB, 10_GiB}}};
  EXPECT_EQ(told(explain(hosts, {web}, present, nodeName("c-web-0")).value()),
            "h3: the best of 2 hosts that would do\n"
            "leaving: lacks the label disk=ssd\n"
            "- h1 label: lacks the label disk=ssd\n"
            "+ h2 less-preferred: would do: 50% of it is promised, of h3 0%\n"
            "* h3 chosen: the best of 2 hosts that would do\n");
}

TEST(Explain, saysWhatWouldHelpWhereThereIsNoPlace) {
  const auto explanation = explain({host("h1", 2), host("h2", 1)}, {group(4)}, {}, nodeName("c-web-3"));
  EXPECT_EQ(
      told(explanation.value()),
      "nowhere: no host can take 1 vcpu, 1GiB of memory and 10GiB of disk: of 2 hosts, 2 lack memory (h1 has 0B of "
      "1GiB free)\n"
      "advice: 1GiB more memory on any of h1, h2; or count: 3\n"
      "- h1 memory: lacks memory: 0B of 1GiB free\n"
      "- h2 memory: lacks memory: 0B of 1GiB free\n");
}

}  // namespace
}  // namespace berth::layout
