// SPDX-License-Identifier: Apache-2.0
//
// What a person sees of a plan, for every class of change, in 80 columns, with and without colours.
#include "controller/cli/show/plan.h"

#include <sstream>

#include <gtest/gtest.h>

#include "controller/cli/show/node_names.h"
#include "controller/cli/show/text.h"
#include "tests/unit/controller/cli/golden.h"
#include "tests/unit/controller/cli/show/rows_of_a_fleet.h"

namespace berth::show {
namespace {

using berth::testing::expectGolden;
using berth::testing::named;
using message::Action;
using message::ChangeRow;
using message::Effect;
using message::PlanRow;

ChangeRow change(Action action, const std::string& pool, int index, const std::string& host,
                 std::vector<std::string> reasons) {
  ChangeRow row;
  row.action = action;
  row.node = named<NodeName>("prod-" + pool + "-" + std::to_string(index));
  row.pool = named<PoolName>(pool);
  row.host = named<HostName>(host);
  row.reasons = std::move(reasons);
  return row;
}

PlanRow plan() {
  PlanRow row;
  row.cluster = named<ClusterName>("prod");
  row.from = Revision(3);
  row.to = Revision(4);
  return row;
}

/// One wave of one pool that goes down by one.
void addWave(PlanRow& plan, ChangeRow row, std::uint32_t nodes, std::uint32_t quorum = 0, std::int32_t margin = 0,
             std::uint32_t volumes = 0) {
  const bool takesDown = row.action != Action::create;
  plan.risks.emplace_back();
  if (takesDown) plan.risks.back().push_back({row.pool, nodes, 1, quorum, margin, volumes});
  plan.waves.push_back({std::move(row)});
}

const std::vector<std::string> kMotd{"/etc/motd changed ← base.bu:14:5 ← var.region eu → us"};

PlanRow created() {
  PlanRow row = plan();
  row.from = Revision(0);
  row.to = Revision(1);
  for (int i = 0; i < 3; ++i) {
    addWave(row, change(Action::create, "server", i, "vh" + std::to_string(i + 1), {"new in pool \"server\""}), 0);
  }
  row.waves.emplace_back();
  row.risks.emplace_back();
  for (int i = 0; i < 5; ++i) {
    row.waves.back().push_back(
        change(Action::create, "client", i, "vh" + std::to_string(i % 3 + 1), {"new in pool \"client\""}));
  }
  return row;
}

PlanRow live() {
  PlanRow row = plan();
  for (int i = 0; i < 10; ++i) {
    row.updates.push_back(
        change(Action::update, "client", i, "vh" + std::to_string(i % 3 + 1), {"tags changed ← prod.yaml:31:5"}));
  }
  row.unchanged = 3;
  return row;
}

PlanRow nextBoot() {
  PlanRow row = plan();
  for (int i = 0; i < 2; ++i) {
    row.updates.push_back(
        change(Action::update, "db", i, "vh" + std::to_string(i + 1),
               {"vcpus 2 → 4 ← prod.yaml:12:24", "memory 2GiB → 4GiB ← prod.yaml:12:35", "tags changed"}));
    row.updates.back().effect = Effect::nextBoot;
  }
  return row;
}

PlanRow replaced() {
  PlanRow row = plan();
  row.details = {
      {{{"file /etc/motd", "", "@@ -1,3 +1,3 @@\n Hello.\n-This is region eu.\n+This is region us.\n Bye.\n"},
        {"file /etc/token", "secret", ""},
        {"file /usr/local/bin/tool", "binary, 812 → 815 bytes, sha256 0a1b2c3d → 4e5f6071", ""}}}};
  for (int i = 0; i < 3; ++i) {
    ChangeRow each = change(Action::replace, "server", i, "vh" + std::to_string(i + 1), kMotd);
    each.reasons.emplace_back("/etc/token changed ← server.bu:9:7");
    each.detail = 1;
    addWave(row, std::move(each), 3, 2, 0, 1);
  }
  row.estimateMs = 156'000;
  row.judgedBy = 12;
  row.unchanged = 10;
  return row;
}

PlanRow moved() {
  PlanRow row = plan();
  ChangeRow each = change(Action::replace, "db", 0, "vh2",
                          {"memory 2GiB → 12GiB ← prod.yaml:12:35", "no room for it on vh1 any more"});
  each.from = named<HostName>("vh1");
  addWave(row, std::move(each), 2);
  return row;
}

PlanRow destroyed() {
  PlanRow row = plan();
  for (int i = 2; i > 0; --i) {
    addWave(row, change(Action::destroy, "web", i, "vh1", {"pool \"web\" has only 1 now"}), 3);
  }
  addWave(row, change(Action::destroy, "old", 0, "vh3", {"the spec has no nodes in pool \"old\" any more"}), 1);
  return row;
}

PlanRow mixed() {
  PlanRow row = replaced();
  for (const auto& each : live().updates) row.updates.push_back(each);
  for (const auto& each : nextBoot().updates) row.updates.push_back(each);
  for (const PlanRow& other : {moved(), destroyed()}) {
    row.waves.insert(row.waves.end(), other.waves.begin(), other.waves.end());
    row.risks.insert(row.risks.end(), other.risks.begin(), other.risks.end());
  }
  addWave(row, change(Action::create, "web", 3, "vh1", {"new in pool \"web\""}), 0);
  row.leftOut = 2;
  return row;
}

PlanRow thousand() {
  PlanRow row = plan();
  for (int i = 0; i < 1000; ++i) {
    addWave(row, change(Action::replace, "client", i, "vh" + std::to_string(i % 100), kMotd), 1000);
  }
  row.estimateMs = 1000 * 40'000;
  row.judgedBy = 200;
  return row;
}

PlanRow withoutAMajority() {
  PlanRow row = plan();
  for (int i = 0; i < 2; ++i) addWave(row, change(Action::replace, "server", i, "vh1", kMotd), 2, 2, -1);
  return row;
}

PlanRow withACanary() {
  PlanRow row = replaced();
  row.canaryWaves = 1;
  return row;
}

TEST(PlanText, isGoldenForEveryClassOfChange) {
  expectGolden("plan/create.txt", planText(created(), kPlain));
  expectGolden("plan/live.txt", planText(live(), kPlain));
  expectGolden("plan/next-boot.txt", planText(nextBoot(), kPlain));
  expectGolden("plan/replace.txt", planText(replaced(), kPlain));
  expectGolden("plan/move.txt", planText(moved(), kPlain));
  expectGolden("plan/destroy.txt", planText(destroyed(), kPlain));
  expectGolden("plan/mixed.txt", planText(mixed(), kPlain));
  expectGolden("plan/thousand.txt", planText(thousand(), kPlain));
  expectGolden("plan/no-majority.txt", planText(withoutAMajority(), kPlain));
  expectGolden("plan/canary.txt", planText(withACanary(), kPlain));
}

TEST(PlanText, isGoldenInColourAndInAscii) {
  const Style coloured{Colour::on, Signs::unicode};
  expectGolden("plan/mixed-colour.txt", planText(mixed(), coloured));
  expectGolden("plan/no-majority-colour.txt", planText(withoutAMajority(), coloured));
  expectGolden("plan/mixed-ascii.txt", planText(mixed(), {Colour::off, Signs::ascii}));
}

TEST(PlanText, saysThatThereIsNothingToDo) {
  PlanRow empty = plan();
  empty.unchanged = 3;
  EXPECT_EQ(planText(empty, kPlain), "Nothing to do: cluster prod is as its spec says (3 nodes unchanged).\n");
  empty.leftOut = 1;
  EXPECT_EQ(planText(empty, kPlain),
            "Nothing to do for the targets.\n1 other node would change too, but is not among the targets.\n");
}

TEST(PlanText, neverIsWiderThanATerminal) {
  for (const PlanRow& each : {created(), live(), nextBoot(), replaced(), moved(), destroyed(), mixed(), thousand()}) {
    std::istringstream text(planText(each, kPlain));
    for (std::string line; std::getline(text, line);) EXPECT_LE(columnsOf(line), 80u) << line;
  }
}

TEST(PlanText, showsFewLinesOfADiffUnlessAskedForAll) {
  PlanRow row = replaced();
  std::string diff = "@@ -1,40 +1,40 @@\n";
  for (int i = 0; i < 40; ++i) diff += "+line " + std::to_string(i) + "\n";
  row.details[0].parts = {{"file /etc/motd", "", diff}};
  EXPECT_NE(planText(row, kPlain).find("… 30 more lines; see them with --diff"), std::string::npos)
      << planText(row, kPlain);
  const std::string full = planText(row, kPlain, Extent::full);
  EXPECT_NE(full.find("+line 39\n"), std::string::npos);
  EXPECT_EQ(full.find("more lines"), std::string::npos);
}

TEST(PlanText, freesWhatComesFromFilesOfEscapeSequences) {
  PlanRow row = replaced();
  row.details[0].parts = {{"file /etc/\x1b]0;title\a", "", "+\x1b[2Jgone\r\n"}};
  const std::string text = planText(row, kPlain, Extent::full);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\r'), std::string::npos);
}

TEST(PlanText, readsThePlansOfOlderControllers) {
  // No pools, no risks, no estimate, and places as reasons of their own.
  expectGolden("plan/older.txt", planText(testing::plan(Action::replace), kPlain));
}

TEST(Summary, countsEachKindOfChange) {
  EXPECT_EQ(summary(tally(testing::plan(Action::create))), "3 to create, 0 to replace, 0 to destroy, 1 unchanged");
  EXPECT_EQ(summary(tally(mixed())),
            "1 to create, 3 to replace, 3 to destroy, 1 to move, 12 to update in place, 10 unchanged");
  EXPECT_FALSE(tally(testing::plan(Action::create)).takesNodesDown());
  EXPECT_TRUE(tally(testing::plan(Action::replace)).takesNodesDown());
  EXPECT_TRUE(tally(moved()).takesNodesDown());
  EXPECT_FALSE(tally(live()).takesNodesDown());
  EXPECT_TRUE(tally(live()).changes());
}

TEST(Updated, saysWhenItShows) {
  EXPECT_EQ(updatedText(tally(created())), "");
  EXPECT_EQ(updatedText(tally(live())), "10 nodes updated in place.\n");
  EXPECT_EQ(updatedText(tally(nextBoot())), "2 nodes updated in place: what is new shows at their next boot.\n");
  EXPECT_EQ(updatedText(tally(mixed())), "12 nodes updated in place; for 2 of them it shows at the next boot.\n");
}

TEST(NodeNames, areSaidInFewWords) {
  const auto names = [](const std::vector<int>& indices) {
    std::vector<NodeName> nodes;
    for (const int index : indices) nodes.push_back(named<NodeName>("a-b-" + std::to_string(index)));
    return namesText(std::move(nodes));
  };
  EXPECT_EQ(names({7}), "a-b-7");
  EXPECT_EQ(names({2, 0, 1}), "a-b-0, -1, -2");
  EXPECT_EQ(names({0, 1, 2, 3}), "a-b-0 … -3 (4 nodes)");
  EXPECT_EQ(names({0, 1, 2, 3, 9}), "a-b-0 … -3, -9 (5 nodes)");
  EXPECT_EQ(names({0, 2, 4, 6, 8, 10, 12, 14}), "a-b-0, -2, -4, -6, -8, -10, -12, -14 (8 nodes)");
  EXPECT_EQ(names({0, 2, 4, 6, 8, 10, 12, 14, 16}), "a-b-0, -2, -4, -6, -8, -10, -12, -14, … (9 nodes)");
  EXPECT_EQ(namesText({named<NodeName>("x-y-1"), named<NodeName>("a-b-1")}), "a-b-1, x-y-1");
}

}  // namespace
}  // namespace berth::show
