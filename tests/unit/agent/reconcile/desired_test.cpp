// SPDX-License-Identifier: Apache-2.0
#include "agent/reconcile/desired.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulation/agent_model.h"

namespace berth::reconcile {
namespace {

using simulation::instanceOf;
using testing::HasSubstr;

message::Manifest manifest(std::uint64_t generation, std::vector<std::string> nodes = {}) {
  message::Manifest made;
  made.generation = Generation(generation);
  for (const auto& node : nodes) made.entries.push_back({instanceOf({node, 1}), Digest::of(node)});
  return made;
}

Desired after(std::uint64_t epoch, const message::Manifest& kept) {
  return Desired(message::StoredManifest{kept, Epoch(epoch)});
}

TEST(Desired, TheFirstManifestIsTakenAndInForceOnlyOnceItIsKept) {
  Desired desired{std::nullopt};
  EXPECT_EQ(desired.offer(Epoch(1), manifest(1)), Offer::taken);
  EXPECT_FALSE(desired.inForce());
  ASSERT_TRUE(desired.pending());
  desired.kept(Epoch(1), Generation(1));
  EXPECT_TRUE(desired.inForce());
  EXPECT_FALSE(desired.pending());
}

TEST(Desired, I5_ALowerEpochIsRefusedWhateverItsGeneration) {
  auto desired = after(5, manifest(7));
  EXPECT_EQ(desired.offer(Epoch(4), manifest(99)), Offer::older);
  EXPECT_EQ(desired.refused(), 1u);
  EXPECT_THAT(desired.complaint(), HasSubstr("generation 99 of epoch 4"));
}

TEST(Desired, I5_ALowerGenerationIsRefusedWhateverItsEpoch) {
  auto desired = after(5, manifest(7));
  EXPECT_EQ(desired.offer(Epoch(5), manifest(6)), Offer::older);
  EXPECT_EQ(desired.offer(Epoch(6), manifest(6)), Offer::older);
  EXPECT_EQ(desired.inForce()->manifest.generation, Generation(7));
}

TEST(Desired, I5_AnEpochThatWasOnlySeenCountsToo) {
  auto desired = after(5, manifest(7));
  desired.sawEpoch(Epoch(6));
  EXPECT_EQ(desired.offer(Epoch(5), manifest(8)), Offer::older);
}

TEST(Desired, TheSameManifestAgainIsNoNews) {
  auto desired = after(5, manifest(7, {"a-0"}));
  EXPECT_EQ(desired.offer(Epoch(5), manifest(7, {"a-0"})), Offer::known);
  EXPECT_FALSE(desired.pending());
}

TEST(Desired, ANewLeaderWithTheSameManifestRaisesTheEpoch) {
  auto desired = after(5, manifest(7, {"a-0"}));
  EXPECT_EQ(desired.offer(Epoch(6), manifest(7, {"a-0"})), Offer::taken);
  desired.kept(Epoch(6), Generation(7));
  EXPECT_EQ(desired.highestEpoch(), Epoch(6));
}

TEST(Desired, TwoContentsForOneGenerationAreTwoControllers) {
  auto desired = after(5, manifest(7, {"a-0"}));
  EXPECT_EQ(desired.offer(Epoch(5), manifest(7, {"a-1"})), Offer::different);
  EXPECT_THAT(desired.complaint(), HasSubstr("two controllers"));
  EXPECT_EQ(desired.offer(Epoch(5), manifest(8, {"a-1"})), Offer::taken);
  EXPECT_EQ(desired.complaint(), "");
}

TEST(Desired, I1_AManifestThatNamesANodeTwiceIsRefused) {
  Desired desired{std::nullopt};
  auto twice = manifest(1, {"a-0"});
  twice.entries.push_back({instanceOf({"a-0", 2}), Digest::of("x")});
  EXPECT_EQ(desired.offer(Epoch(1), twice), Offer::malformed);
}

TEST(Desired, AnInstanceIsNotWantedAndCondemnedAtOnce) {
  Desired desired{std::nullopt};
  auto both = manifest(1, {"a-0"});
  both.tombstones.push_back({instanceOf({"a-0", 1})});
  EXPECT_EQ(desired.offer(Epoch(1), both), Offer::malformed);
}

TEST(Desired, WhatIsKeptOfAnInstanceIsNotInUseByIt) {
  Desired desired{std::nullopt};
  auto wanted = manifest(1, {"a-0"});
  wanted.retiredDisks.push_back({instanceOf({"a-0", 1})});
  EXPECT_EQ(desired.offer(Epoch(1), wanted), Offer::malformed);
  auto condemned = manifest(1);
  condemned.tombstones.push_back({instanceOf({"a-0", 1})});
  condemned.retiredDisks.push_back({instanceOf({"a-0", 1})});
  EXPECT_EQ(desired.offer(Epoch(1), condemned), Offer::taken);
  condemned.retiredDisks.push_back(condemned.retiredDisks[0]);
  EXPECT_EQ(desired.offer(Epoch(2), condemned), Offer::malformed) << "twice";
}

TEST(Desired, TheNewerOfTwoThatAreBeingWrittenWins) {
  Desired desired{std::nullopt};
  EXPECT_EQ(desired.offer(Epoch(1), manifest(1)), Offer::taken);
  EXPECT_EQ(desired.offer(Epoch(1), manifest(2)), Offer::taken);
  desired.kept(Epoch(1), Generation(1));
  EXPECT_FALSE(desired.inForce()) << "the older one is overtaken";
  ASSERT_TRUE(desired.pending());
  desired.kept(Epoch(1), Generation(2));
  EXPECT_EQ(desired.inForce()->manifest.generation, Generation(2));
}

}  // namespace
}  // namespace berth::reconcile
