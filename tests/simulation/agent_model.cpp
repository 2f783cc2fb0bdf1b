// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/agent_model.h"

#include <algorithm>

#include "agent/reconcile/machine.h"

namespace berth::simulation {
namespace {

using namespace std::chrono_literals;
using hypervisor::Power;
using reconcile::Step;
namespace effect = reconcile::effect;
namespace event = reconcile::event;

constexpr auto kBootTime = 20s;
constexpr auto kShutdownTime = 3s;
constexpr auto kSignalEvery = 10s;

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

reconcile::Policy roomyPolicy() {
  reconcile::Policy policy;
  policy.capacity = {64, 256_GiB, 4096_GiB};
  return policy;
}

}  // namespace

message::InstanceId instanceOf(const Wish& wish) {
  return {NodeName::parse(wish.node).value(), Uuid::derive(Uuid(), wish.node + "/" + std::to_string(wish.incarnation))};
}

message::NodeSpec specFor(const std::string& node, const std::string& flavour) {
  message::NodeSpec spec;
  spec.node = NodeName::parse(node).value();
  spec.cluster = ClusterName::parse("a").value();
  spec.pool = PoolName::parse("p").value();
  spec.vcpus = 1;
  spec.memory = 256_MiB;
  spec.disk = 10_GiB;
  spec.image.source = "https://images.example/coreos.qcow2";
  spec.image.contentDigest = Digest::of("image" + flavour);
  spec.ignition = "{\"flavour\":\"" + flavour + "\"}";
  spec.shutdownDeadline = 30s;
  spec.tags["flavour"] = flavour;
  return spec;
}

Digest digestOf(const message::NodeSpec& spec) { return Digest::of(message::encodeSpec(spec)); }

AgentModel::AgentModel() : policy(roomyPolicy()) {
  now_ = {TimePoint() + 1h, 1'700'000'000'000};
  begin();
}

AgentModel::~AgentModel() = default;

// ---- the controller's side ------------------------------------------------------------------------------------------

void AgentModel::specify(const message::NodeSpec& spec) { specs_[spec.node.str()] = spec; }

message::Manifest AgentModel::manifestOf(Generation number, const std::vector<Wish>& wanted,
                                         const std::vector<Wish>& condemned) const {
  message::Manifest manifest;
  manifest.generation = number;
  for (const auto& wish : wanted) {
    const auto found = specs_.find(wish.node);
    manifest.entries.push_back(
        {instanceOf(wish), digestOf(found == specs_.end() ? specFor(wish.node) : found->second)});
  }
  for (const auto& wish : condemned) manifest.tombstones.push_back({instanceOf(wish)});
  return manifest;
}

void AgentModel::order(std::vector<Wish> wanted, std::vector<Wish> condemned) {
  for (const auto& wish : wanted) {
    const auto spec = specs_.contains(wish.node) ? specs_[wish.node] : specFor(wish.node);
    catalogue_[digestOf(spec)] = spec;
  }
  generation = generation.next();
  newest = manifestOf(generation, wanted, condemned);
  sent_.emplace_back(newest, epoch);
  if (!controllerAway) deliver(newest, epoch);
}

void AgentModel::deliver(const message::Manifest& manifest, Epoch from) {
  for (const auto& entry : manifest.entries)
    if (!catalogue_.contains(entry.spec)) catalogue_[entry.spec] = specFor(entry.instance.node.str());
  happen(event::ManifestCame{from, manifest});
}

// ---- the agent's process --------------------------------------------------------------------------------------------

void AgentModel::begin() {
  mind_ = std::make_unique<reconcile::Reconciler>(policy, reconcile::Memory{kept, told});
  happen(event::SpecsKept{keptSpecs});
  happen(event::Tick{});
}

void AgentModel::crash() {
  pending_.clear();
  begin();
}

void AgentModel::happen(const reconcile::Event& event) {
  for (auto& effect : mind_->on(event, now_)) {
    if (const auto* act = std::get_if<effect::Act>(&effect)) checkAct(*act);
    if (const auto* what = std::get_if<effect::Happened>(&effect)) {
      happened.push_back(nameOf(what->instance) + ": " + what->message);
    } else if (std::holds_alternative<effect::Publish>(effect)) {
      if (mind_->hasLooked()) told = mind_->instances();
    } else {
      pending_.push_back({std::move(effect)});
    }
  }
  check();
}

void AgentModel::perform(std::size_t index) {
  // Taken out while it runs: what it brings about may add to the queue.
  auto pending = std::move(pending_[index]);
  pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(index));
  if (part(pending)) return;
  ++pending.progress;
  pending_.push_front(std::move(pending));
}

