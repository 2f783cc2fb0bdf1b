// SPDX-License-Identifier: Apache-2.0
//
// What the agent's hands would do, in parts as small as a crash can tell apart, and what must hold after each.
#include <algorithm>

#include "agent/reconcile/instance.h"
#include "agent/reconcile/machine.h"
#include "agent/reconcile/retired_work.h"
#include "tests/simulation/agent_model.h"

namespace berth::simulation {
namespace {

using namespace std::chrono_literals;
using hypervisor::Power;
using reconcile::Step;
namespace effect = reconcile::effect;
namespace event = reconcile::event;

constexpr auto kShutdownTime = 3s;

const char* const kIgnitionFailure =
    "[    0.000000] Linux version 6.9\nignition[6]: CRITICAL : failed to fetch config: no\n"
    "Ignition has failed. Please ensure your config is valid.\n";

std::string nameOf(const message::InstanceId& id) {
  if (id.node.empty()) return id.uuid.str();
  for (unsigned incarnation = 1; incarnation < 1000; ++incarnation)
    if (instanceOf({id.node.str(), incarnation}).uuid == id.uuid)
      return id.node.str() + "/" + std::to_string(incarnation);
  return id.uuid.str();
}

hypervisor::Hardware hardwareOf(const message::NodeSpec& spec) {
  hypervisor::Hardware has{spec.vcpus, spec.memory, {}};
  for (const auto& volume : spec.volumes) has.volumes.push_back({volume.name, volume.name.str()});
  return has;
}

Fate fateIn(const message::NodeSpec& spec) {
  const auto says = [&](const char* word) { return spec.ignition.find(word) != std::string::npos; };
  if (says("fate-mute")) return Fate::mute;
  if (says("fate-ignition")) return Fate::ignition;
  return says("fate-crashes") ? Fate::crashes : Fate::well;
}

event::ActFailed failed(const effect::Act& act, const char* why) {
  return {act.instance.uuid, act.step, {reconcile::Failure::Kind::temporary, why}};
}

}  // namespace

void AgentModel::happen(const reconcile::Event& event) {
  if (!mind_) return;
  for (auto& effect : mind_->on(event, now_)) {
    if (const auto* act = std::get_if<effect::Act>(&effect)) checkAct(*act);
    if (const auto* dropped = std::get_if<effect::DropRetired>(&effect)) checkDrop(dropped->instance);
    if (const auto* what = std::get_if<effect::Happened>(&effect)) {
      // It is started once more then, whatever it did before its power was cut.
      if (const auto guest = guests.find(what->instance.uuid);
          guest != guests.end() && what->message == "is confirmed again to belong here")
        guest->second.bootsInARow -= std::min(guest->second.bootsInARow, 1u);
      if (outside_ != nullptr)
        outside_->happened(what->instance, what->message);
      else
        happened.push_back(nameOf(what->instance) + ": " + what->message);
    } else if (const auto* keep = std::get_if<effect::KeepConfirmed>(&effect)) {
      confirmed = keep->at;
    } else if (std::holds_alternative<effect::Publish>(effect)) {
      toldStale_ = true;
      if (outside_ != nullptr)
        outside_->publish();
      else
        rememberTold();
    } else {
      pending_.push_back({std::move(effect), 0, {}, {}});
    }
  }
  check();
}

void AgentModel::rememberTold() {
  if (mind_ && mind_->hasLooked() && toldStale_) told = mind_->instances();
  toldStale_ = false;
}

void AgentModel::perform(std::size_t index) {
  // Taken out while it runs: what it brings about may add to the queue.
  auto pending = std::move(pending_[index]);
  pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(index));
  const bool isThrough = part(pending);
  checkConfigs();
  if (isThrough) return;
  ++pending.progress;
  pending_.push_front(std::move(pending));
}

