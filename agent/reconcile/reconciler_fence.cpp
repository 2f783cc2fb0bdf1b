// SPDX-License-Identifier: Apache-2.0
//
// Fencing: a node that the controller makes elsewhere when it has not heard this host for long enough must not run here
// by then (I1). So such a node runs on borrowed time, from one confirmed heartbeat to the next, and when the time is up
// its power is cut. What is confirmed is what the controller knew after the heartbeat was *said*; what it answered
// before counts for nothing, however late it arrives.
//
// Once something is fenced, only the generation that is in force here can be confirmed: a controller that has moved the
// node has a newer one, and until that has come and is on disk nothing is switched on again.
#include <algorithm>
#include <utility>

#include "agent/reconcile/reconciler_state.h"

namespace berth::reconcile {

std::chrono::seconds Reconciler::State::fenceOf(const Instance& instance) const {
  const auto* spec = specOf(instance);
  return spec == nullptr ? std::chrono::seconds(0) : spec->fenceAfter();
}

bool Reconciler::State::isFenced(const Instance& instance) const {
  const auto after = fenceOf(instance);
  return after.count() != 0 && now.at >= confirmed.value() + after;
}

void Reconciler::State::take(const event::Confirmed& event) {
  if (event.said <= confirmed.value() || event.said > now.at) return;
  const auto& inForce = desired.inForce();
  const Generation here = inForce ? inForce->manifest.generation : Generation();
  const bool isCurrent = !desired.pending() && event.generation == here;
  const bool anyFenced = std::ranges::any_of(instances, [&](const auto& each) { return isFenced(each.second); });
  if (anyFenced && !isCurrent) return;
  confirmed = event.said;
  const bool anyAtRisk =
      std::ranges::any_of(specs, [](const auto& each) { return each.second.lossGrace.count() != 0; });
  if (anyAtRisk) effects.emplace_back(effect::KeepConfirmed{event.said});
}

void Reconciler::State::tellFences() {
  for (auto& [uuid, instance] : instances) {
    const bool fenced = isFenced(instance);
    if (fenced == std::exchange(instance.wasFenced, fenced)) continue;
    // It did not go down by itself, and is started at once when it may be; a guest that did before, again and again, is
    // none the better for it.
    const bool ranSteadily = instance.running() && now.at - instance.runningSince >= kSteadyRun;
    instance.restart.resume(ranSteadily ? 0 : instance.restart.failures());
    instance.ran = instance.ran && fenced;
    if (!fenced) {
      effects.emplace_back(effect::Happened{instance.id(), "is confirmed again to belong here"});
    } else if (instance.running()) {
      effects.emplace_back(effect::Happened{
          instance.id(), "its power is cut: for " + std::to_string(fenceOf(instance).count()) +
                             "s the controller has not confirmed that it is to run here, and may make it elsewhere"});
    }
  }
}

}  // namespace berth::reconcile
