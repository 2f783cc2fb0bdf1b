// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/agent_model.h"

#include <algorithm>

#include "agent/reconcile/instance.h"
#include "agent/reconcile/machine.h"

namespace berth::simulation {
namespace {

using namespace std::chrono_literals;
using hypervisor::Power;
using reconcile::Step;
namespace effect = reconcile::effect;
namespace event = reconcile::event;

constexpr auto kSignalEvery = 10s;
/// How long a guest lives that crashes.
constexpr auto kShortLife = 5s;
/// After so long it is over with one that dies while it boots.
constexpr auto kBootThatFails = 2s;

std::string nameOf(const message::InstanceId& id) {
  if (id.node.empty()) return id.uuid.str();
  for (unsigned incarnation = 1; incarnation < 1000; ++incarnation)
    if (instanceOf({id.node.str(), incarnation}).uuid == id.uuid)
      return id.node.str() + "/" + std::to_string(incarnation);
  return id.uuid.str();
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

AgentModel::AgentModel(reconcile::Policy allowed, reconcile::Now now, Outside& outside)
    : policy(std::move(allowed)), outside_(&outside), now_(now) {}

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
  manifest.volumeOrders = volumeOrders;
  manifest.volumeMoves = volumeMoves;
  for (const auto& [wish, heir] : retiredDisks) {
    auto& disk = manifest.retiredDisks.emplace_back();
    disk.instance = instanceOf(wish);
    if (heir != 0) disk.heir = instanceOf({wish.node, heir}).uuid;
  }
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
  mind_ = std::make_unique<reconcile::Reconciler>(measured(), reconcile::Memory{kept, told, confirmed});
  begunAt_ = now_.at;
  // The one before may not have come to write down its last count.
  for (auto& [uuid, guest] : guests) guest.bootsInARow -= std::min(guest.bootsInARow, 1u);
  happen(event::SpecsKept{forMind(keptSpecs)});
  happen(event::Tick{});
}

void AgentModel::crash() {
  pending_.clear();
  given.clear();
  begin();
}

void AgentModel::stop() {
  pending_.clear();
  given.clear();
  mind_.reset();
}

void AgentModel::losePower() {
  stop();
  ++touched_;
  // Statuses from before a reboot are not to be believed; the agent does not load them.
  told.clear();
  confirmed = TimePoint::min();
  for (auto& [uuid, guest] : guests) {
    if (guest.domain.power == Power::shutOff) continue;
    guest.domain.power = Power::shutOff;
    guest.domain.reason = "unknown";
    guest.shutsDownAt.reset();
  }
  for (auto& [uuid, guest] : guests) guest.bootsInARow = 0;
  leftByHand.clear();
  ghosts.clear();
}

// ---- time and chance ------------------------------------------------------------------------------------------------

/// Guests do what guests do as time goes by.
void AgentModel::live() {
  std::vector<event::GuestSaid> said;
  bool stirred = false;
  const auto goesOff = [&](Guest& guest, Power power, const char* reason) {
    goOff(guest, power, reason);
    stirred = true;
  };
  for (auto& [uuid, guest] : guests) {
    if (flaw == Flaw::startsForEver && guest.domain.reason == "crashed") beginBootOf(guest);
    if (guest.domain.power != Power::running) continue;
    const auto up = now_.at - guest.startedAt - bootTime;
    if (const Fate fate = fateOf(guest); fate == Fate::well || fate == Fate::crashes) {
      if (up >= 0s && (guest.saidAt == TimePoint::min() || now_.at - guest.saidAt >= kSignalEvery)) {
        if (guest.saidAt == TimePoint::min()) ++touched_;
        guest.saidAt = now_.at;
        said.push_back({uuid, "berth-ready 1 boot=boot-" + std::to_string(guest.boot) +
                                  " state=running failed=- addresses=10.0.0.1" +
                                  (guestsCutOff_ ? " stack=consul/1.8.7/follower/no-leader/-/-/-" : "")});
      }
      if (fate == Fate::crashes && up >= kShortLife) goesOff(guest, Power::crashed, "crashed");
    }
    if (fateOf(guest) == Fate::dies && now_.at - guest.startedAt >= kBootThatFails)
      goesOff(guest, Power::crashed, "crashed");
    if (guest.shutsDownAt && now_.at >= *guest.shutsDownAt) goesOff(guest, Power::shutOff, "shutdown");
  }
  for (const auto& line : said) happen(line);
  if (stirred) happen(event::HypervisorStirred{});
}

void AgentModel::setGuestsCutOff(bool cutOff) {
  if (cutOff != guestsCutOff_) ++touched_;
  guestsCutOff_ = cutOff;
}

void AgentModel::goOff(Guest& guest, Power power, const std::string& reason) {
  if (now_.at - guest.startedAt >= reconcile::kSteadyRun) guest.bootsInARow = 0;
  guest.domain.power = power;
  guest.domain.reason = reason;
  guest.shutsDownAt.reset();
  ++touched_;
}

Fate AgentModel::fateOf(const Guest& guest) const {
  if (outside_ != nullptr) return guest.fate;
  const auto& node = guest.domain.mark.instance.node.str();
  if (brokenNodes.contains(node)) return Fate::ignition;
  return mutedNodes.contains(node) ? Fate::mute : Fate::well;
}

void AgentModel::passTo(reconcile::Now now) {
  now_ = now;
  live();
  happen(event::Tick{});
  rememberTold();
}

void AgentModel::workOn(std::uint64_t choice) {
  if (pending_.empty()) return;
  const auto isForDisk = [](const Pending& pending) {
    return pending.specs || std::holds_alternative<effect::KeepManifest>(pending.effect) ||
           std::holds_alternative<effect::ForgetOtherSpecs>(pending.effect);
  };
  auto index = choice % pending_.size();
  if (isForDisk(pending_[index]))
    index = static_cast<std::size_t>(std::find_if(pending_.begin(), pending_.end(), isForDisk) - pending_.begin());
  perform(index);
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

void AgentModel::kill(const Uuid& instance, Power power, const std::string& reason) {
  const auto found = guests.find(instance);
  if (found == guests.end() || found->second.domain.power != Power::running) return;
  if (reason == "destroyed") noteHand(instance);
  goOff(found->second, power, reason);
  happen(event::HypervisorStirred{});
}

void AgentModel::reboot(const Uuid& instance) {
  const auto found = guests.find(instance);
  if (found == guests.end() || found->second.domain.power != Power::running) return;
  Guest& guest = found->second;
  event::GuestSaid goodbye{
      instance, "berth-ready 1 boot=boot-" + std::to_string(guest.boot) + " state=stopping failed=- addresses=-"};
  guest.startedAt = now_.at;
  guest.saidAt = TimePoint::min();
  guest.boot = ++lastBoot_;
  ++touched_;
  mountVolumes(guest);
  happen(goodbye);
}

/// From now on it may not come up again by itself: its agent knows that it was up, and has not been told anything else.
void AgentModel::noteHand(const Uuid& instance) {
  if (!mind_ || !kept) return;
  const auto guest = guests.find(instance);
  const auto& statuses = mind_->instances();
  const auto status = std::ranges::find_if(statuses, [&](const auto& each) { return each.instance.uuid == instance; });
  if (guest == guests.end() || status == statuses.end() || status->phase != message::Phase::ready) return;
  const Digest digest = guest->second.domain.mark.spec;
  const auto* spec = specAt(digest);
  if (spec == nullptr || spec->drift == message::Drift::heal || spec->lossGrace.count() != 0) return;
  leftByHand.emplace(instance, digest);
  forgetHands();
}

/// Of instances that are wanted otherwise by now, or not at all.
void AgentModel::forgetHands() {
  std::erase_if(leftByHand, [&](const auto& left) {
    return std::ranges::none_of(kept->manifest.entries, [&](const auto& entry) {
      return entry.instance.uuid == left.first && !entry.halted && entry.spec == left.second;
    });
  });
}

void AgentModel::undefine(const Uuid& instance) {
  noteHand(instance);
  if (guests.erase(instance) == 0) return;
  ++touched_;
  happen(event::HypervisorStirred{});
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
