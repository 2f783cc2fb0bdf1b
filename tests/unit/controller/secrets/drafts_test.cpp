// SPDX-License-Identifier: Apache-2.0
#include "controller/secrets/drafts.h"

#include <gtest/gtest.h>

namespace berth::secrets {
namespace {

const ClusterName kProd = *ClusterName::parse("prod");
const ClusterName kTest = *ClusterName::parse("test");

Draft draft(const std::string& name, const std::string& value) { return {name, secret::Kind::key, value}; }

TEST(Drafts, AreKeptByNameUntilTheyAreForgotten) {
  Drafts drafts;
  drafts.keep(kProd, {draft("a", "1"), draft("b", "2")});
  drafts.keep(kProd, {draft("a", "3")});
  EXPECT_EQ(drafts.of(kProd), (std::vector{draft("a", "3"), draft("b", "2")}));
  EXPECT_TRUE(drafts.of(kTest).empty());
  drafts.forget(kProd);
  EXPECT_TRUE(drafts.of(kProd).empty());
}

TEST(Drafts, OfTheClusterThatWasPlannedLongestAgoGoFirst) {
  Drafts drafts(3);
  drafts.keep(kProd, {draft("a", "1"), draft("b", "2")});
  drafts.keep(kTest, {draft("a", "1")});
  drafts.keep(kProd, {draft("c", "3")});
  EXPECT_TRUE(drafts.of(kTest).empty());
  EXPECT_EQ(drafts.of(kProd).size(), 3U);
}

TEST(Drafts, OfTheNewestPlanStayHoweverManyTheyAre) {
  Drafts drafts(1);
  drafts.keep(kProd, {draft("a", "1"), draft("b", "2")});
  EXPECT_EQ(drafts.of(kProd).size(), 2U);
}

}  // namespace
}  // namespace berth::secrets
