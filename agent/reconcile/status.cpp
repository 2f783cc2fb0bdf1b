// SPDX-License-Identifier: Apache-2.0
#include "agent/reconcile/status.h"

#include "protocol/message/words.h"

namespace berth::reconcile {
namespace {

using message::InstanceStatus;
using message::Phase;

constexpr std::string_view kSwitchedOff = "switched off by an operator";

/// True when the last try of `step` failed and none has succeeded since.
bool failedAt(const Instance& instance, Step step) {
  return instance.failedStep == step && !instance.failure.reason.empty();
}

Phase phaseOfFailure(const Failure& failure, std::uint32_t failures, Phase meanwhile) {
  return failure.kind == Failure::Kind::permanent || failures >= kFailuresShown ? Phase::failed : meanwhile;
}

void describeImage(const ImageShelf::Image& image, InstanceStatus& status) {
  if (image.failure && image.state == ImageShelf::Image::State::absent) {
    status.phase = phaseOfFailure(*image.failure, image.retry.failures(), Phase::fetching);
    status.reason = image.failure->reason;
    return;
  }
  status.phase = Phase::fetching;
  status.fetched = image.fetched;
  status.expected = image.expected;
}

/// How it went down.
std::string lastFall(const Instance& instance) {
  if (!instance.domain) return "somebody on the host removed its domain";
  if (instance.downByHand()) return "somebody on the host cut its power";
  return "the guest went down by itself (" + instance.domain->reason + ")";
}

/// That it stays down, and the way out.
std::string whyGivenUp(const Instance& instance) {
  const std::string& node = instance.id().node.str();
  return std::to_string(instance.restart.failures()) +
         " times in a row, and it is not started again; to begin anew: " + "berth restart " + node +
         ", berth replace " + node + ", or an apply that changes it";
}

/// True when it was described: it is down, and nothing is done about that.
bool describeLeftDown(const Instance& instance, InstanceStatus& status) {
  if (instance.leftAsIs) {
    status.phase = Phase::stopped;
    status.reason = lastFall(instance) + ", and it is left so (drift: " + std::string(toString(instance.drift)) +
                    "); to have it back: berth restart " + instance.id().node.str();
    return true;
  }
  if (!instance.givenUp()) return false;
  status.phase = Phase::failed;
  status.reason = lastFall(instance) + ", " + whyGivenUp(instance);
  return true;
}

/// Wanted, and there is no complete domain yet.
void describeUnmade(const Instance& instance, const Surroundings& around, InstanceStatus& status) {
  status.phase = Phase::pending;
  if (describeLeftDown(instance, status)) return;
  if (around.otherHere) {
    status.reason = "waits until the instance of this node that is here is gone";
  } else if (around.awaited) {
    status.reason = *around.awaited;
  } else if (!around.specHere) {
    status.reason = "waits for its spec from the controller";
  } else if (around.objection) {
    status.phase = Phase::failed;
    status.reason = *around.objection;
  } else if (const bool imageFailed = around.image && around.image->failure;
             failedAt(instance, Step::create) && !imageFailed) {
    // Also while it is tried again: a phase that comes and goes with each try tells nobody anything.
    status.phase = phaseOfFailure(instance.failure, instance.retry.failures(), Phase::creating);
    status.reason = instance.failure.reason;
  } else if (instance.busy != Step::create && around.image && around.image->state != ImageShelf::Image::State::ready) {
    describeImage(*around.image, status);
  } else {
    status.phase = Phase::creating;
  }
}

void describeGuest(const Instance& instance, const Surroundings& around, InstanceStatus& status) {
  if (instance.guest.signal) {
    status.bootId = instance.guest.signal->bootId;
    status.addresses = instance.guest.signal->addresses;
    status.failedUnits = instance.guest.signal->failedUnits;
    status.tools = instance.guest.signal->tools;
    status.os = instance.guest.signal->os;
  }
  if (const auto trouble = instance.trouble(around.now)) {
    status.phase = Phase::failed;
    const bool remembered = instance.rememberedTrouble && !instance.console.finding();
    status.reason = remembered ? trouble->why : std::string(toString(trouble->trouble));
    if (!remembered && !trouble->why.empty()) status.reason += ": " + trouble->why;
    status.console = trouble->lines;
    return;
  }
  const auto verdict = health::judge(instance.guest, around.wants, around.now);
  status.phase = verdict.phase;
  status.reason = verdict.reason;
}

void describeOff(const Instance& instance, const Surroundings& around, InstanceStatus& status) {
  status.phase = Phase::stopped;
  if (instance.belonging == Belonging::unexplained) {
    status.reason = "is off";
  } else if (const auto trouble = instance.trouble(around.now); trouble && !instance.leftAsIs) {
    describeGuest(instance, around, status);
    if (instance.givenUp()) status.reason += std::string(kWentDownAgain) + whyGivenUp(instance);
  } else if (describeLeftDown(instance, status)) {
    return;
  } else if (around.otherHere) {
    status.reason = "waits until the other instance of this node that is here is gone";
  } else if (around.awaited) {
    status.reason = *around.awaited;
  } else if (around.next == Step::fetchImage && around.image && around.image->failure) {
    status.phase = phaseOfFailure(*around.image->failure, around.image->retry.failures(), Phase::stopped);
    status.reason = around.image->failure->reason;
  } else if (failedAt(instance, Step::start)) {
    status.phase = phaseOfFailure(instance.failure, instance.retry.failures(), Phase::stopped);
    status.reason = instance.failure.reason;
  } else if (instance.ran) {
    status.reason = lastFall(instance) + "; it is started again";
  } else {
    status.phase = Phase::creating;
  }
}

void describeCondemned(const Instance& instance, const Surroundings& around, InstanceStatus& status) {
  if (!instance.domain && !instance.files && around.certain) {
    status.phase = Phase::gone;
    return;
  }
  status.phase = Phase::stopping;
  if (instance.failedStep != Step::none && !instance.failure.reason.empty()) {
    status.reason = instance.failure.reason;
  } else if (instance.running()) {
    const bool isCut = around.next == Step::powerOff || instance.busy == Step::powerOff;
    const bool isTold = instance.farewell.since.has_value();
    status.reason = isCut    ? "its power is cut"
                    : isTold ? "its services are told that it stops"
                             : "waits for the guest to shut down";
  }
}

/// Of an instance that is to be off: in so many words on the way there, and then.
void describeSwitchedOff(const Instance& instance, std::string_view why, InstanceStatus& status) {
  status.phase = instance.domain && !instance.off() ? Phase::stopping : Phase::stopped;
  status.reason = why;
  if (instance.failedStep != Step::none && !instance.failure.reason.empty()) {
    status.reason += "; " + instance.failure.reason;
  }
}

void describeWanted(const Instance& instance, const Surroundings& around, InstanceStatus& status) {
  if (around.fenced) {
    return describeSwitchedOff(instance, "the controller has not confirmed that it is to run here", status);
  }
  const bool isMade = instance.domain && !(instance.off() && !instance.rootDisk);
  if (instance.halted && isMade) return describeSwitchedOff(instance, kSwitchedOff, status);
  if (!instance.domain || (instance.off() && !instance.rootDisk)) return describeUnmade(instance, around, status);
  if (instance.off()) return describeOff(instance, around, status);
  status.pending = around.pending;
  if (instance.running()) return describeGuest(instance, around, status);
  status.phase = Phase::degraded;
  status.reason = "the domain is paused (" + instance.domain->reason + ")";
}

void describeUnexplained(const Instance& instance, const Surroundings& around, InstanceStatus& status) {
  if (instance.running())
    describeGuest(instance, around, status);
  else
    describeOff(instance, around, status);
  status.reason = "not in the manifest of this host, so it is left alone" +
                  (status.reason.empty() ? std::string() : "; " + status.reason);
}

}  // namespace

InstanceStatus statusOf(const Instance& instance, const Surroundings& around) {
  InstanceStatus status;
  status.restarts = instance.restarts;
  status.retiredUntilMs = around.retiredUntilMs;
  switch (instance.belonging) {
    case Belonging::wanted:
      describeWanted(instance, around, status);
      if (instance.leftAsIs) status.left = instance.drift;
      if (!instance.running() || around.now - instance.runningSince < kSteadyRun)
        status.stopsInARow = instance.restart.failures();
      break;
    case Belonging::condemned: describeCondemned(instance, around, status); break;
    case Belonging::unexplained: describeUnexplained(instance, around, status); break;
  }
  return status;
}

std::string whatHappened(const InstanceStatus& before, const InstanceStatus& after) {
  const bool rebooted = !before.bootId.empty() && !after.bootId.empty() && before.bootId != after.bootId;
  if (rebooted && before.restarts == after.restarts) return "the guest rebooted by itself";
  if (before.phase == after.phase && before.pending != after.pending && !after.pending.empty()) {
    std::string all;
    for (const auto& each : after.pending) all += (all.empty() ? "" : ", ") + each;
    return "was updated: " + all;
  }
  const auto why = after.reason.empty() ? std::string() : ": " + after.reason;
  const bool isGivenUp = before.stopsInARow <= kMostRestarts && after.stopsInARow > kMostRestarts;
  // That it fails may have been said before; that nothing more is done about it was not.
  if (isGivenUp && after.phase == Phase::failed) return "failed" + why;
  if (before.phase == after.phase) return "";
  switch (after.phase) {
    case Phase::pending:
    case Phase::fetching:
    case Phase::creating: return "";
    case Phase::booting:
      // A guest that has a signal again after its boot is no news; a start is.
      return before.phase == Phase::ready || before.phase == Phase::degraded ? "" : "started";
    case Phase::ready: return "ready";
    case Phase::degraded: return "degraded" + why;
    case Phase::failed: return "failed" + why;
    case Phase::stopping:
      return after.reason.starts_with(kSwitchedOff) ? "being switched off" : "being stopped, to be removed";
    case Phase::stopped: return "stopped" + why;
    case Phase::gone: return before.phase == Phase::stopping ? "removed" : "";
  }
  return "";
}

}  // namespace berth::reconcile