bool AgentModel::part(Pending& pending) {
  if (pending.specs) return keepSpecs(*pending.specs), true;
  const auto& effect = pending.effect;
  if (const auto* keep = std::get_if<effect::KeepManifest>(&effect)) {
    this->keep(*keep);
  } else if (const auto* need = std::get_if<effect::NeedSpecs>(&effect)) {
    if (outside_ != nullptr) return outside_->ask(need->digests), true;
    if (controllerAway) return true;
    std::map<Digest, message::NodeSpec> specs;
    for (const auto& digest : need->digests)
      if (catalogue_.contains(digest)) specs[digest] = catalogue_[digest];
    specsCame(specs);
  } else if (const auto* forget = std::get_if<effect::ForgetOtherSpecs>(&effect)) {
    std::erase_if(keptSpecs, [&](const auto& spec) {
      return std::find(forget->keep.begin(), forget->keep.end(), spec.first) == forget->keep.end();
    });
  } else if (const auto* look = std::get_if<effect::LookAtHost>(&effect)) {
    // A look takes its time, and what happens meanwhile is not in it.
    if (pending.progress == 0) {
      pending.seen = lookAround();
      if (outside_ != nullptr) return false;
    }
    if (!pending.seen) return happen(event::LookFailed{look->look, "no socket"}), true;
    wasFull_ = diskFull;
    happen(event::HostMeasured{measured().capacity, diskFull ? Bytes() : policy.capacity.disk});
    happen(event::Looked{look->look, *std::move(pending.seen)});
  } else if (const auto* act = std::get_if<effect::Act>(&effect)) {
    return partOfAct(*act, pending.progress);
  } else if (const auto* dropped = std::get_if<effect::DropRetired>(&effect)) {
    dropRetired(dropped->instance);
  } else if (const auto* wanted = std::get_if<effect::CarryOut>(&effect)) {
    carryOut(*wanted);
  } else if (const auto* taken = std::get_if<effect::TakeVolume>(&effect)) {
    return takeVolume(taken->move, pending);
  } else if (const auto* left = std::get_if<effect::LeaveVolume>(&effect)) {
    leaveVolume(left->move);
  } else if (const auto* may = std::get_if<effect::GiveVolumes>(&effect)) {
    given = may->moves;
  } else if (const auto* fetch = std::get_if<effect::FetchImage>(&effect)) {
    const auto id = fetch->image.id();
    if (pending.progress == 0) return happen(event::ImageProgress{id, 1, 2}), false;
    if (failImage)
      if (auto failure = failImage(fetch->image)) return happen(event::ImageFailed{id, *failure}), true;
    images.insert(id);
    happen(event::ImageReady{id});
  } else if (const auto* set = std::get_if<effect::FetchArtifacts>(&effect)) {
    const auto id = message::idOf(set->artifacts);
    if (failImage)
      if (auto failure = failImage({})) return happen(event::ImageFailed{id, *failure}), true;
    // One after the other, then all of them as one.
    if (pending.progress < set->artifacts.size()) return images.insert(set->artifacts[pending.progress].sha256), false;
    images.insert(id);
    happen(event::ImageReady{id});
  } else if (const auto* collect = std::get_if<effect::CollectImages>(&effect)) {
    ++collections;
    const std::set<Digest> used(collect->used.begin(), collect->used.end());
    std::erase_if(images, [&](const Digest& image) { return !used.contains(image); });
    for (const auto& [uuid, guest] : guests)
      if (lacksArtifacts(guest.domain.mark.spec))
        violated("I11: the artifacts of " + nameOf(guest.domain.mark.instance) + " are collected");
    happen(event::ImagesCollected{});
  } else if (const auto* call = std::get_if<effect::CallHook>(&effect)) {
    happen(event::HookAnswered{call->instance, failHook ? failHook(call->hook) : std::nullopt});
  } else if (const auto* probe = std::get_if<effect::Probe>(&effect)) {
    std::vector<std::optional<std::string>> errors;
    for (const auto& one : probe->probes) errors.push_back(failProbe ? failProbe(one) : std::nullopt);
    happen(event::Probed{probe->instance, errors});
  } else if (const auto* read = std::get_if<effect::ReadConsole>(&effect)) {
    const auto found = guests.find(read->instance);
    const std::string text = found == guests.end() ? "" : found->second.console;
    const auto from = std::min<std::uint64_t>(read->offset.value_or(0), text.size());
    happen(event::ConsoleRead{read->instance, text.substr(from), text.size()});
  }
  return true;
}

