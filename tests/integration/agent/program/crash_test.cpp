// SPDX-License-Identifier: Apache-2.0
//
// Faults 3 and 4: the agent is killed at each step of making, starting, replacing and removing a node, by a failpoint
// of that name. The next process takes up what it finds; in the end there is exactly what was ordered, and nothing is
// left over. The list is compared with the source, so that no failpoint is forgotten here.
#include <csignal>
#include <fstream>
#include <regex>
#include <set>

#include "tests/checkout.h"
#include "tests/integration/agent/program/house.h"

namespace berth::program {
namespace {

using message::Phase;

const std::vector<std::string> kFailpoints = {"manifest.kept",    "specs.kept",  "image.fetched",   "create.begin",
                                              "create.directory", "create.disk", "create.ignition", "create.domain",
                                              "start.begin",      "start.done",  "remove.begin",    "remove.domain",
                                              "remove.files"};

class Crash : public House, public testing::WithParamInterface<std::string> {};

TEST_P(Crash, AtThisStepLeavesNothingThatTheNextPassDoesNotTakeUp) {
  // A node is made, then replaced: between them, every step there is.
  startAgent(GetParam());
  order({{"a-0", 1}});
  until("a-0 is ready or the agent is dead", [&] { return phase("a-0") == Phase::ready || !agentRuns(); });
  if (agentRuns()) {
    order({{"a-0", 2}}, {{"a-0", 1}});
    until("the agent is dead", [&] { return !agentRuns(); });
  }
  EXPECT_EQ(endOfAgent(), -SIGKILL) << "the failpoint was never crossed";
  EXPECT_LE(domains().size(), 1u);

  startAgent();
  if (manifest.generation == Generation(1)) order({{"a-0", 2}}, {{"a-0", 1}});
  until("what was ordered is there", [&] {
    return reached == manifest.generation && phase("a-0", 2) == Phase::ready && phase("a-0", 1) == Phase::gone;
  });
  ASSERT_EQ(domains().size(), 1u);
  EXPECT_TRUE(runs("a-0", 2));
  EXPECT_EQ(instanceDirectories(), 1u);
}

std::string nameOf(const testing::TestParamInfo<std::string>& info) {
  return std::regex_replace(info.param, std::regex("\\."), "_");
}

INSTANTIATE_TEST_SUITE_P(Failpoints, Crash, testing::ValuesIn(kFailpoints), nameOf);

TEST(Failpoints, AreAllCrossedByThisTest) {
  std::set<std::string> named;
  const std::regex call("failpoint\\(\"([a-z.]+)\"\\)");
  for (const auto* file : {"hands.cpp", "operations.cpp", "agent.cpp"}) {
    std::ifstream stream(std::string(checkout::kRoot) + "/agent/program/" + file);
    const std::string text(std::istreambuf_iterator<char>(stream), {});
    for (std::sregex_iterator at(text.begin(), text.end(), call), end; at != end; ++at) named.insert((*at)[1]);
  }
  EXPECT_EQ(named, std::set<std::string>(kFailpoints.begin(), kFailpoints.end()));
}

}  // namespace
}  // namespace berth::program
