// SPDX-License-Identifier: Apache-2.0
#include "agent/reconcile/step.h"

#include <functional>

#include <gtest/gtest.h>

namespace berth::reconcile {
namespace {

using hypervisor::Power;

/// Walks every situation there is.
void forEachSituation(const std::function<void(const Situation&)>& visit) {
  const std::optional<Power> powers[] = {std::nullopt, Power::running, Power::paused, Power::shutOff, Power::crashed};
  for (const auto belonging : {Belonging::wanted, Belonging::condemned, Belonging::unexplained})
    for (const auto& power : powers)
      for (const auto stopping : {Stopping::notAsked, Stopping::farewell, Stopping::asked, Stopping::overdue})
        for (unsigned bits = 0; bits < 16384; ++bits)
          visit({belonging, power, (bits & 1) != 0, (bits & 2) != 0, (bits & 512) != 0, (bits & 1024) != 0,
                 (bits & 4) != 0, (bits & 8) != 0, (bits & 16) != 0, (bits & 4096) != 0, (bits & 32) != 0,
                 (bits & 64) != 0, (bits & 256) != 0, (bits & 8192) != 0, (bits & 2048) != 0, stopping,
                 (bits & 128) != 0});
}

bool destroys(Step step) { return step == Step::shutdown || step == Step::powerOff || step == Step::remove; }
bool makesOrStarts(Step step) { return step == Step::create || step == Step::update || step == Step::start; }

TEST(Step, I1_NothingIsMadeOrStartedWhileAnotherInstanceIsHere) {
  forEachSituation([](const Situation& is) {
    if (is.otherHere) {
      EXPECT_FALSE(makesOrStarts(nextStep(is)));
    }
  });
}

TEST(Step, I1_WhatIsFencedIsSwitchedOffAtOnceAndNeverOn) {
  forEachSituation([](const Situation& is) {
    if (!is.fenced) return;
    const bool isOn = is.power == Power::running || is.power == Power::paused;
    EXPECT_EQ(nextStep(is) == Step::powerOff, isOn);
    EXPECT_FALSE(makesOrStarts(nextStep(is)));
  });
}

TEST(Step, WhatIsHaltedIsShutDownAndStaysOff) {
  forEachSituation([](const Situation& is) {
    if (!is.halted || is.fenced || is.belonging != Belonging::wanted) return;
    EXPECT_NE(nextStep(is), Step::start);
    EXPECT_NE(nextStep(is), Step::remove);
    const bool isReady = !is.otherHere && (is.asSpecified || !is.specUsable) && is.power == Power::running;
    if (isReady && is.stopping == Stopping::notAsked) {
      EXPECT_EQ(nextStep(is), Step::shutdown);
    }
  });
}

TEST(Step, I11_WhatIsWantedIsNeverStoppedOrRemoved) {
  forEachSituation([](const Situation& is) {
    if (is.belonging == Belonging::wanted && !is.fenced && !is.halted) {
      EXPECT_FALSE(destroys(nextStep(is)));
    }
  });
}

TEST(Step, I11_WhatIsUnexplainedIsLeftAloneUnlessItIsAnEmptyDirectory) {
  forEachSituation([](const Situation& is) {
    if (is.belonging != Belonging::unexplained || is.fenced) return;
    const bool nobodys = !is.power && is.files && !is.rootDisk && is.manifestHere;
    EXPECT_EQ(nextStep(is), nobodys ? Step::remove : Step::none);
  });
}

TEST(Step, OnlyWhatIsWantedIsMadeOrStarted) {
  forEachSituation([](const Situation& is) {
    if (is.belonging != Belonging::wanted) {
      EXPECT_FALSE(makesOrStarts(nextStep(is)));
    }
  });
}

TEST(Step, NothingIsRemovedWhileItRuns) {
  forEachSituation([](const Situation& is) {
    if (is.power == Power::running || is.power == Power::paused) {
      EXPECT_NE(nextStep(is), Step::remove);
    }
  });
}

TEST(Step, WhatIsCondemnedAlwaysHasANextStepUntilItIsGone) {
  forEachSituation([](const Situation& is) {
    if (is.belonging != Belonging::condemned) return;
    const bool gone = !is.power && !is.files;
    const bool waitsForGuest =
        is.power == Power::running && (is.stopping == Stopping::asked || is.stopping == Stopping::farewell);
    EXPECT_EQ(nextStep(is) == Step::none, gone || (waitsForGuest && !is.fenced));
  });
}

TEST(Step, WhatIsWantedAndComesInItsWayGoesThroughEachStep) {
  Situation is;
  is.belonging = Belonging::wanted;
  EXPECT_EQ(nextStep(is), Step::none) << "no spec yet";
  is.specUsable = true;
  EXPECT_EQ(nextStep(is), Step::fetchImage);
  is.imageReady = true;
  EXPECT_EQ(nextStep(is), Step::create);
  is.files = is.rootDisk = is.asSpecified = true;
  is.power = Power::shutOff;
  EXPECT_EQ(nextStep(is), Step::start);
  is.power = Power::running;
  EXPECT_EQ(nextStep(is), Step::none);
}

TEST(Step, AConfigIsForgottenOnlyWhereNothingElseIsToBeDone) {
  forEachSituation([](const Situation& is) {
    Situation without = is;
    without.configLeft = false;
    if (nextStep(is) != Step::forget) {
      EXPECT_EQ(nextStep(is), nextStep(without));
      return;
    }
    EXPECT_EQ(nextStep(without), Step::none);
    EXPECT_TRUE(is.belonging == Belonging::wanted && is.power && is.specUsable && is.asSpecified && !is.fenced);
  });
  Situation is;
  is.belonging = Belonging::wanted;
  is.files = is.rootDisk = is.specUsable = is.asSpecified = is.configLeft = true;
  is.power = Power::running;
  EXPECT_EQ(nextStep(is), Step::forget);
}

TEST(Step, NothingIsMadeOrStartedThatLacksItsArtifacts) {
  forEachSituation([](const Situation& is) {
    if (is.lacksArtifacts) {
      EXPECT_FALSE(makesOrStarts(nextStep(is)));
    }
  });
  Situation is;
  is.belonging = Belonging::wanted;
  is.specUsable = is.imageReady = is.lacksArtifacts = true;
  EXPECT_EQ(nextStep(is), Step::fetchImage);
  is.files = is.rootDisk = is.asSpecified = true;
  is.power = Power::running;
  EXPECT_EQ(nextStep(is), Step::none) << "it has them open";
  is.power = Power::shutOff;
  EXPECT_EQ(nextStep(is), Step::fetchImage);
}

TEST(Step, AHalfMadeInstanceIsTakenUpWhereItWasLeft) {
  Situation is;
  is.belonging = Belonging::wanted;
  is.specUsable = is.imageReady = true;
  is.files = true;
  EXPECT_EQ(nextStep(is), Step::create) << "directory only";
  is.rootDisk = true;
  EXPECT_EQ(nextStep(is), Step::create) << "no domain";
  is.power = Power::shutOff;
  is.asSpecified = true;
  is.rootDisk = false;
  EXPECT_EQ(nextStep(is), Step::create) << "the disk was lost";
}

TEST(Step, WhatWasMadeIsKeptRunningWithoutItsSpec) {
  Situation is;
  is.belonging = Belonging::wanted;
  is.power = Power::crashed;
  is.files = is.rootDisk = true;
  EXPECT_EQ(nextStep(is), Step::start);
}

TEST(Step, WhatFailedItsFirstBootIsNotStartedAgain) {
  Situation is;
  is.belonging = Belonging::wanted;
  is.power = Power::shutOff;
  is.files = is.rootDisk = is.specUsable = is.asSpecified = is.imageReady = is.hopeless = true;
  EXPECT_EQ(nextStep(is), Step::none);
}

TEST(Step, WhatIsLeftDownIsNeitherMadeNorStarted) {
  forEachSituation([](const Situation& is) {
    const bool isDown = !is.power || is.power == Power::shutOff || is.power == Power::crashed;
    if (is.leftDown && isDown) {
      EXPECT_FALSE(makesOrStarts(nextStep(is)));
    }
  });
}

TEST(Step, WhatIsWantedOtherwiseIsUpdatedAndAGuestThatRunsGoesOn) {
  Situation is;
  is.belonging = Belonging::wanted;
  is.files = is.rootDisk = is.specUsable = true;
  for (const auto power : {Power::running, Power::paused, Power::shutOff, Power::crashed}) {
    is.power = power;
    EXPECT_EQ(nextStep(is), Step::update);
  }
  is.specUsable = false;
  is.power = Power::running;
  EXPECT_EQ(nextStep(is), Step::none) << "what may not be is not done";
}

TEST(Step, WhatCannotBeUpdatedIsStartedAsItWas) {
  Situation is;
  is.belonging = Belonging::wanted;
  is.files = is.rootDisk = is.specUsable = is.updateFails = true;
  is.power = Power::shutOff;
  EXPECT_EQ(nextStep(is), Step::start);
  is.power = Power::running;
  EXPECT_EQ(nextStep(is), Step::update) << "and tried again then";
}

TEST(Step, EachStepHasAName) {
  for (const auto step : {Step::none, Step::fetchImage, Step::create, Step::update, Step::start, Step::shutdown,
                          Step::powerOff, Step::remove})
    EXPECT_FALSE(toString(step).empty());
}

}  // namespace
}  // namespace berth::reconcile