void AgentModel::keep(const effect::KeepManifest& keep) {
  if (diskFull) return happen(event::ManifestNotKept{"no space left on device"});
  // The first one is kept, so that there is something to fall back to.
  if (flaw != Flaw::forgetsManifests || !kept) kept = keep.manifest;
  forgetHands();
  // Whoever is switched off or wanted otherwise begins anew.
  for (const auto& entry : kept->manifest.entries) {
    const auto guest = guests.find(entry.instance.uuid);
    if (guest != guests.end() && (entry.halted || entry.spec != guest->second.domain.mark.spec))
      guest->second.bootsInARow = 0;
  }
  ++touched_;
  happen(event::ManifestKept{keep.manifest.epoch, keep.manifest.manifest.generation});
}

void AgentModel::specsCame(const std::map<Digest, message::NodeSpec>& specs) {
  if (outside_ == nullptr) return keepSpecs(specs);
  pending_.push_back({effect::KeepManifest{}, 0, {}, specs});
}

void AgentModel::keepSpecs(const std::map<Digest, message::NodeSpec>& specs) {
  if (diskFull) return;
  for (const auto& [digest, spec] : specs) keptSpecs[digest] = spec;
  happen(event::SpecsKept{forMind(specs)});
}

std::optional<reconcile::HostLook> AgentModel::lookAround() {
  ++looks;
  if (hypervisorDown) return std::nullopt;
  reconcile::HostLook host;
  for (const auto& [uuid, guest] : guests) host.domains.push_back(guest.domain);
  for (const auto& [uuid, own] : files) host.files.push_back({uuid, own.rootDisk, own.config});
  for (const auto& [name, volume] : volumes) host.volumes.push_back(volume);
  for (const auto& [uuid, own] : retired) host.retired.push_back(own.disk);
  return host;
}

// ---- operations -----------------------------------------------------------------------------------------------------

bool AgentModel::partOfAct(const effect::Act& act, unsigned progress) {
  const auto uuid = act.instance.uuid;
  ++touched_;
  if (progress == 0) {
    if (outside_ != nullptr)
      outside_->acts(act);
    else
      acts.push_back(std::string(toString(act.step)) + " " + nameOf(act.instance));
    auto failure = failAct ? failAct(act) : std::nullopt;
    if (!failure && hypervisorDown) failure = reconcile::Failure{reconcile::Failure::Kind::temporary, "no socket"};
    if (failure) return happen(event::ActFailed{uuid, act.step, *failure}), true;
  }
  std::uint64_t consoleEnd = 0;
  const auto found = guests.find(uuid);
  switch (act.step) {
    case Step::none:
    case Step::fetchImage: break;
    case Step::create:
    case Step::update:
    case Step::forget:
      if (specAt(act.spec) == nullptr) return happen(failed(act, "its spec is not here")), true;
      if (lacksArtifacts(act.spec)) return happen(failed(act, "its artifacts are not here any more")), true;
      if (act.step != Step::create && found == guests.end())
        return happen(failed(act, "somebody has removed it")), true;
      if (act.step == Step::create && !create(act, progress)) return false;
      if (act.step == Step::update && !update(act, progress)) return false;
      if (act.step == Step::forget && !forget(act, progress)) return false;
      break;
    case Step::start:
      if (found == guests.end() || !files.contains(uuid) || !files[uuid].rootDisk)
        return happen(failed(act, "no disk")), true;
      if (lacksArtifacts(found->second.domain.mark.spec)) return happen(failed(act, "no artifacts")), true;
      if (!found->second.domain.mark.withoutConfig && !files[uuid].config)
        return happen(failed(act, "no Ignition config")), true;
      if (flaw == Flaw::startsNothing && found->second.boot != 0) return happen(failed(act, "no will")), true;
      consoleEnd = found->second.console.size();
      beginBootOf(found->second);
      break;
    case Step::shutdown: {
      const bool hears = !deaf && !deafNodes.contains(act.instance.node.str());
      if (found != guests.end() && hears && !found->second.shutsDownAt)
        found->second.shutsDownAt = now_.at + kShutdownTime;
      if (found != guests.end()) found->second.bootsInARow = 0;
      break;
    }
    case Step::powerOff:
      if (found != guests.end()) {
        found->second.domain.power = Power::shutOff;
        found->second.domain.reason = "destroyed";
        found->second.shutsDownAt.reset();
        found->second.bootsInARow = 0;
      }
      break;
    case Step::remove:
      if (!remove(act, progress)) return false;
      break;
  }
  check();
  happen(event::Acted{uuid, act.step, consoleEnd});
  return true;
}

