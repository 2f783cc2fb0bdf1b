// SPDX-License-Identifier: Apache-2.0
#include "agent/state/events.h"

#include <gtest/gtest.h>

namespace berth::state {
namespace {

const message::InstanceId kInstance{NodeName::parse("a-0").value(), Uuid::derive(Uuid(), "x")};

TEST(Events, AreKeptUntilTheyAreAcknowledged) {
  Events events({});
  for (const auto* what : {"one", "two", "three"}) events.add(kInstance, what, 1000);
  const auto all = events.after(Sequence());
  ASSERT_EQ(all.size(), 3u);
  EXPECT_LT(all[0].sequence, all[1].sequence);
  events.acknowledged(all[1].sequence);
  ASSERT_EQ(events.all().size(), 1u);
  EXPECT_EQ(events.all()[0].message, "three");
}

TEST(Events, SequencesRiseThoughAllWereAcknowledgedOrLost) {
  Events events({});
  events.add(kInstance, "one", 1000);
  const auto first = events.all()[0].sequence;
  events.acknowledged(first);
  events.add(kInstance, "two", 1000);
  EXPECT_GT(events.all()[0].sequence, first);
  Events afterLoss({});
  afterLoss.add(kInstance, "three", 5000);
  EXPECT_GT(afterLoss.all()[0].sequence, events.all()[0].sequence);
}

TEST(Events, AClockThatGoesBackDoesNotMakeThemFall) {
  Events events({});
  events.add(kInstance, "one", 5000);
  events.add(kInstance, "two", 10);
  EXPECT_GT(events.all()[1].sequence, events.all()[0].sequence);
}

TEST(Events, TheOldestGoWhenThereAreTooMany) {
  Events events({});
  for (std::size_t i = 0; i < kEventsKept + 10; ++i) events.add(kInstance, std::to_string(i), 1);
  EXPECT_EQ(events.all().size(), kEventsKept);
  EXPECT_EQ(events.all().front().message, "10");
  EXPECT_EQ(events.after(Sequence()).size(), kEventsPerStatus);
}

TEST(Events, AnAcknowledgementOfWhatIsNotThereYetLosesNothingThatComes) {
  Events events({});
  events.acknowledged(Sequence(999));
  events.add(kInstance, "one", 5);
  EXPECT_EQ(events.all().size(), 1u);
  EXPECT_GT(events.all()[0].sequence, Sequence(0));
}

TEST(Events, ALongOneIsCut) {
  Events events({});
  events.add(kInstance, std::string(100000, 'x'), 5);
  EXPECT_EQ(events.all()[0].message.size(), kEventLength);
}

}  // namespace
}  // namespace berth::state
