// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/updaters.h"

namespace berth::simulation {
namespace {

using namespace std::chrono_literals;

constexpr auto kTick = 1s;
/// In thousandths.
constexpr unsigned kLost = 100;
constexpr unsigned kCrashes = 60;
constexpr unsigned kDiesForGood = 40;

}  // namespace

Updaters::Updaters(ControllerShell& controller, Ground& ground, const std::vector<std::unique_ptr<Host>>& hosts,
                   const Dice& dice)
    : controller_(controller), ground_(ground), hosts_(hosts), dice_(dice) {}

void Updaters::begin() { tick(); }

void Updaters::release(std::uint64_t chosen) {
  Dice dice(chosen);
  const auto share = 100 + dice.below(900);
  for (std::uint32_t host = 0; host < hosts_.size(); ++host) {
    for (const auto& [uuid, guest] : hosts_[host]->model().guests) {
      if (!dice.chance(share)) continue;
      const TimePoint soon = ground_.agenda.now() + dice.between(0s, 20s);
      clients_.try_emplace(uuid, Client{guest.domain.mark.instance.node, host, Client::State::wants, guest.boot, soon});
    }
  }
}

void Updaters::settle() {
  settled_ = true;
  // There is nothing to update to any more. One that may reboot, and has not heard of it, says that it is up like all.
  for (auto& [instance, client] : clients_) {
    if (client.state == Client::State::wants) client.state = Client::State::back;
  }
}

void Updaters::tick() {
  for (auto each = clients_.begin(); each != clients_.end();)
    each = goOn(each->first, each->second) ? std::next(each) : clients_.erase(each);
  ground_.agenda.after(kTick, [this] { tick(); });
}

bool Updaters::goOn(const Uuid& instance, Client& client) {
  const AgentModel& model = hosts_[client.host]->model();
  const auto guest = model.guests.find(instance);
  // Where somebody removes the domain, the guest comes back with its root disk.
  if (guest == model.guests.end()) return model.files.contains(instance);
  const bool isUp =
      guest->second.domain.power == hypervisor::Power::running && guest->second.saidAt != TimePoint::min();
  if (!isUp) return true;
  if (guest->second.boot != client.boot) {
    client.boot = guest->second.boot;
    client.state = Client::State::back;
  }
  if (ground_.agenda.now() < client.next) return true;
  client.next = ground_.agenda.now() + dice_.between(15s, 40s);
  switch (client.state) {
    case Client::State::wants: {
      // Once too often does no harm.
      const auto times = 1 + dice_.below(2);
      for (std::uint64_t i = 0; i < times; ++i) ask(instance, client);
      break;
    }
    case Client::State::may: reboot(instance, client); break;
    case Client::State::back: sayItIsUp(instance, client); break;
  }
  return true;
}

void Updaters::answer(std::function<void()> heard) {
  if (dice_.chance(kLost)) return;
  ground_.agenda.after(dice_.between(5ms, 2s), std::move(heard));
}

void Updaters::ask(const Uuid& instance, const Client& client) {
  if (dice_.chance(kLost)) return;
  const bool plants = ground_.plant == Plant::lockBeyondBudget;
  const auto decide = [node = client.node, plants](server::Core& core, const fleet::Moment& moment) {
    const auto* record = core.ledger().node(node);
    if (record == nullptr) return false;
    if (plants && !core.ledger().locks().contains(node)) {
      core.ledger().put(store::LockRecord{node, record->instance, "workers", moment.wallMs,
                                          core.fleet().standing(*record).status.bootId});
    }
    return plants || core.rollouts().mayReboot({node, "workers", {}}, moment).isGranted();
  };
  controller_.ask({decide, [this, instance, boot = client.boot] {
                     answer([this, instance, boot] {
                       const auto found = clients_.find(instance);
                       if (found == clients_.end() || found->second.boot != boot) return;
                       if (found->second.state != Client::State::wants) return;
                       found->second.state = Client::State::may;
                       found->second.next = ground_.agenda.now() + dice_.between(1s, 40s);
                     });
                   }});
}

void Updaters::reboot(const Uuid& instance, Client& client) {
  if (dice_.chance(kCrashes)) {
    // The client is started again without a reboot, and knows of nothing.
    client.state = Client::State::back;
    return;
  }
  ground_.truth.reboots(client.node, instance);
  const bool comesUp = settled_ || !dice_.chance(kDiesForGood);
  hosts_[client.host]->rebootGuest(instance, comesUp ? Host::After::comesUp : Host::After::dies);
}

void Updaters::sayItIsUp(const Uuid& instance, const Client& client) {
  if (dice_.chance(kLost)) return;
  const auto decide = [node = client.node](server::Core& core, const fleet::Moment& moment) {
    return core.rollouts().locks().steady(node, moment).isGranted();
  };
  controller_.ask({decide, [this, instance] { answer([this, instance] { clients_.erase(instance); }); }});
}

}  // namespace berth::simulation