void AgentModel::beginBootOf(Guest& guest) {
  if (guest.domain.power == Power::running) return;
  guest.domain.power = Power::running;
  guest.domain.reason = "booted";
  guest.has = guest.defined;
  guest.domain.outdated.reset();
  guest.startedAt = now_.at;
  guest.saidAt = TimePoint::min();
  guest.shutsDownAt.reset();
  guest.boot = ++lastBoot_;
  if (++guest.bootsInARow > reconcile::kMostRestarts + 1)
    violated("I7: " + nameOf(guest.domain.mark.instance) + " goes down again and again, and is started without an end");
  mountVolumes(guest);
  if (fateOf(guest) == Fate::ignition) guest.console += kIgnitionFailure;
}

void AgentModel::mountVolumes(const Guest& guest) {
  for (const auto& volume : guest.has.volumes) {
    const std::pair name(guest.domain.mark.instance.node, volume.name);
    auto& data = written[name];
    data = writes ? writes(name, data) : data + 1;
  }
}

const message::NodeSpec* AgentModel::specAt(const Digest& digest) const {
  const auto& shelf = outside_ != nullptr ? keptSpecs : catalogue_;
  const auto found = shelf.find(digest);
  return found == shelf.end() ? nullptr : &found->second;
}

/// Directory, root disk, volumes, Ignition config, domain.
bool AgentModel::create(const effect::Act& act, unsigned progress) {
  const auto uuid = act.instance.uuid;
  if (progress == 0) {
    files.try_emplace(uuid);
    if (flaw == Flaw::reformatsVolumes)
      for (const auto& [name, volume] : volumes)
        if (name.first == act.instance.node) ++formats[name];
    return false;
  }
  if (progress == 1) {
    if (!makeRootDisk(act)) return happen(failed(act, "the root disk is not there any more")), true;
    return false;
  }
  if (provideVolume(act)) return false;
  if (!files[uuid].config) return files[uuid].config = true, false;
  return define(act), true;
}

bool AgentModel::makeRootDisk(const effect::Act& act) {
  auto& own = files[act.instance.uuid];
  if (own.rootDisk) return true;
  own = {true, own.config, act.instance.uuid, specAt(act.spec)->disk};
  if (!act.revives || flaw == Flaw::revivesNothing) return true;
  const auto former = retired.find(*act.revives);
  if (former == retired.end() || !former->second.disk.isThere) return own = {false, own.config}, false;
  own.origin = former->second.origin;
  // Its label stays until it is swept.
  former->second.disk.isThere = false;
  return true;
}

void AgentModel::dropRetired(const Uuid& instance) {
  ++touched_;
  if (failDrop && failDrop())
    return happen(event::RetiredNotDropped{instance, {reconcile::Failure::Kind::temporary, "input/output error"}});
  for (const auto& pending : pending_) {
    const auto* act = std::get_if<effect::Act>(&pending.effect);
    if (act != nullptr && act->revives == instance)
      violated("I9: a root disk is deleted that " + act->instance.node.str() + " is made from");
  }
  if (flaw != Flaw::dropsNothing) retired.erase(instance);
  happen(event::RetiredDropped{instance});
}

/// Volumes, then the domain.
bool AgentModel::update(const effect::Act& act, unsigned) {
  if (provideVolume(act)) return false;
  return define(act), true;
}

/// The domain, then the Ignition config.
bool AgentModel::forget(const effect::Act& act, unsigned progress) {
  const bool defines = (progress == 0) == (flaw != Flaw::removesConfigFirst);
  if (defines) {
    define(act);
  } else {
    files[act.instance.uuid].config = false;
  }
  return progress != 0;
}

