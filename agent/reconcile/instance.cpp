// SPDX-License-Identifier: Apache-2.0
#include "agent/reconcile/instance.h"

namespace berth::reconcile {

using hypervisor::Power;

namespace {

/// The trouble that a reason was written for (status.cpp begins it with toString()).
health::Trouble troubleIn(std::string_view reason) {
  for (const auto trouble : {health::Trouble::emergencyMode, health::Trouble::kernelPanic})
    if (reason.starts_with(toString(trouble))) return trouble;
  return health::Trouble::ignitionFailed;
}

}  // namespace

bool Instance::off() const { return domain && (domain->power == Power::shutOff || domain->power == Power::crashed); }

bool Instance::configLeft() const {
  if (!domain) return false;
  if (domain->mark.withoutConfig) return configFile;
  // Only who has come up to its end has had its use of it.
  const auto state = guest.signal ? guest.signal->state : health::SystemState::initializing;
  return running() && (state == health::SystemState::running || state == health::SystemState::degraded);
}

void Instance::halt(bool to) {
  if (halted == to) return;
  halted = to;
  askedAt.reset();
  beginAnew();
  // Whoever was switched off did not stop by himself.
  ran = false;
}

void Instance::beginAnew() {
  restart.reset();
  leftAsIs = false;
}

bool Instance::downByHand() const { return !domain || domain->reason == "destroyed"; }

void Instance::wentDown(TimePoint at) {
  if (downByHand() && drift != message::Drift::heal) {
    leftAsIs = true;
    return;
  }
  restart.failed(at);
}

void Instance::see(std::optional<hypervisor::Domain> seen, bool hasFiles, bool hasRootDisk, TimePoint at) {
  const bool ranBefore = running();
  const bool firstSight = !domain;
  const bool isRemoved = domain && !seen;
  domain = std::move(seen);
  files = hasFiles;
  rootDisk = hasRootDisk;
  if (running() && !ranBefore) {
    ran = true;
    runningSince = at;
  }
  // Found off by a new process: libvirt knows whether it had been running.
  if (firstSight && off() &&
      (domain->reason == "crashed" || domain->reason == "shutdown" || domain->reason == "destroyed"))
    ran = true;
  // It stopped by itself, or somebody removed it: nothing of ours was under way, or this look were not believed.
  const bool isDown = ranBefore && (off() || !domain);
  const bool isTakenAway = isRemoved && drift != message::Drift::heal;
  if ((isDown || isTakenAway) && isMeantToRun()) {
    if (isDown && at - runningSince >= kSteadyRun) restart.reset();
    wentDown(at);
  }
  if (running()) leftAsIs = false;
  if (!running()) {
    guest.signal.reset();
    guest.probes.clear();
  }
  if (!domain) askedAt.reset();
}

void Instance::beginBoot(TimePoint at, std::uint64_t consoleEnd) {
  guest = {};
  console = {};
  consoleOffset = consoleEnd;
  rememberedTrouble.reset();
  ran = true;
  runningSince = at;
  // So that a guest which is off again by the next look is seen to have stopped.
  if (domain) domain->power = Power::running;
}

void Instance::recall(const message::InstanceStatus& last, TimePoint at) {
  using message::Phase;
  const auto id = status_.instance;
  status_ = last;
  status_.instance = id;
  restarts = last.restarts;
  restart.resume(last.stopsInARow);
  leftAsIs = last.left != message::Drift::heal && !running();
  const bool ranThen = last.phase == Phase::booting || last.phase == Phase::ready || last.phase == Phase::degraded;
  if (ranThen && (off() || !domain) && isMeantToRun()) wentDown(at);
}

void Instance::remember(const message::InstanceStatus& last, const health::Wants& wants, TimePoint at) {
  using message::Phase;
  recall(last, at);
  // With console lines the guest's boot failed; without, it could not be made, which is found out anew.
  if (last.phase == Phase::failed && !last.console.empty())
    rememberedTrouble =
        health::Finding{troubleIn(last.reason), last.reason.substr(0, last.reason.find(kWentDownAgain)), last.console};
  if (!running() || (last.phase != Phase::ready && last.phase != Phase::degraded) || last.bootId.empty()) return;
  // A guest that was well when the agent went is held to be well until it has had the time to say so again.
  guest.signal = health::Signal{
      last.bootId,      last.failedUnits.empty() ? health::SystemState::running : health::SystemState::degraded,
      last.failedUnits, last.addresses,
      last.tools,       last.os};
  guest.heardAt = at;
  guest.probes.resize(wants.probes.size());
  if (last.phase == Phase::ready)
    for (auto& probe : guest.probes) probe.answered();
}

std::optional<health::Finding> Instance::trouble(TimePoint at) const {
  if (guest.signal && at - guest.heardAt <= health::kSignalStale) return std::nullopt;
  if (auto found = console.finding()) return found;
  return rememberedTrouble;
}

bool Instance::hopeless(TimePoint at) const {
  const auto found = trouble(at);
  return found && found->trouble == health::Trouble::ignitionFailed;
}

bool Instance::tell(message::InstanceStatus next, std::int64_t wallMs) {
  next.instance = status_.instance;
  next.sinceMs = next.phase == status_.phase && status_.sinceMs != 0 ? status_.sinceMs : wallMs;
  if (next == status_) return false;
  status_ = std::move(next);
  return true;
}

}  // namespace berth::reconcile
