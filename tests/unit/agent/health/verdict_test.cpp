// SPDX-License-Identifier: Apache-2.0
#include "agent/health/verdict.h"

#include <gtest/gtest.h>

namespace berth::health {
namespace {

using message::Phase;
using namespace std::chrono_literals;

const TimePoint kNow = TimePoint() + 1h;

Guest up(SystemState state = SystemState::running, std::vector<std::string> failed = {}) {
  return {Signal{"boot", state, std::move(failed), {}}, kNow, {}};
}
Wants probing() { return {{message::Probe{message::Probe::Tcp{"10.0.0.1", 22}}}, true}; }

TEST(Verdict, AGuestThatHasSaidNothingIsBooting) { EXPECT_EQ(judge({}, {}, kNow).phase, Phase::booting); }

TEST(Verdict, AGuestThatSaysItIsUpIsReady) { EXPECT_EQ(judge(up(), {}, kNow), (Verdict{Phase::ready, ""})); }

TEST(Verdict, SilenceIsForgivenForAMinuteAndNotLonger) {
  EXPECT_EQ(judge(up(), {}, kNow + 60s).phase, Phase::ready);
  const auto stale = judge(up(), {}, kNow + 61s);
  EXPECT_EQ(stale.phase, Phase::degraded);
  EXPECT_EQ(stale.reason, "the guest has not been heard of for over 60 s");
}

TEST(Verdict, FailedUnitsDegradeUnlessTheSpecDoesNotMind) {
  const auto verdict = judge(up(SystemState::degraded, {"a.service", "b.service"}), {}, kNow);
  EXPECT_EQ(verdict, (Verdict{Phase::degraded, "failed in the guest: a.service, b.service"}));
  EXPECT_EQ(judge(up(SystemState::degraded, {"a.service"}), {{}, false}, kNow).phase, Phase::ready);
}

TEST(Verdict, EachStateOfSystemdHasItsPhase) {
  const std::pair<SystemState, Phase> table[] = {
      {SystemState::initializing, Phase::booting}, {SystemState::starting, Phase::booting},
      {SystemState::running, Phase::ready},        {SystemState::degraded, Phase::degraded},
      {SystemState::maintenance, Phase::degraded}, {SystemState::stopping, Phase::degraded},
      {SystemState::offline, Phase::degraded},
  };
  for (const auto& [state, phase] : table)
    EXPECT_EQ(judge(up(state), {}, kNow).phase, phase) << static_cast<int>(state);
}

TEST(Verdict, ANodeIsNotReadyBeforeItsProbesHaveAnswered) {
  auto guest = up();
  EXPECT_EQ(judge(guest, probing(), kNow), (Verdict{Phase::booting, "waits for the first answer of tcp 10.0.0.1:22"}));
  guest.probes.resize(1);
  guest.probes[0].missed("connection refused");
  EXPECT_EQ(judge(guest, probing(), kNow),
            (Verdict{Phase::booting, "waits for the first answer of tcp 10.0.0.1:22: connection refused"}));
  for (std::uint32_t i = 1; i < kFirstProbeMisses; ++i) guest.probes[0].missed("connection refused");
  EXPECT_EQ(judge(guest, probing(), kNow),
            (Verdict{Phase::degraded, "tcp 10.0.0.1:22 does not answer: connection refused"}));
  guest.probes[0].answered();
  EXPECT_EQ(judge(guest, probing(), kNow).phase, Phase::ready);
}

TEST(Verdict, AProbeThatHasAnsweredMayMissTwice) {
  ProbeRecord record;
  record.answered();
  record.missed("x");
  record.missed("x");
  EXPECT_EQ(record.outcome, ProbeRecord::Outcome::answers);
  record.missed("x");
  EXPECT_EQ(record.outcome, ProbeRecord::Outcome::silent);
}

TEST(Verdict, ProbesAreNamedAsAPersonWouldWriteThem) {
  EXPECT_EQ(describe(message::Probe{message::Probe::Tcp{"fd00::1", 22}}), "tcp [fd00::1]:22");
  EXPECT_EQ(describe(message::Probe{message::Probe::Http{"http://a/b", 200}}), "http://a/b");
}

}  // namespace
}  // namespace berth::health