std::string AgentModel::configLeft() const {
  for (const auto& [uuid, guest] : guests) {
    const bool isUp = guest.domain.power == Power::running && guest.saidAt != TimePoint::min();
    const bool isLeft = !guest.domain.mark.withoutConfig || (files.contains(uuid) && files.at(uuid).config);
    if (isUp && isLeft) return nameOf(guest.domain.mark.instance);
  }
  return "";
}

bool AgentModel::provideVolume(const effect::Act& act) {
  const auto& spec = *specAt(act.spec);
  for (const auto& wanted : spec.volumes) {
    const auto [here, isNew] = volumes.try_emplace({spec.node, wanted.name});
    if (isNew) {
      formats[here->first] = 1;
      here->second.since = act.generation;
    }
    if (here->second.volume == wanted) continue;
    here->second = {spec.cluster, spec.node, wanted, here->second.since, here->second.snapshots};
    return true;
  }
  return false;
}

void AgentModel::carryOut(const effect::CarryOut& wanted) {
  using Verb = message::VolumeOrder::Verb;
  const auto& order = wanted.order;
  ++touched_;
  auto failure = failOrder ? failOrder(order) : std::nullopt;
  const std::pair name(order.node, order.volume);
  const auto here = volumes.find(name);
  const auto& orders = kept ? kept->manifest.volumeOrders : newest.volumeOrders;
  // A copy does no harm that nobody wants any more; nor does a second try, still under way when its order ended, where
  // the first has left nothing to do.
  const bool isLeft = here != volumes.end() && here->second.since <= order.at;
  const auto past = restored.find(name);
  const bool isRestored = past != restored.end() && !past->second.empty() && past->second.back() >= order.at;
  const bool isIdle = order.verb == Verb::restore ? isRestored : order.snapshot.empty() && !isLeft;
  if (order.verb != Verb::snapshot && !isIdle && std::ranges::find(orders, order) == orders.end())
    violated("I2: something is done with volume " + order.volume.str() + " of " + order.node.str() +
             " without an order");
  const bool needsIt = order.verb == Verb::restore || (order.verb == Verb::remove && order.snapshot.empty());
  if (!failure && needsIt && here != volumes.end() && here->second.since <= order.at) failure = whoHas(order);
  if (failure) return happen(event::NotCarriedOut{order, *failure});
  switch (order.verb) {
    case Verb::remove:
      if (const auto half = arriving.find(name);
          order.snapshot.empty() && half != arriving.end() && half->second.at <= order.at)
        arriving.erase(half);
      if (!order.snapshot.empty()) {
        if (here != volumes.end())
          std::erase_if(here->second.snapshots,
                        [&](const auto& each) { return each.name == order.snapshot && each.since <= order.at; });
      } else if (here != volumes.end() && here->second.since <= order.at) {
        auto gone = here;
        if (flaw == Flaw::deletesAnotherVolume)
          gone = here == volumes.begin() ? std::prev(volumes.end()) : volumes.begin();
        const auto which = gone->first;
        volumes.erase(gone);
        written.erase(which);
        formats.erase(which);
        largest_.erase(which);
        restored.erase(which);
      }
      break;
    case Verb::snapshot:
      if (here == volumes.end())
        return happen(event::NotCarriedOut{order, {reconcile::Failure::Kind::permanent, "the volume is not here"}});
      if (std::ranges::find(here->second.snapshots, order.snapshot, &message::SnapshotStatus::name) ==
          here->second.snapshots.end())
        here->second.snapshots.push_back(
            {order.snapshot, wanted.wallMs, here->second.volume.size, here->second.volume.size, order.at});
      break;
    case Verb::restore:
      if (here == volumes.end())
        return happen(event::NotCarriedOut{order, {reconcile::Failure::Kind::permanent, "the volume is not here"}});
      if (restored[name].empty() || restored[name].back() < order.at) restored[name].push_back(order.at);
      break;
  }
  happen(event::CarriedOut{order});
}

