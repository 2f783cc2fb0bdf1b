// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/layout.h"

#include <sstream>

#include <gtest/gtest.h>

#include "controller/cli/show/text.h"
#include "tests/unit/controller/cli/golden.h"

namespace berth::show {
namespace {

using berth::testing::expectGolden;

HostName host(const std::string& name) { return HostName::parse(name).value(); }
NodeName node(const std::string& name) { return NodeName::parse(name).value(); }

message::PoolOf pool(const std::string& name) {
  return {ClusterName::parse("prod").value(), PoolName::parse(name).value()};
}

void expectNarrow(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(columnsOf(line), 80u) << line;
}

TEST(ExplanationText, tellsHostsTogetherOfWhichTheSameIsToBeSaid) {
  message::ExplanationRow row{.node = node("prod-web-1"),
                              .host = host("vh3"),
                              .why = "the best of 12 hosts that would do",
                              .leaving = "lacks the label disk=ssd",
                              .advice = "",
                              .verdicts = {}};
  row.verdicts.push_back({host("vh3"), message::Verdict::chosen, "chosen", row.why});
  for (int i = 10; i < 21; ++i) {
    row.verdicts.push_back({host("vh" + std::to_string(i)), message::Verdict::possible, "less-spread",
                            "would do: has " + std::to_string(i) + " nodes of the pool, 0 on vh3"});
  }
  row.verdicts.push_back({host("vh1"), message::Verdict::impossible, "memory", "lacks memory: 2GiB of 4GiB free"});
  row.verdicts.push_back({host("vh2"), message::Verdict::impossible, "apart",
                          "is in zone a, which has a node of database, which it must be apart from"});
  const std::string text = explanationText(row, kPlain);
  expectNarrow(text);
  expectGolden("explain.txt", text);
  expectGolden("explain.json", jsonText(json(row)));
}

TEST(ExplanationText, saysWhatWouldHelpWhereThereIsNoPlace) {
  const message::ExplanationRow row{
      .node = node("prod-web-2"),
      .host = std::nullopt,
      .why =
          "no host can take 2 vcpus, 4GiB of memory and 20GiB of disk: of 1 host, 1 lacks memory (vh1 has 2GiB of "
          "4GiB free)",
      .leaving = "",
      .advice = "2GiB more memory on vh1; or count: 2",
      .verdicts = {{host("vh1"), message::Verdict::impossible, "memory", "lacks memory: 2GiB of 4GiB free"}}};
  const std::string text = explanationText(row, kPlain);
  expectNarrow(text);
  expectGolden("explain-nowhere.txt", text);
}

TEST(SimulationText, saysWhatBecomesOfEachNodeAndWhatFits) {
  const message::request::Simulate asked{.lose = {host("vh1")},
                                         .grow = {{pool("client"), 20}},
                                         .fit = {{pool("client"), {}}, {std::nullopt, {2, 4_GiB, 20_GiB}}}};
  message::reply::Simulated told{.nodes = 23, .placed = {}, .pinned = {}, .fits = {}, .fragile = {}};
  told.placed.push_back({node("prod-client-0"), host("vh1"), host("vh2"), "", ""});
  told.placed.push_back({node("prod-client-19"), std::nullopt, host("vh3"), "", ""});
  const std::string reason =
      "no host can take 2 vcpus, 4GiB of memory and 20GiB of disk: of 3 hosts, 2 lack memory (vh3 has 2GiB of 4GiB "
      "free), 1 is lost";
  told.placed.push_back({node("prod-server-0"), std::nullopt, std::nullopt, reason, "2GiB more memory on vh3"});
  told.placed.push_back({node("prod-server-1"), std::nullopt, std::nullopt, reason, "2GiB more memory on vh3"});
  told.pinned.push_back({node("prod-db-0"), host("vh1"), host("vh1"), "", ""});
  told.fits.push_back({{pool("client"), {2, 4_GiB, 20_GiB}}, 3, 1, reason});
  told.fits.push_back({{std::nullopt, {2, 4_GiB, 20_GiB}}, 3, 0, reason});
  told.fragile.push_back({host("vh2"), 9, 1, {node("prod-client-4"), node("prod-client-5")}, reason});
  const std::string text = simulationText(asked, told, kPlain);
  expectNarrow(text);
  expectGolden("simulate.txt", text);
  expectGolden("simulate.json", jsonText(json(told)));
}

TEST(SimulationText, isShortWhenAllIsWell) {
  EXPECT_EQ(simulationText({}, {.nodes = 5, .placed = {}, .pinned = {}, .fits = {}, .fragile = {}}, kPlain),
            "As the fleet is now: 5 nodes in place\n"
            "\n"
            "  Any one host may be lost: its nodes would have a place.\n");
}

TEST(MovesText, listsTheBestFirstWithWhatEachGains) {
  const std::vector<message::MoveRow> moves{
      {node("prod-web-0"), host("vh1"), host("vh3"), message::Gain::spread, "vh1 has 2 of the pool, vh3 has 0"},
      {node("prod-web-4"), host("vh1"), host("vh2"), message::Gain::balance,
       "vh1 goes from 80% to 60%, vh2 from 20% to 40%"}};
  const std::string text = movesText(moves, kPlain);
  expectNarrow(text);
  expectGolden("rebalance.txt", text);
  expectGolden("rebalance.json", jsonText(json(moves)));
  EXPECT_EQ(movesText({}, kPlain), "Nothing to move: no move would be worth it.\n");
}

}  // namespace
}  // namespace berth::show
