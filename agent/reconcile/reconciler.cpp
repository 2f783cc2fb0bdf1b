// SPDX-License-Identifier: Apache-2.0
#include "agent/reconcile/reconciler.h"

#include <algorithm>
#include <utility>

#include "agent/reconcile/reconciler_state.h"

namespace berth::reconcile {

Reconciler::State::State(Policy allowed, Memory memory)
    : policy(std::move(allowed)),
      wish(policy.capacity),
      desired(std::move(memory.manifest)),
      confirmed(memory.confirmed) {
  for (auto& status : memory.instances) remembered.emplace(status.instance.uuid, std::move(status));
  sort();
}

const ImageShelf::Image& Reconciler::State::shownOf(const message::NodeSpec& spec) const {
  const bool lacksArtifacts = !spec.artifacts.empty() && !images.ready(message::idOf(spec.artifacts));
  if (lacksArtifacts && images.ready(spec.image.id())) return images.at(message::idOf(spec.artifacts));
  return images.at(spec.image.id());
}

std::vector<std::string> Reconciler::State::conditionsNow() const {
  std::vector<std::string> found;
  if (!looks.error().empty()) found.push_back("the hypervisor cannot be asked: " + looks.error());
  if (looks.hangs(now.at)) found.emplace_back("the hypervisor does not answer");
  if (!persistError.empty()) found.push_back("the manifest cannot be kept: " + persistError);
  if (!poolTrouble.empty()) found.push_back("volumes cannot be reached: " + poolTrouble);
  if (!desired.complaint().empty()) found.push_back(desired.complaint());
  for (const auto& each : volumeWork) {
    if (each.failure.reason.empty()) continue;
    found.push_back(each.order.node.str() + ": this host is to " + inWords(each.order) +
                    ", and has not yet: " + each.failure.reason);
  }
  for (const auto& each : moves) {
    if (each.failure.reason.empty()) continue;
    found.push_back(each.move.node.str() + ": this host is to " + inWords(each.move) +
                    ", and has not yet: " + each.failure.reason);
  }
  for (const auto& [uuid, kept] : retired) {
    if (kept.failure.reason.empty()) continue;
    found.push_back(kept.disk.node.str() +
                    ": a root disk that it had before cannot be deleted: " + kept.failure.reason);
  }
  for (const auto& [uuid, instance] : instances) {
    if (instance.mistaken)
      found.push_back("the manifest and a domain disagree on which node has the UUID " + uuid.str() +
                      "; neither is touched");
    if (instance.belonging == Belonging::wanted && instance.domain && instance.domain->mark.spec != instance.spec) {
      const auto keptAsIs = "node " + instance.id().node.str() + " is kept as it is: ";
      if (auto why = objectionTo(instance))
        found.push_back(keptAsIs + *why);
      else if (instance.failedStep == Step::update)
        found.push_back(keptAsIs + instance.failure.reason);
    }
    if (instance.belonging != Belonging::unexplained) continue;
    if (instance.domain)
      found.push_back("instance " + uuid.str() + " of node " + instance.id().node.str() +
                      " is here but not in the manifest; it is left alone");
    else if (instance.rootDisk)
      found.push_back("the files of an instance " + uuid.str() +
                      " that is not in the manifest are here; they are kept");
  }
  return found;
}

void Reconciler::State::tell() {
  bool changed = std::exchange(volumesChanged, false);
  for (auto& [uuid, instance] : instances) {
    // Before the first look nothing can be said of what is here.
    if (looks.seen() == 0 && !instance.domain) continue;
    const auto* spec = specOf(instance);
    Surroundings around;
    around.now = now.at;
    around.certain = looks.seen() != 0 && instance.believable(looks.seen());
    around.next = nextStep(situationOf(instance));
    around.specHere = spec != nullptr;
    around.objection = objectionTo(instance);
    around.otherHere = otherHere(instance);
    if (const auto* awaited = awaitedBy(instance)) {
      around.awaited = awaited->removesVolume()
                           ? "waits until its former volume " + awaited->order.volume.str() + " is deleted"
                           : "waits until its volume " + awaited->order.volume.str() + " is restored from " +
                                 awaited->order.snapshot.str();
    }
    if (spec != nullptr) around.image = shownOf(*spec);
    around.wants = wantsOf(instance);
    around.pending = pendingOf(instance);
    around.fenced = isFenced(instance);
    around.retiredUntilMs = retiredUntil(instance);
    const auto before = instance.status();
    if (!instance.tell(statusOf(instance, around), now.wallMs)) continue;
    changed = true;
    // The first sight of an instance is no news.
    if (before.sinceMs == 0) continue;
    if (auto what = whatHappened(before, instance.status()); !what.empty())
      effects.emplace_back(effect::Happened{instance.id(), std::move(what)});
  }
  if (auto found = conditionsNow(); found != conditions) {
    conditions = std::move(found);
    changed = true;
  }
  std::vector<message::VolumeOrder> done;
  for (const auto& each : volumeWork)
    if (each.ordered && isDone(each)) done.push_back(each.order);
  if (done != carriedOutTold) {
    carriedOutTold = std::move(done);
    changed = true;
  }
  std::vector<message::VolumeMoveStatus> onTheirWay;
  for (const auto& each : moves)
    if (each.ordered && !each.isDone(volumes)) onTheirWay.push_back(each.status());
  if (onTheirWay != movesTold) {
    movesTold = std::move(onTheirWay);
    changed = true;
  }
  if (changed) effects.emplace_back(effect::Publish{});
}

Reconciler::Reconciler(Policy policy, Memory memory)
    : state_(std::make_unique<State>(std::move(policy), std::move(memory))) {}

Reconciler::~Reconciler() = default;

Effects Reconciler::on(const Event& event, Now now) {
  state_->now = now;
  if (!state_->confirmed) state_->confirmed = now.at;
  state_->effects.clear();
  const auto observed = state_->observed;
  const auto reached = state_->reached;
  std::visit([this](const auto& what) { state_->take(what); }, event);
  state_->decide();
  state_->tell();
  if (observed != state_->observed || reached != state_->reached) state_->effects.emplace_back(effect::Publish{});
  return std::move(state_->effects);
}

bool Reconciler::hasLooked() const { return state_->everLooked; }

std::vector<message::InstanceStatus> Reconciler::instances() const {
  std::vector<message::InstanceStatus> all;
  for (const auto& [uuid, instance] : state_->instances) {
    // A bare directory is told as a condition: nobody knows which node it was for.
    if (instance.id().node.empty() || instance.status().sinceMs == 0) continue;
    all.push_back(instance.status());
  }
  return all;
}

const std::vector<message::VolumeStatus>& Reconciler::volumes() const { return state_->volumes; }
const std::vector<message::VolumeOrder>& Reconciler::carriedOut() const { return state_->carriedOutTold; }
const std::vector<message::VolumeMoveStatus>& Reconciler::volumeMoves() const { return state_->movesTold; }
const std::vector<std::string>& Reconciler::conditions() const { return state_->conditions; }
Epoch Reconciler::epoch() const { return state_->desired.highestEpoch(); }
Generation Reconciler::observed() const { return state_->observed; }
Generation Reconciler::reached() const { return state_->reached; }
std::uint64_t Reconciler::refused() const { return state_->desired.refused(); }

}  // namespace berth::reconcile