/// Made ready, copied in some pieces, compared, put in its place. What has come outlives the agent.
bool AgentModel::takeVolume(const message::VolumeMove& move, Pending& pending) {
  constexpr unsigned kPieces = 12;
  using Kind = reconcile::Failure::Kind;
  const std::pair name(move.node, move.volume);
  const auto fail = [&](Kind kind, const char* why) { return happen(event::VolumeNotTaken{move, {kind, why}}), true; };
  if (const auto here = volumes.find(name); here != volumes.end()) {
    if (here->second.since == move.at) return happen(event::VolumeTaken{move}), true;
    return fail(Kind::permanent, "another volume of that name is here");
  }
  ++touched_;
  if (diskFull) return fail(Kind::temporary, "no space left on device");
  const auto read = readPeer ? readPeer(move) : std::nullopt;
  if (!read) return fail(Kind::temporary, "the other host does not answer");
  auto& half = arriving[name];
  if (half.at != move.at) half = {move.at, 0, *read, false};
  if (half.pieces < kPieces && flaw != Flaw::comparesNothing) {
    ++half.pieces;
    half.spoilt = half.spoilt || (spoilsPiece && spoilsPiece());
    happen(event::VolumeProgress{move, half.pieces, 0, kPieces});
    return false;
  }
  if (flaw != Flaw::comparesNothing && (half.spoilt || half.data != *read)) {
    half = {move.at, 0, *read, false};
    // Not for ever in one go.
    return ++pending.progress > 100 ? fail(Kind::temporary, "it differs, time and again") : false;
  }
  formats[name] = 1;
  written[name] = flaw == Flaw::comparesNothing ? 0 : half.data;
  volumes[name] = {move.cluster, move.node, {move.volume, move.size, true}, move.at, {}};
  arriving.erase(name);
  happen(event::VolumeTaken{move});
  return true;
}

void AgentModel::leaveVolume(const message::VolumeMove& move) {
  const auto ended = std::erase_if(pending_, [&](const Pending& pending) {
    const auto* taken = std::get_if<effect::TakeVolume>(&pending.effect);
    return taken != nullptr && taken->move == move;
  });
  if (ended != 0) happen(event::VolumeNotTaken{move, {reconcile::Failure::Kind::temporary, "given up"}});
}

std::optional<std::uint64_t> AgentModel::giveTo(const message::VolumeMove& taken) const {
  const std::pair name(taken.node, taken.volume);
  const bool isGiven = std::ranges::any_of(given, [&](const message::VolumeMove& each) {
    return each.node == taken.node && each.volume == taken.volume && each.at == taken.at;
  });
  const bool isUsed = std::ranges::any_of(
      guests, [&](const auto& guest) { return guest.second.domain.mark.instance.node == taken.node; });
  const auto data = written.find(name);
  if (!agentRuns() || !isGiven || isUsed || !volumes.contains(name)) return std::nullopt;
  return data == written.end() ? 0 : data->second;
}

/// A guest that keeps the order from being carried out.
std::optional<reconcile::Failure> AgentModel::whoHas(const message::VolumeOrder& order) const {
  const auto has = [&](const hypervisor::Hardware& hardware) {
    return std::ranges::find(hardware.volumes, order.volume, &hypervisor::Disk::name) != hardware.volumes.end();
  };
  const bool onlyRunning = order.verb == message::VolumeOrder::Verb::restore;
  for (const auto& [uuid, guest] : guests) {
    if (guest.domain.mark.instance.node != order.node) continue;
    const bool runs = guest.domain.power == Power::running || guest.domain.power == Power::paused;
    if ((runs && has(guest.has)) || (!onlyRunning && has(guest.defined)))
      return reconcile::Failure{reconcile::Failure::Kind::temporary, "a guest has it"};
  }
  return std::nullopt;
}

bool AgentModel::lacksArtifacts(const Digest& spec) const {
  const auto* of = specAt(spec);
  return of != nullptr && !of->artifacts.empty() && !images.contains(message::idOf(of->artifacts));
}

