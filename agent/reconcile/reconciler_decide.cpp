// SPDX-License-Identifier: Apache-2.0
//
// Deciding: from what is known to what is to be done now. Runs after every event, so that no event is needed twice.
#include <algorithm>

#include "agent/reconcile/machine.h"
#include "agent/reconcile/reconciler_state.h"

namespace berth::reconcile {
namespace {

void addTo(message::Capacity& sum, const message::NodeSpec& spec) {
  sum.vcpus += spec.vcpus;
  sum.memory += spec.memory;
  sum.disk += spec.disk;
}

void sortUnique(std::vector<Digest>& digests) {
  std::sort(digests.begin(), digests.end());
  digests.erase(std::unique(digests.begin(), digests.end()), digests.end());
}

/// What the cache must keep for a node.
void addUsed(std::vector<Digest>& used, const message::NodeSpec& spec) {
  used.push_back(spec.image.id());
  if (spec.artifacts.empty()) return;
  used.push_back(message::idOf(spec.artifacts));
  for (const auto& artifact : spec.artifacts) used.push_back(artifact.sha256);
}

}  // namespace

void Reconciler::State::decide() {
  persist();
  askForSpecs();
  if (desired.inForce() && missingSpecs().empty()) observed = desired.inForce()->manifest.generation;
  // Without a look that is believed nobody knows what is here, and nothing may be done.
  tellFences();
  if (looks.seen() != 0) {
    sweepRetired();
    for (auto& work : volumeWork) advance(work);
    for (auto& [uuid, instance] : instances) bidFarewell(instance);
    for (auto& work : moves) advance(work);
    giveVolumes();
    for (auto& [uuid, instance] : instances) advance(instance);
    for (auto& [uuid, instance] : instances) watch(instance);
    std::erase_if(instances, [&](const auto& known) {
      const auto& instance = known.second;
      return instance.belonging == Belonging::unexplained && instance.believable(looks.seen()) && !instance.domain &&
             !instance.files;
    });
    updateProgress();
    collectImages();
  }
  if (const auto look = looks.begin(now.at)) effects.emplace_back(effect::LookAtHost{*look});
}

void Reconciler::State::persist() {
  if (!desired.pending() || persisting || !persistRetry.due(now.at)) return;
  persisting = true;
  effects.emplace_back(effect::KeepManifest{*desired.pending()});
}

std::vector<Digest> Reconciler::State::missingSpecs() const {
  std::vector<Digest> missing;
  if (!desired.inForce()) return missing;
  for (const auto& entry : desired.inForce()->manifest.entries)
    if (!specs.contains(entry.spec)) missing.push_back(entry.spec);
  sortUnique(missing);
  return missing;
}

void Reconciler::State::askForSpecs() {
  auto missing = missingSpecs();
  if (missing.empty() || (askedForSpecs && now.at - *askedForSpecs < kAskInterval)) return;
  askedForSpecs = now.at;
  effects.emplace_back(effect::NeedSpecs{std::move(missing)});
}

const message::NodeSpec* Reconciler::State::specOf(const Instance& instance) const {
  if (!instance.spec) return nullptr;
  const auto found = specs.find(*instance.spec);
  return found == specs.end() ? nullptr : &found->second;
}

health::Wants Reconciler::State::wantsOf(const Instance& instance) const {
  const auto* spec = specOf(instance);
  if (spec == nullptr) return {};
  return {spec->probes, spec->wantsSystemdRunning};
}

std::optional<std::string> Reconciler::State::objectionTo(const Instance& instance) const {
  const auto* spec = specOf(instance);
  if (spec == nullptr) return std::nullopt;
  if (spec->node != instance.id().node)
    return "its spec is that of " + spec->node.str() + ", not of " + instance.id().node.str();
  if (auto why = objection(policy, *spec)) return why;
  if (auto why = objectionToVolumes(*spec)) return why;
  if (instance.domain && instance.domain->mark.spec == instance.spec) return std::nullopt;
  if (auto why = objectionToUpdate(instance, *spec)) return why;
  return noRoom(policy, takenBeside(&instance), *spec);
}

std::optional<std::string> Reconciler::State::objectionToVolumes(const message::NodeSpec& spec) const {
  for (const auto& wanted : spec.volumes) {
    for (const auto& here : volumes) {
      if (here.node != spec.node || here.volume.name != wanted.name) continue;
      const auto name = "volume " + wanted.name.str();
      if (here.cluster != spec.cluster) return name + " belongs to cluster " + here.cluster.str() + " on this host";
      if (here.volume.size > wanted.size)
        return name + " has " + here.volume.size.str() + " and is never made smaller (asked for " + wanted.size.str() +
               ")";
    }
  }
  return std::nullopt;
}

std::optional<std::string> Reconciler::State::objectionToUpdate(const Instance& instance,
                                                                const message::NodeSpec& spec) const {
  if (!instance.domain) return std::nullopt;
  const auto& mark = instance.domain->mark;
  const auto machine = machines.find(mark.spec);
  // Domains of older agents do not say it, but then the spec they were made from is still here.
  const auto made = mark.machine || machine == machines.end() ? mark.machine : std::optional(machine->second);
  if (made == machines.at(*instance.spec)) return std::nullopt;
  const auto older = specs.find(mark.spec);
  return "its new spec asks for " +
         (older == specs.end() ? std::string("another machine") : whatTakesAnother(older->second, spec)) +
         ", which takes a new instance";
}

message::Capacity Reconciler::State::takenBeside(const Instance* instance, Counted counted) const {
  message::Capacity taken;
  Bytes& ofVolumes = volumesIn(taken, policy.capacity);
  // Made or still to be made, each counts once, and those of nodes that are gone count too.
  std::map<std::pair<NodeName, VolumeName>, Bytes> disks;
  for (const auto& each : volumes) {
    disks[{each.node, each.volume.name}] = each.volume.size;
    for (const auto& snapshot : each.snapshots) ofVolumes += snapshot.size;
  }
  for (const auto& [uuid, other] : instances) {
    const bool isWanted = counted == Counted::wanted && other.belonging == Belonging::wanted;
    if (&other == instance || (!isWanted && !other.domain && other.believable(looks.seen()))) continue;
    const auto* theirs = specOf(other);
    if (theirs == nullptr) continue;
    addTo(taken, *theirs);
    for (const auto& volume : theirs->volumes) {
      auto& size = disks[{theirs->node, volume.name}];
      size = std::max(size, volume.size);
    }
  }
  const auto* own = instance == nullptr ? nullptr : specOf(*instance);
  for (const auto& [volume, size] : disks) {
    const bool isOwn = own != nullptr && own->node == volume.first &&
                       std::ranges::find(own->volumes, volume.second, &message::Volume::name) != own->volumes.end();
    if (!isOwn) ofVolumes += size;
  }
  return taken;
}

std::vector<std::string> Reconciler::State::pendingOf(const Instance& instance) const {
  const auto* spec = specOf(instance);
  if (spec == nullptr || !instance.running() || !instance.domain->outdated) return {};
  if (instance.domain->mark.spec != instance.spec) return {};
  return atNextBoot(*instance.domain->outdated, *spec);
}

bool Reconciler::State::otherHere(const Instance& instance) const {
  return std::any_of(instances.begin(), instances.end(), [&](const auto& entry) {
    const Instance& other = entry.second;
    if (&other == &instance || other.id().node != instance.id().node) return false;
    return other.domain.has_value() || !other.believable(looks.seen());
  });
}

Stopping Reconciler::State::stoppingOf(const Instance& instance) const {
  // A guest whose first boot hangs has nobody at home to hear the button, and nothing to lose.
  if (instance.trouble(now.at)) return Stopping::overdue;
  if (!instance.askedAt) return hookOf(instance) != nullptr ? Stopping::farewell : Stopping::notAsked;
  const auto* spec = specOf(instance);
  const auto deadline = spec != nullptr ? spec->shutdownDeadline : kShutdownDeadline;
  if (now.at - *instance.askedAt >= deadline) return Stopping::overdue;
  return now.at - instance.askedLast >= kAskAgain ? Stopping::notAsked : Stopping::asked;
}

Situation Reconciler::State::situationOf(const Instance& instance) const {
  Situation is;
  is.belonging = instance.belonging;
  if (instance.domain) is.power = instance.domain->power;
  is.files = instance.files;
  is.rootDisk = instance.rootDisk;
  const auto* spec = specOf(instance);
  is.specUsable = spec != nullptr && !objectionTo(instance);
  is.asSpecified = instance.domain && instance.spec == instance.domain->mark.spec;
  is.imageReady = spec != nullptr && images.ready(spec->image.id());
  is.lacksArtifacts = is.specUsable && !spec->artifacts.empty() && !images.ready(message::idOf(spec->artifacts));
  is.otherHere = otherHere(instance);
  is.hopeless = instance.hopeless(now.at);
  is.updateFails = instance.failedStep == Step::update;
  is.configLeft = instance.configLeft();
  is.leftDown = instance.leftAsIs || instance.givenUp();
  is.stopping = stoppingOf(instance);
  is.manifestHere = desired.inForce().has_value();
  is.fenced = isFenced(instance);
  is.halted = instance.halted;
  return is;
}

bool Reconciler::State::isDone(const VolumeWork& work) const {
  return work.tried && looks.seen() >= work.inDoubtUntil &&
         std::ranges::none_of(volumes, [&](const auto& volume) { return work.isLeft(volume); });
}

const VolumeWork* Reconciler::State::awaitedBy(const Instance& instance) const {
  const auto* spec = specOf(instance);
  if (spec == nullptr) return nullptr;
  const auto found = std::ranges::find_if(volumeWork, [&](const VolumeWork& each) {
    const bool restores = each.order.verb == Verb::restore && each.failure.kind != Failure::Kind::permanent;
    return each.ordered && each.order.node == spec->node && (each.removesVolume() || restores) && !isDone(each) &&
           std::ranges::find(spec->volumes, each.order.volume, &message::Volume::name) != spec->volumes.end();
  });
  return found == volumeWork.end() ? nullptr : &*found;
}

bool Reconciler::State::isWorkedOn(const NodeName& node) const {
  return std::ranges::any_of(volumeWork,
                             [&](const VolumeWork& each) { return each.busy && each.order.node == node; }) ||
         std::ranges::any_of(moves, [&](const MoveWork& each) { return each.busy && each.move.node == node; });
}

void Reconciler::State::advance(VolumeWork& work) {
  if (isWorkedOn(work.order.node) || looks.seen() < work.inDoubtUntil || isDone(work) || !work.retry.due(now.at))
    return;
  const bool waits = std::ranges::any_of(instances, [&](const auto& entry) {
    const Instance& instance = entry.second;
    if (instance.id().node != work.order.node) return false;
    if (!instance.believable(looks.seen())) return true;
    // Whatever may have its disk, or be about to get it, goes first.
    const bool needsIt = work.removesVolume() || work.order.verb == Verb::restore;
    return needsIt && instance.belonging == Belonging::condemned && instance.domain.has_value();
  });
  if (waits || (roomAwaited && work.order.verb == Verb::snapshot)) return;
  work.busy = true;
  work.tried = false;
  effects.emplace_back(effect::CarryOut{work.order, now.wallMs});
}

void Reconciler::State::advance(Instance& instance) {
  // An image can be on its way while the old instance still goes.
  if (instance.belonging == Belonging::wanted && !instance.domain) fetchImageOf(instance);
  if (!instance.believable(looks.seen())) return;
  const auto step = nextStep(situationOf(instance));
  if (step == Step::none) return;
  if (step == Step::fetchImage) return fetchImageOf(instance);
  if (instance.failedStep == step && !instance.retry.due(now.at)) return;
  // Whoever stops or removes it by hand again and again is not fought in a tight loop.
  const bool provides = step == Step::create || step == Step::update;
  const bool revives = step == Step::start || step == Step::create;
  if (provides || revives) {
    const auto* awaited = awaitedBy(instance);
    // One that is to be deleted waits for the domain that has it, and not the other way round.
    if (awaited != nullptr && (provides || !awaited->removesVolume())) return;
    if (isWorkedOn(instance.id().node) || awaitsMove(instance.id().node)) return;
    // What is only kept makes room first.
    if (provides && roomAwaited) return;
  }
  if (revives && !instance.running() && !instance.restart.due(now.at)) return;
  act(instance, step);
}

const message::StopHook* Reconciler::State::hookOf(const Instance& instance) const {
  const auto* spec = specOf(instance);
  const bool isLeft = spec != nullptr && instance.farewell.next < spec->beforeStop.size();
  return isLeft ? &spec->beforeStop[instance.farewell.next] : nullptr;
}

void Reconciler::State::bidFarewell(Instance& instance) {
  const bool goes =
      instance.belonging == Belonging::condemned || (instance.belonging == Belonging::wanted && instance.halted);
  // One that may stay after all, or has been asked to go, starts from the beginning the next time.
  if (!goes || !instance.running() || isFenced(instance)) {
    instance.farewell = {.calling = instance.farewell.calling};
    return;
  }
  auto& farewell = instance.farewell;
  const auto* hook = hookOf(instance);
  if (hook == nullptr || farewell.calling || instance.askedAt || !instance.believable(looks.seen())) return;
  if (farewell.calledAt && now.at - *farewell.calledAt < kAskAgain) return;
  if (!farewell.since) farewell.since = now.at;
  farewell.calledAt = now.at;
  farewell.calling = true;
  effects.emplace_back(effect::CallHook{instance.id().uuid, *hook});
}

void Reconciler::State::fetchImageOf(const Instance& instance) {
  const auto* spec = specOf(instance);
  if (spec == nullptr || objectionTo(instance)) return;
  if (images.beginFetch(spec->image.id(), now.at)) effects.emplace_back(effect::FetchImage{spec->image});
  if (!spec->artifacts.empty() && images.beginFetch(message::idOf(spec->artifacts), now.at))
    effects.emplace_back(effect::FetchArtifacts{spec->artifacts});
}

void Reconciler::State::act(Instance& instance, Step step) {
  if (step == Step::shutdown) {
    if (!instance.askedAt) instance.askedAt = now.at;
    instance.askedLast = now.at;
  }
  const bool isFence = isFenced(instance);
  if (step == Step::powerOff && instance.askedAt && !instance.trouble(now.at) && !isFence)
    effects.emplace_back(effect::Happened{instance.id(), "did not shut down in time; its power is cut"});
  instance.busy = step;
  const bool stays = std::ranges::any_of(instances, [&](const auto& entry) {
    return entry.second.belonging == Belonging::wanted && entry.second.id().node == instance.id().node;
  });
  effect::Act act{step, instance.id(), instance.spec.value_or(Digest()),
                  desired.inForce() ? desired.inForce()->manifest.generation : Generation(),
                  stays ? effect::Act::Node::stays : effect::Act::Node::leaves};
  // One that is created boots for the first time, whatever its domain said.
  if (step == Step::update) act.withoutConfig = instance.domain->mark.withoutConfig;
  if (step == Step::forget) {
    act.withoutConfig = true;
    // It is the same as before, and the same generation brought it here.
    act.generation = instance.domain->mark.generation;
  }
  if (step == Step::remove) act.retires = retire(instance);
  if (const auto* kept = step == Step::create ? revivedBy(instance) : nullptr) act.revives = kept->disk.instance;
  instance.retiring = act.retires.has_value();
  instance.revives = act.revives;
  effects.emplace_back(std::move(act));
}

void Reconciler::State::watch(Instance& instance) {
  if (!instance.running() || instance.busy != Step::none || instance.belonging == Belonging::condemned) return;
  const bool calm = instance.status().phase == message::Phase::ready;
  const auto interval = calm ? kWatchCalmly : kWatchClosely;
  if (auto wants = wantsOf(instance);
      instance.guest.signal && !wants.probes.empty() && !instance.probing &&
      (instance.guest.probes.empty() || !instance.probedAt || now.at - *instance.probedAt >= interval)) {
    instance.probing = true;
    instance.probedAt = now.at;
    instance.guest.probes.resize(wants.probes.size());
    effects.emplace_back(effect::Probe{instance.id().uuid, std::move(wants.probes)});
  }
  const bool silent = !instance.guest.signal || now.at - instance.guest.heardAt > health::kSignalStale;
  if (silent && !instance.readingConsole &&
      (!instance.consoleReadAt || now.at - *instance.consoleReadAt >= kWatchClosely)) {
    instance.readingConsole = true;
    instance.consoleReadAt = now.at;
    effects.emplace_back(effect::ReadConsole{instance.id().uuid, instance.consoleOffset});
  }
}

bool Reconciler::State::isReached() const {
  if (!std::ranges::all_of(volumeWork, [&](const VolumeWork& each) { return isDone(each); })) return false;
  if (!std::ranges::all_of(moves, [&](const MoveWork& each) { return each.isDone(volumes); })) return false;
  return std::all_of(instances.begin(), instances.end(), [&](const auto& entry) {
    const Instance& instance = entry.second;
    switch (instance.belonging) {
      case Belonging::unexplained: return true;
      case Belonging::condemned: return instance.believable(looks.seen()) && !instance.domain && !instance.files;
      case Belonging::wanted:
        return instance.believable(looks.seen()) && (instance.halted ? instance.off() : instance.running()) &&
               instance.domain->mark.spec == instance.spec;
    }
    return false;
  });
}

void Reconciler::State::updateProgress() {
  if (!desired.inForce() || !missingSpecs().empty() || observed == reached || !isReached()) return;
  reached = observed;

  std::vector<Digest> keep;
  for (const auto& [uuid, instance] : instances)
    if (instance.spec) keep.push_back(*instance.spec);
  sortUnique(keep);
  if (keep == specsKept) return;
  const auto isOld = [&](const auto& entry) { return !std::binary_search(keep.begin(), keep.end(), entry.first); };
  std::erase_if(specs, isOld);
  std::erase_if(machines, isOld);
  specsKept = keep;
  effects.emplace_back(effect::ForgetOtherSpecs{std::move(keep)});
}

std::optional<std::vector<Digest>> Reconciler::State::imagesInUse() const {
  // An overlay whose base is removed is a lost guest: one instance of which we do not know the image forbids it all.
  if (!desired.inForce()) return std::nullopt;
  std::vector<Digest> used;
  for (const auto& [uuid, instance] : instances) {
    if (instance.belonging == Belonging::condemned && !instance.domain && !instance.files) continue;
    const auto* spec = specOf(instance);
    if (spec == nullptr) return std::nullopt;
    addUsed(used, *spec);
    // A domain may still have its root disk from an older spec's image.
    if (!instance.domain || instance.domain->mark.spec == instance.spec) continue;
    const auto older = specs.find(instance.domain->mark.spec);
    if (older == specs.end()) return std::nullopt;
    addUsed(used, older->second);
  }
  for (const auto& [uuid, kept] : retired) used.push_back(kept.disk.image);
  sortUnique(used);
  return used;
}

void Reconciler::State::collectImages() {
  if (auto keep = images.collect(imagesInUse(), now.at)) effects.emplace_back(effect::CollectImages{std::move(*keep)});
}

}  // namespace berth::reconcile
