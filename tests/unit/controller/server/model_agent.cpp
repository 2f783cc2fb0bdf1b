// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/unit/controller/server/model.h"

namespace berth::server::model {

using message::Phase;

void Agent::hear(Epoch epoch, const message::ToAgent& body) {
  if (!power_ || epoch < epoch_) return;  // I5
  epoch_ = epoch;
  if (std::holds_alternative<message::Welcome>(body)) welcome_ = true;
  if (std::holds_alternative<message::ReportFully>(body)) reportFully_ = true;
  const auto* manifest = std::get_if<message::Manifest>(&body);
  if (manifest == nullptr || manifest->generation <= manifest_.generation) return;
  manifest_ = *manifest;
}

void Agent::reconnect() {
  saidHello_ = welcome_ = false;
  reportFully_ = true;
  sequence_ = Sequence();
  told_.clear();
  nextHello_ = {};
}

void Agent::cutPower() {
  power_ = false;
  for (auto& [uuid, machine] : machines_) machine.running = false;
}

void Agent::restorePower() {
  power_ = true;
  ++boots_;
  for (auto& [uuid, machine] : machines_) {
    if (machine.phase == Phase::ready) machine.phase = Phase::booting;
  }
  reconnect();
}

void Agent::advance(const std::set<Digest>& bad) {
  for (const auto& tombstone : manifest_.tombstones) {
    const auto found = machines_.find(tombstone.instance.uuid);
    if (found == machines_.end()) {
      carriedOut_.insert(tombstone.instance.uuid);
      continue;
    }
    if (!chance(0.3)) continue;
    if (found->second.phase == Phase::stopping) {
      machines_.erase(found);
      carriedOut_.insert(tombstone.instance.uuid);
    } else {
      found->second.phase = Phase::stopping;
    }
  }
  using Verb = message::VolumeOrder::Verb;
  for (const auto& order : manifest_.volumeOrders) {
    const bool removes = order.verb == Verb::remove;
    for (auto& each : volumes_) {
      if (each.node != order.node || each.volume.name != order.volume) continue;
      const auto isIt = [&](const auto& snapshot) { return snapshot.name == order.snapshot; };
      if (removes) std::erase_if(each.snapshots, isIt);
      if (order.verb == Verb::snapshot && std::ranges::none_of(each.snapshots, isIt))
        each.snapshots.push_back({order.snapshot, 1, each.volume.size, each.volume.size, order.at});
    }
    std::erase_if(volumes_, [&](const auto& each) {
      return removes && order.snapshot.empty() && each.node == order.node && each.volume.name == order.volume &&
             each.since <= order.at;
    });
  }
  for (const auto& entry : manifest_.entries) {
    auto found = machines_.find(entry.instance.uuid);
    if (found == machines_.end()) {
      const bool otherHere =
          std::ranges::any_of(machines_, [&](const auto& each) { return each.second.id.node == entry.instance.node; });
      if (!otherHere && chance(0.4))
        machines_[entry.instance.uuid] = {entry.instance, entry.spec, Phase::creating, true};
      continue;
    }
    Machine& machine = found->second;
    if (entry.halted && machine.phase != Phase::stopped && !chance(0.3)) continue;
    machine.running = !entry.halted;
    if (entry.halted) machine.phase = Phase::stopped;
    if (entry.halted || !chance(0.3)) continue;
    if (machine.phase == Phase::stopped) machine.phase = Phase::booting;
    if (machine.phase == Phase::creating)
      machine.phase = Phase::booting;
    else if (machine.phase == Phase::booting)
      machine.phase = bad.contains(machine.spec) ? Phase::failed : Phase::ready;
  }
}

void Agent::reboot(const NodeName& node) {
  for (auto& [uuid, machine] : machines_) {
    if (machine.id.node != node || !machine.running) continue;
    machine.phase = Phase::creating;
    ++machine.reboots;
  }
}

void Agent::work(TimePoint now, const std::set<Digest>& bad, std::vector<message::FromAgent>& out) {
  if (!power_) return;
  advance(bad);
  if (!saidHello_ || (!welcome_ && now >= nextHello_)) {
    message::Hello hello;
    hello.bootId = "boot-" + std::to_string(boots_);
    hello.capacity = {16, 64_GiB, 640_GiB};
    hello.epoch = epoch_;
    hello.observed = manifest_.generation;
    hello.reached = manifest_.generation;
    out.emplace_back(hello);
    saidHello_ = true;
    nextHello_ = now + std::chrono::seconds(2);
    reportFully_ = true;
  }
  report(out);
  if (now < nextBeat_) return;
  nextBeat_ = now + std::chrono::seconds(1);
  out.emplace_back(message::Heartbeat{manifest_.generation, manifest_.generation, sequence_});
}

void Agent::report(std::vector<message::FromAgent>& out) {
  std::map<Uuid, message::InstanceStatus> now;
  for (const auto& [uuid, machine] : machines_) {
    now[uuid].instance = machine.id;
    now[uuid].phase = machine.phase;
    now[uuid].bootId = machine.bootId();
  }
  for (const auto& tombstone : manifest_.tombstones) {
    if (!carriedOut_.contains(tombstone.instance.uuid)) continue;
    now[tombstone.instance.uuid].instance = tombstone.instance;
    now[tombstone.instance.uuid].phase = Phase::gone;
  }
  message::Status status;
  status.extent = reportFully_ ? message::Status::Extent::full : message::Status::Extent::delta;
  for (const auto& [uuid, each] : now) {
    const auto told = told_.find(uuid);
    if (reportFully_ || told == told_.end() || told->second != std::pair(each.phase, each.bootId))
      status.instances.push_back(each);
  }
  // Carried out as soon as they are heard of.
  status.carriedOut = manifest_.volumeOrders;
  if (reportFully_ || volumes_ != toldVolumes_) status.volumes = volumes_;
  if (!reportFully_ && status.instances.empty() && !status.volumes && status.carriedOut == toldCarriedOut_) return;
  toldVolumes_ = volumes_;
  toldCarriedOut_ = status.carriedOut;
  told_.clear();
  for (const auto& [uuid, each] : now) told_[uuid] = {each.phase, each.bootId};
  reportFully_ = false;
  sequence_ = sequence_.next();
  status.sequence = sequence_;
  status.observed = status.reached = manifest_.generation;
  out.emplace_back(status);
}

}  // namespace berth::server::model
