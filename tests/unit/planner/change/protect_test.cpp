// SPDX-License-Identifier: Apache-2.0
#include "planner/change/protect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/planner/change/world.h"

namespace berth::change {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

source::Mark markAt(std::uint32_t line) {
  source::Mark mark;
  mark.file = "prod.yaml";
  mark.line = line;
  mark.column = 5;
  return mark;
}

Plan destroying(const std::vector<std::string>& nodes) {
  Plan plan;
  for (const std::string& node : nodes) {
    Change change;
    change.action = Action::destroy;
    change.node = nodeName(node);
    change.pool = PoolName::parse("db").value();
    plan.waves.push_back({change});
  }
  return plan;
}

std::vector<std::string> messages(const source::Findings& findings) {
  std::vector<std::string> messages;
  for (const auto& each : findings) messages.push_back(each.message);
  return messages;
}

TEST(Protection, outlivesTheLinesThatDeclaredIt) {
  const Protections first = protect({}, {{{"pool db", markAt(12)}}, {}}, Revision(3));
  EXPECT_THAT(first, ElementsAre(Pair("pool db", "revision 3, prod.yaml:12:5")));
  EXPECT_EQ(protect(first, {}, Revision(4)), first) << "the lines are gone";
  EXPECT_EQ(protect(first, {{{"pool db", markAt(40)}}, {}}, Revision(5)), first) << "it was said first in 3";
}

TEST(Protection, isTakenBackOnlyByWords) {
  const Protections first = protect({}, {{{"pool db", markAt(12)}, {"cluster", markAt(2)}}, {}}, Revision(3));
  EXPECT_THAT(protect(first, {{}, {"pool db"}}, Revision(4)),
              ElementsAre(Pair("cluster", "revision 3, prod.yaml:2:5")));
}

TEST(Protection, refusesToDestroyWhatItCoversAndSaysWhereItWasDeclared) {
  const Protections held{{"pool db", "revision 3, prod.yaml:12:5"}};
  const auto findings = violations(destroying({"c-db-2", "c-db-1"}), held);
  EXPECT_THAT(messages(findings),
              ElementsAre("pool db is protected (revision 3, prod.yaml:12:5): c-db-1 and 1 more may "
                          "not be destroyed"));
  EXPECT_THAT(findings[0].hint, testing::HasSubstr("protect: false"));
  EXPECT_TRUE(source::hasErrors(findings));
}

TEST(Protection, ofAClusterCoversEachOfItsNodes) {
  EXPECT_THAT(messages(violations(destroying({"c-db-0"}), {{"cluster", "revision 1, a.yaml:1:1"}})),
              ElementsAre("the cluster is protected (revision 1, a.yaml:1:1): c-db-0 may not be destroyed"));
}

TEST(Protection, mindsNeitherReplacementsNorOtherPools) {
  Plan plan = destroying({"c-db-0"});
  plan.waves[0][0].action = Action::replace;
  EXPECT_THAT(violations(plan, {{"cluster", "x"}, {"pool db", "x"}}), IsEmpty());
  EXPECT_THAT(violations(destroying({"c-db-0"}), {{"pool web", "x"}}), IsEmpty());
}

}  // namespace
}  // namespace berth::change
