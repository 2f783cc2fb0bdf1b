// SPDX-License-Identifier: Apache-2.0
//
// When is a node ready? When its guest says that it is up, nothing in it has failed (unless its spec does not mind),
// and every probe of its spec answers. One pure function says so, and why not.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/health/signal.h"
#include "protocol/message/fleet.h"
#include "protocol/message/node.h"
#include "words/clock.h"

namespace berth::health {

/// A probe that has answered must miss this often in a row to count as failing: one lost packet is no outage.
inline constexpr std::uint32_t kProbeMisses = 3;
/// A probe that has not answered since the guest came up may miss this often before that counts: units that systemd
/// calls started often take some seconds more until they listen. At most a minute and a quarter.
inline constexpr std::uint32_t kFirstProbeMisses = 15;

/// What one probe has said so far.
struct ProbeRecord {
  enum class Outcome : std::uint8_t { unknown, answers, silent };
  /// Unknown until the first answer, or until it has missed too often.
  Outcome outcome = Outcome::unknown;
  std::uint32_t misses = 0;
  /// Why the last one failed.
  std::string error;

  void answered();
  void missed(std::string why);
  bool operator==(const ProbeRecord&) const = default;
};

struct Guest {
  /// The last signal of the present start of the domain.
  std::optional<Signal> signal;
  TimePoint heardAt;
  /// One for each probe of the spec, in its order.
  std::vector<ProbeRecord> probes;
};

struct Verdict {
  /// booting, ready or degraded.
  message::Phase phase = message::Phase::booting;
  std::string reason;
  bool operator==(const Verdict&) const = default;
};

/// What a spec asks of its guest.
struct Wants {
  std::vector<message::Probe> probes;
  bool systemdRunning = true;
};

[[nodiscard]] Verdict judge(const Guest& guest, const Wants& wants, TimePoint now);
/// "tcp 10.0.0.1:22", "http://10.0.0.1:8500/v1/status/leader"
[[nodiscard]] std::string describe(const message::Probe& probe);

}  // namespace berth::health
