// SPDX-License-Identifier: Apache-2.0
#include "agent/reconcile/images.h"

#include <gtest/gtest.h>

namespace berth::reconcile {
namespace {

using namespace std::chrono_literals;

const Digest kOne = Digest::of("one");
const Digest kTwo = Digest::of("two");
const TimePoint kStart = TimePoint() + 1h;

TEST(Images, OneImageIsFetchedOnceHoweverManyWantIt) {
  ImageShelf shelf;
  EXPECT_TRUE(shelf.beginFetch(kOne, kStart));
  EXPECT_FALSE(shelf.beginFetch(kOne, kStart));
  shelf.arrived(kOne);
  EXPECT_FALSE(shelf.beginFetch(kOne, kStart));
  EXPECT_TRUE(shelf.ready(kOne));
}

TEST(Images, AFailedFetchIsTriedAgainLaterAndLater) {
  ImageShelf shelf;
  EXPECT_TRUE(shelf.beginFetch(kOne, kStart));
  shelf.failed(kOne, {Failure::Kind::temporary, "reset"}, kStart);
  EXPECT_FALSE(shelf.beginFetch(kOne, kStart));
  EXPECT_TRUE(shelf.beginFetch(kOne, kStart + 1s));
  shelf.failed(kOne, {Failure::Kind::permanent, "wrong digest"}, kStart);
  EXPECT_FALSE(shelf.beginFetch(kOne, kStart + 9min));
  EXPECT_TRUE(shelf.beginFetch(kOne, kStart + 10min));
}

TEST(Images, UnusedOnesGoAfterAnHourInWhichNothingChanged) {
  ImageShelf shelf;
  using List = std::vector<Digest>;
  EXPECT_FALSE(shelf.collect(List{kOne}, kStart));
  EXPECT_FALSE(shelf.collect(List{kOne}, kStart + 59min));
  EXPECT_FALSE(shelf.collect(List{kOne, kTwo}, kStart + 60min)) << "the hour begins anew";
  EXPECT_EQ(shelf.collect(List{kOne, kTwo}, kStart + 120min), (List{kOne, kTwo}));
}

TEST(Images, I11_NothingIsCollectedWhileItIsNotKnownWhatIsUsed) {
  ImageShelf shelf;
  for (int hour = 0; hour < 5; ++hour) EXPECT_FALSE(shelf.collect(std::nullopt, kStart + std::chrono::hours(hour)));
}

TEST(Images, NothingIsFetchedWhileOthersAreRemovedNorTheOtherWayRound) {
  ImageShelf shelf;
  using List = std::vector<Digest>;
  EXPECT_FALSE(shelf.collect(List{}, kStart));
  EXPECT_TRUE(shelf.beginFetch(kOne, kStart));
  EXPECT_FALSE(shelf.collect(List{}, kStart + 2h));
  shelf.arrived(kOne);
  EXPECT_TRUE(shelf.collect(List{}, kStart + 2h));
  EXPECT_FALSE(shelf.beginFetch(kTwo, kStart + 2h));
  shelf.collected();
  EXPECT_TRUE(shelf.beginFetch(kTwo, kStart + 2h));
  EXPECT_FALSE(shelf.ready(kOne)) << "it may be gone";
}

}  // namespace
}  // namespace berth::reconcile