void AgentModel::define(const effect::Act& act) {
  const auto& spec = *specAt(act.spec);
  auto& guest = guests[act.instance.uuid];
  auto& mark = guest.domain.mark;
  if (mark.machine && *mark.machine != reconcile::machineOf(spec))
    violated("another machine under the same instance: " + nameOf(act.instance));
  if (act.revives && files[act.instance.uuid].origin == act.instance.uuid)
    violated("I9: " + act.instance.node.str() + " got a new root disk, and one was kept that it was to be made from");
  mark = {Uuid(), spec.cluster, act.instance, act.generation, act.spec, reconcile::machineOf(spec), act.withoutConfig};
  guest.defined = hardwareOf(spec);
  guest.fate = fateIn(spec);
  // What is only forgotten is no new beginning.
  if (act.step != Step::forget) guest.bootsInARow = 0;
  const bool runs = guest.domain.power == Power::running || guest.domain.power == Power::paused;
  if (runs && guest.has != guest.defined) guest.domain.outdated = guest.has;
}

/// Its root disk is kept, where that is wanted; then domain, root disk, directory.
bool AgentModel::remove(const effect::Act& act, unsigned progress) {
  const auto uuid = act.instance.uuid;
  if (act.retires && progress == 0) {
    if (const auto own = files.find(uuid); own != files.end() && own->second.rootDisk) {
      retired[uuid] = {*act.retires, own->second.origin};
      own->second.rootDisk = false;
    }
    return false;
  }
  const unsigned part = progress - (act.retires ? 1 : 0);
  if (part == 0) {
    if (flaw == Flaw::leavesRunning && guests.contains(uuid)) ghosts.emplace(uuid, act.instance);
    return guests.erase(uuid), false;
  }
  if (part == 1) {
    if (files.contains(uuid)) files[uuid].rootDisk = false;
    if (flaw == Flaw::losesVolumes)
      std::erase_if(volumes, [&](const auto& volume) { return volume.first.first == act.instance.node; });
    return false;
  }
  files.erase(uuid);
  return true;
}

// ---- what must hold -------------------------------------------------------------------------------------------------

void AgentModel::violated(const std::string& what) {
  if (broken_.empty()) broken_ = what;
}

/// I11: only what a manifest on disk condemns is ever stopped or removed, but for a directory that holds no disk.
void AgentModel::checkAct(const effect::Act& act) {
  if ((act.step == Step::start || act.step == Step::create) && leftByHand.contains(act.instance.uuid))
    violated("I7: " + nameOf(act.instance) + " is brought back that was stopped by hand and is to be left so");
  if (act.step != Step::shutdown && act.step != Step::powerOff && act.step != Step::remove) return;
  const auto uuid = act.instance.uuid;
  const auto own = files.find(uuid);
  const bool worthless =
      act.step == Step::remove && !guests.contains(uuid) && (own == files.end() || !own->second.rootDisk);
  bool condemned = false;
  if (kept)
    for (const auto& tombstone : kept->manifest.tombstones) condemned = condemned || tombstone.instance == act.instance;
  const bool switchesOff = act.step != Step::remove && isToBeOff(act.instance);
  if (!condemned && !worthless && !switchesOff)
    violated("I11: " + std::string(toString(act.step)) + " of " + nameOf(act.instance));
}

/// I9: no domain starts whose Ignition config is not there.
void AgentModel::checkConfigs() {
  for (const auto& [uuid, guest] : guests) {
    const auto own = files.find(uuid);
    if (guest.domain.mark.withoutConfig || own == files.end() || own->second.config) continue;
    violated("I9: " + guest.domain.mark.instance.node.str() +
             " cannot be started any more: its Ignition config is gone");
  }
}

/// I9: what is kept goes when its time is over, and not before; and never once an instance is to be made from it.
void AgentModel::checkDrop(const Uuid& instance) {
  const auto here = retired.find(instance);
  if (here == retired.end() || !here->second.disk.isThere || !kept) return;
  const auto& disk = here->second.disk;
  const auto& wanted = kept->manifest.retiredDisks;
  const auto found = std::ranges::find(wanted, instance, [](const auto& each) { return each.instance.uuid; });
  if (found == wanted.end()) return;
  const auto& entries = kept->manifest.entries;
  const auto heir = std::ranges::find_if(
      entries, [&](const auto& entry) { return found->heir == entry.instance.uuid && specAt(entry.spec) != nullptr; });
  if (heir != entries.end() && reconcile::machineOf(*specAt(heir->spec)) == disk.machine &&
      (!files.contains(*found->heir) || !files.at(*found->heir).rootDisk))
    return violated("I9: the root disk is deleted that " + heir->instance.node.str() + " is to be made from");
  const bool isOver = now_.wallMs >= disk.sinceMs + std::chrono::milliseconds(reconcile::kRetiredFor).count();
  if (!isOver && !diskFull && !wasFull_ && mostTaken() <= policy.capacity.disk)
    violated("I9: a root disk of " + disk.node.str() + " is deleted that is to be kept");
}

