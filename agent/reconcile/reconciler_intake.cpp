// SPDX-License-Identifier: Apache-2.0
//
// Taking events in: what each changes in what the agent knows. Nothing is decided here.
#include <algorithm>
#include <utility>

#include "agent/reconcile/machine.h"
#include "agent/reconcile/reconciler_state.h"

namespace berth::reconcile {

Instance& Reconciler::State::instance(const message::InstanceId& id) {
  const auto found = instances.find(id.uuid);
  if (found != instances.end()) {
    if (found->second.id().node.empty()) found->second.name(id);
    return found->second;
  }
  return instances.emplace(id.uuid, Instance(id)).first->second;
}

void Reconciler::State::sortVolumeWork() {
  for (auto& each : volumeWork) each.ordered = false;
  if (desired.inForce()) {
    for (const auto& order : desired.inForce()->manifest.volumeOrders) {
      const auto found = std::ranges::find(volumeWork, order, &VolumeWork::order);
      if (found != volumeWork.end())
        found->ordered = true;
      else
        volumeWork.push_back({order});
    }
  }
  std::erase_if(volumeWork, [](const VolumeWork& each) { return !each.ordered && !each.busy; });
}

void Reconciler::State::sort() {
  sortVolumeWork();
  sortMoves();
  for (auto& [uuid, instance] : instances) instance.belonging = Belonging::unexplained;
  if (!desired.inForce()) return;
  const auto& manifest = desired.inForce()->manifest;
  for (const auto& entry : manifest.entries) {
    auto& wanted = instance(entry.instance);
    // The same UUID under another node's name is a mistake that must not cost anybody a guest.
    wanted.mistaken = wanted.mistaken || wanted.id() != entry.instance;
    if (wanted.mistaken) continue;
    wanted.belonging = Belonging::wanted;
    wanted.halt(entry.halted);
    // Another spec is a new chance for what the last one could not be made from, or could not run with.
    if (wanted.spec && wanted.spec != entry.spec) wanted.beginAnew();
    if (wanted.spec != entry.spec) wanted.retry.reset(), wanted.failedStep = Step::none;
    wanted.spec = entry.spec;
  }
  for (const auto& tombstone : manifest.tombstones) {
    auto& condemned = instance(tombstone.instance);
    condemned.mistaken = condemned.mistaken || condemned.id() != tombstone.instance;
    if (!condemned.mistaken) condemned.belonging = Belonging::condemned;
  }
}

void Reconciler::State::take(const event::ManifestCame& event) { (void)desired.offer(event.epoch, event.manifest); }

void Reconciler::State::take(const event::EpochSeen& event) { desired.sawEpoch(event.epoch); }

void Reconciler::State::take(const event::ManifestKept& event) {
  persisting = false;
  persistRetry.reset();
  persistError.clear();
  desired.kept(event.epoch, event.generation);
  sort();
  askedForSpecs.reset();
}

void Reconciler::State::take(const event::ManifestNotKept& event) {
  persisting = false;
  persistRetry.failed(now.at);
  persistError = event.reason;
}

void Reconciler::State::take(const event::SpecsKept& event) {
  for (const auto& [digest, spec] : event.specs) {
    auto& kept = specs[digest] = spec;
    machines[digest] = machineOf(spec);
    // Only the one who makes the instance needs the config, and reads it from disk: it can be large, and is secret.
    kept.ignition.clear();
    kept.ignition.shrink_to_fit();
  }
}

void Reconciler::State::take(const event::SessionBegan&) { askedForSpecs.reset(); }

void Reconciler::State::take(const event::HostMeasured& event) {
  policy.capacity = offered(event.machine, policy.overcommit, wish);
  nearlyFull = event.free && event.free->count() < event.machine.disk.count() / kFreeShare;
}

void Reconciler::State::take(const event::Looked& event) {
  if (!looks.answered(event.look)) return;
  everLooked = true;
  std::map<Uuid, hypervisor::Domain> domains;
  std::map<Uuid, HostLook::Files> directories;
  for (const auto& domain : event.host.domains) domains[domain.mark.instance.uuid] = domain;
  for (const auto& files : event.host.files) directories[files.instance] = files;

  volumesChanged = volumesChanged || volumes != event.host.volumes;
  volumes = event.host.volumes;
  poolTrouble = event.host.poolTrouble;
  for (const auto& [uuid, domain] : domains) instance(domain.mark.instance);
  for (const auto& [uuid, files] : directories) {
    // A directory alone does not say which node it was for.
    if (!instances.contains(uuid)) instance({NodeName(), uuid});
  }
  for (auto& [uuid, known] : instances) {
    if (!known.believable(event.look)) continue;
    std::optional<hypervisor::Domain> domain;
    if (const auto found = domains.find(uuid); found != domains.end()) domain = found->second;
    known.mistaken = domain && domain->mark.instance != known.id();
    if (known.mistaken) {
      known.inDoubtUntil = looks.next();
      continue;
    }
    const bool firstSight = !known.domain && domain;
    // Nothing of ours was under way, or this look were not believed.
    const bool isRemoved = known.domain && !domain && known.belonging == Belonging::wanted;
    const auto found = remembered.find(uuid);
    const auto* spec = specOf(known);
    // What went down while no agent was there may have been fenced: that is not told from a hand.
    const bool mayBeFence = found != remembered.end() && spec != nullptr && spec->lossGrace.count() != 0;
    if (spec != nullptr) known.drift = mayBeFence ? message::Drift::heal : spec->drift;
    const auto files = directories.find(uuid);
    const bool hasFiles = files != directories.end();
    known.see(domain, hasFiles, hasFiles && files->second.rootDisk, now.at);
    known.configFile = hasFiles && files->second.config;
    if (isRemoved && !known.leftAsIs && !known.givenUp())
      effects.emplace_back(
          effect::Happened{known.id(), "somebody on the host removed its domain; it is made again, with its disks"});
    if (!known.spec && domain) known.spec = domain->mark.spec;
    if (found == remembered.end()) continue;
    if (firstSight)
      known.remember(found->second, wantsOf(known), now.at);
    else if (!domain && known.belonging == Belonging::wanted)
      known.recall(found->second, now.at);
    remembered.erase(found);
  }
  seeRetired(event.host, event.look);
  sort();
}

void Reconciler::State::take(const event::LookFailed& event) { looks.failed(event.look, event.reason); }

void Reconciler::State::take(const event::HypervisorStirred&) { looks.want(); }

void Reconciler::State::take(const event::GuestSaid& event) {
  const auto found = instances.find(event.instance);
  if (found == instances.end() || !found->second.running()) return;
  auto signal = health::parseSignal(event.line);
  if (!signal) return;
  auto& guest = found->second.guest;
  // After a reboot every probe has to answer anew.
  if (guest.signal && guest.signal->bootId != signal->bootId) guest.probes.clear();
  guest.signal = std::move(signal);
  guest.heardAt = now.at;
  found->second.console = {};
  found->second.rememberedTrouble.reset();
}

void Reconciler::State::take(const event::Probed& event) {
  const auto found = instances.find(event.instance);
  if (found == instances.end()) return;
  auto& known = found->second;
  known.probing = false;
  if (!known.guest.signal) return;
  known.guest.probes.resize(wantsOf(known).probes.size());
  for (std::size_t i = 0; i < event.errors.size() && i < known.guest.probes.size(); ++i) {
    if (event.errors[i])
      known.guest.probes[i].missed(*event.errors[i]);
    else
      known.guest.probes[i].answered();
  }
}

void Reconciler::State::take(const event::HookAnswered& event) {
  const auto found = instances.find(event.instance);
  if (found == instances.end() || !std::exchange(found->second.farewell.calling, false)) return;
  Instance& known = found->second;
  const auto* hook = hookOf(known);
  if (hook == nullptr) return;
  const bool isOver = known.farewell.since && now.at - *known.farewell.since >= hook->deadline;
  if (event.error && !isOver) return;
  if (event.error) {
    effects.emplace_back(effect::Happened{known.id(), "before it stops, " + hook->url + " was asked in vain: " +
                                                          *event.error + "; it is shut down all the same"});
  }
  known.farewell = {.next = known.farewell.next + 1};
}

void Reconciler::State::take(const event::ConsoleRead& event) {
  const auto found = instances.find(event.instance);
  if (found == instances.end()) return;
  auto& known = found->second;
  known.readingConsole = false;
  // What was read before a start and arrives after it is of the boot before.
  if (known.busy == Step::start || (known.consoleOffset && event.end < *known.consoleOffset)) return;
  known.consoleOffset = event.end;
  known.console.feed(event.data);
}

Instance* Reconciler::State::endOf(const Uuid& uuid, Step step) {
  const auto found = instances.find(uuid);
  if (found == instances.end() || found->second.busy != step) return nullptr;
  found->second.busy = Step::none;
  found->second.inDoubtUntil = looks.next();
  looks.want();
  return &found->second;
}

void Reconciler::State::take(const event::Acted& event) {
  auto* known = endOf(event.instance, event.step);
  if (known == nullptr) return;
  if (known->failedStep == event.step) {
    known->failedStep = Step::none;
    known->retry.reset();
  }
  if (std::exchange(known->retiring, false))
    effects.emplace_back(
        effect::Happened{known->id(), "its root disk is kept until the new instance has proved itself, or for a day"});
  if (endRevival(*known))
    effects.emplace_back(effect::Happened{known->id(), "is made from the root disk that its node had before"});
  if (event.step != Step::start) return;
  if (known->ran) {
    ++known->restarts;
    effects.emplace_back(effect::Happened{
        known->id(), "started again, time " + std::to_string(known->restarts) + ", after it stopped by itself"});
  }
  known->beginBoot(now.at, event.consoleEnd);
}

void Reconciler::State::take(const event::ActFailed& event) {
  auto* known = endOf(event.instance, event.step);
  if (known == nullptr) return;
  if (known->failedStep != event.step) known->retry.reset();
  if (event.step == Step::forget && known->retry.failures() == 0)
    effects.emplace_back(
        effect::Happened{known->id(), "its Ignition config is still on this host: " + event.failure.reason});
  known->failedStep = event.step;
  known->failure = event.failure;
  known->retiring = false;
  (void)endRevival(*known);
  // What must not run here any more is tried again and again.
  if (isFenced(*known)) known->retry.reset();
  if (event.failure.kind == Failure::Kind::permanent)
    known->retry.failedFor(now.at, kPermanentRetry);
  else
    known->retry.failed(now.at);
  // Perhaps somebody removed what it needs: asking for an image that is there costs nothing, and for artifacts not
  // much.
  const auto* spec = specOf(*known);
  if (spec == nullptr) return;
  if (event.step == Step::create) images.doubt(spec->image.id());
  const bool needsArtifacts = event.step == Step::create || event.step == Step::update || event.step == Step::forget ||
                              event.step == Step::start;
  if (needsArtifacts && !spec->artifacts.empty()) images.doubt(message::idOf(spec->artifacts));
}

void Reconciler::State::take(const event::ImageProgress& event) {
  images.progressed(event.image, event.fetched, event.expected);
}
void Reconciler::State::take(const event::ImageReady& event) { images.arrived(event.image); }
void Reconciler::State::take(const event::ImageFailed& event) { images.failed(event.image, event.failure, now.at); }
void Reconciler::State::take(const event::ImagesCollected&) { images.collected(); }
void Reconciler::State::take(const event::Tick&) {}

void Reconciler::State::take(const event::CarriedOut& event) {
  const auto found = std::ranges::find(volumeWork, event.order, &VolumeWork::order);
  if (found == volumeWork.end()) return;
  found->busy = false;
  found->tried = true;
  found->failure = {};
  found->retry.reset();
  found->inDoubtUntil = looks.next();
  looks.want();
  sortVolumeWork();
}

void Reconciler::State::take(const event::NotCarriedOut& event) {
  const auto found = std::ranges::find(volumeWork, event.order, &VolumeWork::order);
  if (found == volumeWork.end()) return;
  found->busy = false;
  found->tried = false;
  found->failure = event.failure;
  if (event.failure.kind == Failure::Kind::permanent)
    found->retry.failedFor(now.at, kPermanentRetry);
  else
    found->retry.failed(now.at);
  looks.want();
  sortVolumeWork();
}

}  // namespace berth::reconcile
