// SPDX-License-Identifier: Apache-2.0
#include "agent/reconcile/step.h"

namespace berth::reconcile {
namespace {

using hypervisor::Power;

bool isOff(const std::optional<Power>& power) { return power == Power::shutOff || power == Power::crashed; }

bool isOn(const std::optional<Power>& power) { return power && !isOff(power); }

Step towardsOff(const Situation& is) {
  // A paused guest hears nothing.
  if (is.power == Power::paused) return Step::powerOff;
  if (is.power != Power::running) return Step::none;
  switch (is.stopping) {
    case Stopping::notAsked: return Step::shutdown;
    case Stopping::farewell:
    case Stopping::asked: return Step::none;
    case Stopping::overdue: return Step::powerOff;
  }
  return Step::none;
}

Step towardsRunning(const Situation& is) {
  // Whatever is here of an older instance goes first, by its own tombstone.
  if (is.otherHere) return Step::none;
  const bool unmade = !is.power || (isOff(is.power) && !is.rootDisk);
  if (is.leftDown && (unmade || isOff(is.power))) return Step::none;
  if (unmade && is.specUsable) return is.imageReady && !is.lacksArtifacts ? Step::create : Step::fetchImage;
  if (unmade) return Step::none;
  // What cannot be updated is started as it was: an old guest is better than none.
  const bool canUpdate = is.specUsable && !(isOff(is.power) && is.updateFails);
  const bool isOutdated = !is.asSpecified && canUpdate;
  if (isOutdated && !is.lacksArtifacts) return Step::update;
  // Without a usable spec, what was already made is kept running all the same; and whoever is to be switched off does
  // not wait for a download.
  if (is.halted && !isOff(is.power)) return towardsOff(is);
  if (isOutdated) return Step::fetchImage;
  // Its artifacts are where they were when it was started, whether or not this process has asked for them.
  const bool canForget = is.configLeft && is.specUsable && is.asSpecified;
  if (is.halted || is.hopeless || !isOff(is.power)) return canForget ? Step::forget : Step::none;
  // They may be gone or damaged though the domain is here, and libvirt would not start it.
  return is.lacksArtifacts ? Step::fetchImage : Step::start;
}

Step towardsGone(const Situation& is) {
  if (!is.power) return is.files ? Step::remove : Step::none;
  return isOff(is.power) ? Step::remove : towardsOff(is);
}

/// Only the leftover of a creation that never came to a disk: nothing a guest ever wrote can be in it.
Step towardsNothing(const Situation& is) {
  const bool nobodys = is.manifestHere && !is.power && is.files && !is.rootDisk;
  return nobodys ? Step::remove : Step::none;
}

}  // namespace

std::string_view toString(Step step) {
  switch (step) {
    case Step::none: return "none";
    case Step::fetchImage: return "fetch image";
    case Step::create: return "create";
    case Step::update: return "update";
    case Step::forget: return "forget config";
    case Step::start: return "start";
    case Step::shutdown: return "shut down";
    case Step::powerOff: return "power off";
    case Step::remove: return "remove";
  }
  return "";
}

Step nextStep(const Situation& situation) {
  if (situation.fenced && isOn(situation.power)) return Step::powerOff;
  // What is condemned may go at any time; nothing else is touched until it is confirmed.
  if (situation.fenced && situation.belonging != Belonging::condemned) return Step::none;
  switch (situation.belonging) {
    case Belonging::wanted: return towardsRunning(situation);
    case Belonging::condemned: return towardsGone(situation);
    case Belonging::unexplained: return towardsNothing(situation);
  }
  return Step::none;
}

}  // namespace berth::reconcile
