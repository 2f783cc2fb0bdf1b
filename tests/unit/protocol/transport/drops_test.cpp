// SPDX-License-Identifier: Apache-2.0
#include "protocol/transport/drops.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::transport {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class DropsTest : public testing::Test {
protected:
  std::vector<std::string> lines;
  Drops drops{[this](const std::string& line) { lines.push_back(line); }};
};

TEST_F(DropsTest, areCountedEachTimeAndLoggedOncePerPeerAndReason) {
  for (int i = 0; i < 1000; ++i) drops.count(Domain::agents, DropReason::malformed, "peer-a", "list too long");
  EXPECT_EQ(drops.count(Domain::agents, DropReason::malformed), 1000u);
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0], "refused on agents: malformed from peer-a (list too long); further ones are counted, not logged");

  drops.count(Domain::agents, DropReason::malformed, "peer-b");
  drops.count(Domain::agents, DropReason::tooLarge, "peer-a");
  drops.count(Domain::operators, DropReason::malformed, "peer-a");
  EXPECT_THAT(lines, SizeIs(4));
}

TEST_F(DropsTest, areListedForMetricsWhereThereAreAny) {
  EXPECT_THAT(drops.counts(), SizeIs(0));
  drops.count(Domain::operators, DropReason::wrongRole, "a");
  drops.count(Domain::operators, DropReason::wrongRole, "b");
  const auto counts = drops.counts();
  ASSERT_THAT(counts, SizeIs(1));
  EXPECT_EQ(counts[0].domain, Domain::operators);
  EXPECT_EQ(counts[0].reason, DropReason::wrongRole);
  EXPECT_EQ(counts[0].drops, 2u);
}

TEST_F(DropsTest, ofCountlessPeersFillNeitherMemoryNorLog) {
  for (int i = 0; i < 3 * static_cast<int>(Drops::kMaxPeers); ++i) {
    drops.count(Domain::agents, DropReason::unknownKey, std::to_string(i));
  }
  EXPECT_EQ(drops.count(Domain::agents, DropReason::unknownKey), 3 * Drops::kMaxPeers);
  EXPECT_THAT(lines, SizeIs(Drops::kMaxPeers + 1));
  EXPECT_THAT(lines.back(), HasSubstr("logging no more"));
}

TEST_F(DropsTest, showNothingThatCouldForgeALogLine) {
  drops.count(Domain::agents, DropReason::malformed, "x\nrefused", std::string(5000, '\x1b'));
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0].find_first_of("\n\x1b"), std::string::npos);
  EXPECT_LT(lines[0].size(), 500u);
}

TEST_F(DropsTest, haveAWordForEachReason) {
  std::set<std::string_view> words;
  for (std::size_t i = 0; i < kDropReasons; ++i) words.insert(toString(static_cast<DropReason>(i)));
  EXPECT_EQ(words.size(), kDropReasons);
  EXPECT_FALSE(words.contains("unknown"));
}

}  // namespace
}  // namespace berth::transport