bool AgentModel::part(Pending& pending) {
  const auto& effect = pending.effect;
  if (const auto* keep = std::get_if<effect::KeepManifest>(&effect)) {
    if (diskFull) return happen(event::ManifestNotKept{"no space left on device"}), true;
    kept = keep->manifest;
    happen(event::ManifestKept{keep->manifest.epoch, keep->manifest.manifest.generation});
  } else if (const auto* need = std::get_if<effect::NeedSpecs>(&effect)) {
    if (controllerAway) return true;
    std::map<Digest, message::NodeSpec> specs;
    for (const auto& digest : need->digests)
      if (catalogue_.contains(digest)) specs[digest] = keptSpecs[digest] = catalogue_[digest];
    happen(event::SpecsKept{specs});
  } else if (const auto* forget = std::get_if<effect::ForgetOtherSpecs>(&effect)) {
    std::erase_if(keptSpecs, [&](const auto& spec) {
      return std::find(forget->keep.begin(), forget->keep.end(), spec.first) == forget->keep.end();
    });
  } else if (const auto* look = std::get_if<effect::LookAtHost>(&effect)) {
    answer(*look);
  } else if (const auto* act = std::get_if<effect::Act>(&effect)) {
    return partOfAct(*act, pending.progress);
  } else if (const auto* fetch = std::get_if<effect::FetchImage>(&effect)) {
    const auto id = fetch->image.id();
    if (pending.progress == 0) return happen(event::ImageProgress{id, 1, 2}), false;
    if (failImage)
      if (auto failure = failImage(fetch->image)) return happen(event::ImageFailed{id, *failure}), true;
    images.insert(id);
    happen(event::ImageReady{id});
  } else if (const auto* collect = std::get_if<effect::CollectImages>(&effect)) {
    ++collections;
    const std::set<Digest> used(collect->used.begin(), collect->used.end());
    std::erase_if(images, [&](const Digest& image) { return !used.contains(image); });
    happen(event::ImagesCollected{});
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

void AgentModel::answer(const effect::LookAtHost& look) {
  ++looks;
  if (hypervisorDown) return happen(event::LookFailed{look.look, "no socket"});
  reconcile::HostLook host;
  for (const auto& [uuid, guest] : guests) host.domains.push_back(guest.domain);
  for (const auto& [uuid, own] : files) host.files.push_back({uuid, own.rootDisk});
  for (const auto& [name, volume] : volumes) host.volumes.push_back(volume);
  happen(event::Looked{look.look, host});
}

// ---- operations, in the steps that a crash can tell apart -----------------------------------------------------------

bool AgentModel::partOfAct(const effect::Act& act, unsigned progress) {
  const auto uuid = act.instance.uuid;
  if (progress == 0) {
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
      if (!create(act, progress)) return false;
      break;
    case Step::update:
      if (!update(act, progress)) return false;
      break;
    case Step::start:
      if (found == guests.end() || !files.contains(uuid) || !files[uuid].rootDisk)
        return happen(event::ActFailed{uuid, act.step, {reconcile::Failure::Kind::temporary, "no disk"}}), true;
      consoleEnd = found->second.console.size();
      found->second.domain.power = Power::running;
      found->second.domain.reason = "booted";
      found->second.has = hardwareOf(catalogue_.at(found->second.domain.mark.spec));
      found->second.domain.outdated.reset();
      found->second.startedAt = now_.at;
      found->second.saidAt = TimePoint::min();
      found->second.shutsDownAt.reset();
      ++found->second.boots;
      if (brokenNodes.contains(act.instance.node.str())) found->second.console += kIgnitionFailure;
      break;
    case Step::shutdown:
      if (found != guests.end() && !deafNodes.contains(act.instance.node.str()) && !found->second.shutsDownAt)
        found->second.shutsDownAt = now_.at + kShutdownTime;
      break;
    case Step::powerOff:
      if (found != guests.end()) {
        found->second.domain.power = Power::shutOff;
        found->second.domain.reason = "destroyed";
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

/// Directory, root disk, volumes, domain.
bool AgentModel::create(const effect::Act& act, unsigned progress) {
  const auto uuid = act.instance.uuid;
  if (progress == 0) return files.try_emplace(uuid), false;
  if (progress == 1) return files[uuid].rootDisk = true, false;
  if (provideVolume(catalogue_.at(act.spec))) return false;
  return define(act), true;
}

/// Volumes, then the domain.
bool AgentModel::update(const effect::Act& act, unsigned) {
  if (provideVolume(catalogue_.at(act.spec))) return false;
  return define(act), true;
}

bool AgentModel::provideVolume(const message::NodeSpec& spec) {
  for (const auto& wanted : spec.volumes) {
    auto& here = volumes[{spec.node, wanted.name}];
    if (here.volume == wanted) continue;
    here = {spec.cluster, spec.node, wanted};
    return true;
  }
  return false;
}

void AgentModel::define(const effect::Act& act) {
  const auto& spec = catalogue_.at(act.spec);
  auto& guest = guests[act.instance.uuid];
  auto& mark = guest.domain.mark;
  if (mark.machine && *mark.machine != reconcile::machineOf(spec))
    violated("another machine under the same instance: " + nameOf(act.instance));
  mark = {Uuid(), spec.cluster, act.instance, act.generation, act.spec, reconcile::machineOf(spec)};
  const bool runs = guest.domain.power == Power::running || guest.domain.power == Power::paused;
  if (runs && guest.has != hardwareOf(spec)) guest.domain.outdated = guest.has;
}

/// Domain, root disk, directory.
bool AgentModel::remove(const effect::Act& act, unsigned progress) {
  const auto uuid = act.instance.uuid;
  if (progress == 0) return guests.erase(uuid), false;
  if (progress == 1) {
    if (files.contains(uuid)) files[uuid].rootDisk = false;
    return false;
  }
  files.erase(uuid);
  return true;
}

// ---- time and chance ------------------------------------------------------------------------------------------------

/// Guests do what guests do as time goes by.
void AgentModel::live() {
  std::vector<event::GuestSaid> said;
  bool stirred = false;
  for (auto& [uuid, guest] : guests) {
    if (guest.domain.power != Power::running) continue;
    const auto node = guest.domain.mark.instance.node.str();
    const bool up = now_.at - guest.startedAt >= kBootTime && !brokenNodes.contains(node) && !mutedNodes.contains(node);
    if (up && (guest.saidAt == TimePoint::min() || now_.at - guest.saidAt >= kSignalEvery)) {
      guest.saidAt = now_.at;
      said.push_back({uuid, "berth-ready 1 boot=boot-" + std::to_string(guest.boots) +
                                " state=running failed=- addresses=10.0.0.1"});
    }
    if (guest.shutsDownAt && now_.at >= *guest.shutsDownAt) {
      guest.domain.power = Power::shutOff;
      guest.domain.reason = "shutdown";
      guest.shutsDownAt.reset();
      stirred = true;
    }
  }
  for (const auto& line : said) happen(line);
  if (stirred) happen(event::HypervisorStirred{});
}

void AgentModel::tick(std::chrono::milliseconds by) {
  now_.at += by;
  now_.wallMs += by.count();
  live();
  happen(event::Tick{});
}

void AgentModel::run(std::chrono::seconds duration) {
  const auto end = now_.at + duration;
  const auto drain = [this] {
    // A bound, so that a tight loop is a failure and not a test that hangs.
    for (int i = 0; !pending_.empty(); ++i) {
      if (i == 10000) return violated("a tight loop: " + (acts.empty() ? "no acts" : acts.back()));
      perform(0);
    }
  };
  drain();
  while (now_.at < end && broken_.empty()) {
    tick(1s);
    drain();
  }
}

void AgentModel::chance(std::mt19937& random) {
  const auto dice = random() % 100;
  if (dice < 55 && !pending_.empty()) {
    perform(random() % pending_.size());
  } else if (dice < 80) {
    tick(std::chrono::milliseconds(random() % 4000));
  } else if (dice < 84 && !sent_.empty()) {
    // Repeated and reordered: any manifest that was ever sent.
    const auto& [manifest, from] = sent_[random() % sent_.size()];
    deliver(manifest, from);
  } else if (dice < 88 && !sent_.empty()) {
    deliver(newest, epoch);
  } else if (dice < 90 && !pending_.empty()) {
    // What goes to the controller may be lost.
    const auto index = random() % pending_.size();
    if (std::holds_alternative<effect::NeedSpecs>(pending_[index].effect))
      pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(index));
  } else if (dice < 92) {
    crash();
  } else if (dice < 94 && !guests.empty()) {
    auto victim = std::next(guests.begin(), static_cast<std::ptrdiff_t>(random() % guests.size()));
    if (victim->second.domain.power == Power::running) kill({nameOf(victim->second.domain.mark.instance), 0});
  } else if (dice < 95) {
    hypervisorDown = !hypervisorDown;
  } else if (dice < 96) {
    diskFull = !diskFull;
  } else if (dice < 97) {
    epoch = epoch.next();
  } else {
    happen(event::HypervisorStirred{});
  }
}

void AgentModel::kill(const Wish& wish, const std::string& reason) {
  for (auto& [uuid, guest] : guests) {
    const auto name = nameOf(guest.domain.mark.instance);
    if (name != wish.node && name != wish.node + "/" + std::to_string(wish.incarnation)) continue;
    guest.domain.power = reason == "crashed" ? Power::crashed : Power::shutOff;
    guest.domain.reason = reason;
  }
  happen(event::HypervisorStirred{});
}

// ---- what must hold -------------------------------------------------------------------------------------------------

void AgentModel::violated(const std::string& what) {
  if (broken_.empty()) broken_ = what;
}

/// I11: only what a manifest on disk condemns is ever stopped or removed, but for a directory that holds no disk.
void AgentModel::checkAct(const effect::Act& act) {
  if (act.step != Step::shutdown && act.step != Step::powerOff && act.step != Step::remove) return;
  const auto uuid = act.instance.uuid;
  const bool worthless = act.step == Step::remove && !guests.contains(uuid) && !files[uuid].rootDisk;
  bool condemned = false;
  if (kept)
    for (const auto& tombstone : kept->manifest.tombstones) condemned = condemned || tombstone.instance == act.instance;
  if (!condemned && !worthless) violated("I11: " + std::string(toString(act.step)) + " of " + nameOf(act.instance));
}

void AgentModel::check() {
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

// ---- what a test looks at -------------------------------------------------------------------------------------------

std::optional<message::InstanceStatus> AgentModel::status(const Wish& wish) const {
  for (const auto& status : mind_->instances())
    if (status.instance == instanceOf(wish)) return status;
  return std::nullopt;
}

message::Phase AgentModel::phase(const Wish& wish) const {
  const auto found = status(wish);
  return found ? found->phase : message::Phase::gone;
}

AgentModel::Guest* AgentModel::guest(const Wish& wish) {
  const auto found = guests.find(instanceOf(wish).uuid);
  return found == guests.end() ? nullptr : &found->second;
}

bool AgentModel::runs(const Wish& wish) {
  const auto* found = guest(wish);
  return found != nullptr && found->domain.power == Power::running;
}

std::size_t AgentModel::count(const std::string& act) const {
  return static_cast<std::size_t>(std::count(acts.begin(), acts.end(), act));
}

}  // namespace berth::simulation