reconcile::Policy AgentModel::measured() const {
  reconcile::Policy seen = policy;
  if (flaw == Flaw::measuresTooMuch) seen.capacity.disk = Bytes(policy.capacity.disk.count() * 4);
  return seen;
}

Bytes AgentModel::mostTaken() const {
  Bytes taken;
  for (const auto& [uuid, own] : files) taken += own.size;
  for (const auto& [uuid, own] : retired) taken += own.disk.size;
  for (const auto& [digest, spec] : keptSpecs) taken += spec.disk;
  for (const auto& entry : kept->manifest.entries)
    if (const auto* spec = specAt(entry.spec)) taken += spec->disk;
  if (policy.capacity.volumes != Bytes()) return taken;
  for (const auto& [name, volume] : volumes) {
    taken += volume.volume.size;
    for (const auto& each : volume.snapshots) taken += each.size;
  }
  for (const auto& [digest, spec] : keptSpecs)
    for (const auto& volume : spec.volumes) taken += volume.size;
  for (const auto& move : kept->manifest.volumeMoves) taken += move.size;
  for (const auto& order : kept->manifest.volumeOrders)
    if (const auto of = volumes.find({order.node, order.volume}); of != volumes.end()) taken += of->second.volume.size;
  return taken;
}

bool AgentModel::isToBeOff(const message::InstanceId& instance) const {
  // Somebody may have removed its domain in the meantime.
  std::optional<Digest> digest;
  if (const auto guest = guests.find(instance.uuid); guest != guests.end()) digest = guest->second.domain.mark.spec;
  if (kept) {
    for (const auto& entry : kept->manifest.entries) {
      if (entry.instance != instance) continue;
      if (entry.halted) return true;
      digest = entry.spec;
    }
  }
  const auto* spec = digest ? specAt(*digest) : nullptr;
  if (spec == nullptr || spec->lossGrace.count() == 0) return false;
  return now_.at >= confirmed.value_or(begunAt_) + spec->fenceAfter();
}

std::map<Digest, message::NodeSpec> AgentModel::forMind(std::map<Digest, message::NodeSpec> specs) const {
  if (flaw == Flaw::healsAlways)
    for (auto& [digest, spec] : specs) spec.drift = message::Drift::heal;
  if (flaw != Flaw::fencesNothing && flaw != Flaw::fencesLate) return specs;
  for (auto& [digest, spec] : specs) spec.lossGrace *= flaw == Flaw::fencesNothing ? 0 : 4;
  return specs;
}

/// Of one host alone; in a fleet, whoever looks at all hosts sees the same and more.
void AgentModel::check() {
  if (outside_ != nullptr) return;
  std::map<NodeName, int> running;
  for (const auto& [uuid, guest] : guests)
    if (guest.domain.power == Power::running && ++running[guest.domain.mark.instance.node] > 1)
      violated("I1: two running instances of " + guest.domain.mark.instance.node.str());
  for (const auto& [name, largest] : largest_)
    if (!volumes.contains(name) || volumes[name].volume.size < largest)
      violated("I2: volume " + name.second.str() + " of " + name.first.str() + " is gone or smaller");
  for (const auto& [name, here] : volumes) largest_[name] = here.volume.size;
  if (kept && mind_->observed() > kept->manifest.generation) violated("I5: observed what is not on disk");
  if (kept && kept->manifest.generation < highestObserved_) violated("I5: went back to an older generation");
  if (kept) highestObserved_ = std::max(highestObserved_, kept->manifest.generation);
}

}  // namespace berth::simulation
