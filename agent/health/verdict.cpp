// SPDX-License-Identifier: Apache-2.0
#include "agent/health/verdict.h"

namespace berth::health {
namespace {

using message::Phase;

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "" : ", ") + item;
  return text;
}

/// What the guest's own word amounts to; empty when it is well.
std::optional<Verdict> judgeSystem(const Signal& signal, const Wants& wants) {
  switch (signal.state) {
    case SystemState::initializing:
    case SystemState::starting: return Verdict{Phase::booting, "the guest is still starting its units"};
    case SystemState::maintenance: return Verdict{Phase::degraded, "the guest is in rescue or emergency mode"};
    case SystemState::stopping: return Verdict{Phase::degraded, "the guest is shutting down"};
    case SystemState::offline: return Verdict{Phase::degraded, "the guest's systemd is not running"};
    case SystemState::running: return std::nullopt;
    case SystemState::degraded: break;
  }
  if (!wants.systemdRunning) return std::nullopt;
  if (signal.failedUnits.empty()) return Verdict{Phase::degraded, "units failed in the guest"};
  return Verdict{Phase::degraded, "failed in the guest: " + joined(signal.failedUnits)};
}

std::optional<Verdict> judgeProbes(const Guest& guest, const Wants& wants) {
  for (std::size_t i = 0; i < wants.probes.size(); ++i) {
    const auto record = i < guest.probes.size() ? guest.probes[i] : ProbeRecord{};
    switch (record.outcome) {
      case ProbeRecord::Outcome::answers: continue;
      case ProbeRecord::Outcome::unknown:
        return Verdict{Phase::booting, "waits for the first answer of " + describe(wants.probes[i]) +
                                           (record.error.empty() ? "" : ": " + record.error)};
      case ProbeRecord::Outcome::silent:
        return Verdict{Phase::degraded, describe(wants.probes[i]) + " does not answer: " + record.error};
    }
  }
  return std::nullopt;
}

}  // namespace

void ProbeRecord::answered() {
  outcome = Outcome::answers;
  misses = 0;
  error.clear();
}

void ProbeRecord::missed(std::string why) {
  ++misses;
  error = std::move(why);
  const auto patience = outcome == Outcome::answers ? kProbeMisses : kFirstProbeMisses;
  if (misses >= patience) outcome = Outcome::silent;
}

std::string describe(const message::Probe& probe) {
  if (const auto* tcp = std::get_if<message::Probe::Tcp>(&probe.target)) {
    const bool v6 = tcp->address.find(':') != std::string::npos;
    return "tcp " + (v6 ? "[" + tcp->address + "]" : tcp->address) + ":" + std::to_string(tcp->port);
  }
  return std::get<message::Probe::Http>(probe.target).url;
}

Verdict judge(const Guest& guest, const Wants& wants, TimePoint now) {
  if (!guest.signal) return {Phase::booting, "waits for the guest to say that it is up"};
  if (now - guest.heardAt > kSignalStale)
    return {Phase::degraded, "the guest has not been heard of for over " + std::to_string(kSignalStale.count()) + " s"};
  if (auto verdict = judgeSystem(*guest.signal, wants)) return *verdict;
  if (auto verdict = judgeProbes(guest, wants)) return *verdict;
  return {Phase::ready, ""};
}

}  // namespace berth::health
