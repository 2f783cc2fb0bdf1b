// SPDX-License-Identifier: Apache-2.0
//
// Root disks of instances that are gone, kept for the way back. They take what is left: nobody was promised the room
// that they are in, so they go before anything is made that would need it. One that an instance is to be made from is
// no such burden: it takes the room of that instance.
#include <algorithm>
#include <functional>
#include <utility>

#include "agent/reconcile/machine.h"
#include "agent/reconcile/reconciler_state.h"

namespace berth::reconcile {

void Reconciler::State::seeRetired(const HostLook& host, std::uint64_t look) {
  std::map<Uuid, disks::RetiredDisk> seen;
  for (const auto& disk : host.retired) seen.emplace(disk.instance, disk);
  std::erase_if(retired, [&](const auto& known) {
    const auto& work = known.second;
    return !work.busy && look >= work.inDoubtUntil && !seen.contains(known.first);
  });
  for (const auto& [uuid, disk] : seen) {
    RetiredWork& work = retired[uuid];
    if (!work.busy && look >= work.inDoubtUntil) work.disk = disk;
  }
}

const message::Manifest::RetiredDisk* Reconciler::State::keptAs(const disks::RetiredDisk& disk) const {
  if (!desired.inForce()) return nullptr;
  const auto& kept = desired.inForce()->manifest.retiredDisks;
  const message::InstanceId id{disk.node, disk.instance};
  const auto found = std::ranges::find(kept, id, &message::Manifest::RetiredDisk::instance);
  return found == kept.end() ? nullptr : &*found;
}

std::optional<disks::RetiredDisk> Reconciler::State::retire(const Instance& instance) {
  disks::RetiredDisk disk{{}, instance.id().node, instance.id().uuid, {}, {}, {}, now.wallMs};
  if (keptAs(disk) == nullptr || !instance.domain || !instance.rootDisk) return std::nullopt;
  if (nearlyFull) {
    effects.emplace_back(
        effect::Happened{instance.id(), "its root disk is not kept: the disk of this host is nearly full"});
    return std::nullopt;
  }
  const auto& mark = instance.domain->mark;
  const auto spec = specs.find(mark.spec);
  // Without it nobody knows the image under the disk.
  if (spec == specs.end()) return std::nullopt;
  disk.fleet = mark.fleet;
  disk.image = spec->second.image.id();
  disk.machine = mark.machine.value_or(machines.at(mark.spec));
  disk.size = spec->second.disk;
  return disk;
}

const RetiredWork* Reconciler::State::revivedBy(const Instance& instance) const {
  const auto* spec = specOf(instance);
  if (spec == nullptr || instance.belonging != Belonging::wanted || instance.rootDisk) return nullptr;
  const auto found = std::ranges::find_if(retired, [&](const auto& entry) {
    const RetiredWork& work = entry.second;
    const bool isHere = work.disk.isThere && !work.busy && looks.seen() >= work.inDoubtUntil;
    const auto* kept = isHere ? keptAs(work.disk) : nullptr;
    return kept != nullptr && kept->heir == instance.id().uuid && work.disk.node == spec->node &&
           work.disk.machine == machines.at(*instance.spec);
  });
  return found == retired.end() ? nullptr : &found->second;
}

bool Reconciler::State::isInDoubt(const RetiredWork& work) const {
  return work.busy || looks.seen() < work.inDoubtUntil ||
         std::ranges::any_of(instances, [&](const auto& entry) { return entry.second.revives == work.disk.instance; });
}

bool Reconciler::State::endRevival(Instance& instance) {
  const auto former = std::exchange(instance.revives, std::nullopt);
  if (!former) return false;
  if (const auto found = retired.find(*former); found != retired.end()) found->second.inDoubtUntil = looks.next();
  return true;
}

bool Reconciler::State::isOfAnInstance(const RetiredWork& work) const {
  if (const auto former = instances.find(work.disk.instance); former != instances.end()) {
    const Instance& instance = former->second;
    if (instance.domain || instance.files || !instance.believable(looks.seen())) return true;
  }
  return std::ranges::any_of(instances, [&](const auto& entry) { return revivedBy(entry.second) == &work; });
}

Bytes Reconciler::State::promisedDisk() const {
  Bytes promised = takenBeside(nullptr, Counted::wanted).disk;
  if (policy.capacity.volumes != Bytes()) return promised;
  for (const auto& work : volumeWork) {
    if (!work.ordered || work.order.verb != Verb::snapshot || work.tried) continue;
    for (const auto& volume : volumes)
      if (volume.node == work.order.node && volume.volume.name == work.order.volume) promised += volume.volume.size;
  }
  for (const auto& work : moves)
    if (work.ordered && !work.isDone(volumes)) promised += work.move.size;
  return promised;
}

void Reconciler::State::sweepRetired() {
  roomAwaited = false;
  if (!desired.inForce() || retired.empty()) return;
  Bytes left = policy.capacity.disk - promisedDisk();
  // Where not all have room, the newest stay.
  std::vector<RetiredWork*> all;
  for (auto& [uuid, work] : retired) all.push_back(&work);
  std::ranges::stable_sort(all, std::greater<>(), [](const RetiredWork* work) { return work->disk.sinceMs; });
  for (RetiredWork* work : all) {
    if (isOfAnInstance(*work)) continue;
    const Bytes size = work->disk.isThere ? work->disk.size : Bytes();
    if (size > left) {
      roomAwaited = true;
      drop(*work, "this host has no room for it beside what is made here");
      continue;
    }
    if (!work->disk.isThere || keptAs(work->disk) == nullptr)
      drop(*work, "");
    else if (now.wallMs >= work->untilMs())
      drop(*work, "it was kept for a day");
    else if (nearlyFull)
      drop(*work, "the disk of this host is nearly full");
    left = left - size;
  }
}

void Reconciler::State::drop(RetiredWork& work, const std::string& why) {
  if (isInDoubt(work) || !work.retry.due(now.at)) return;
  work.busy = true;
  // Whether it works out is told when it does not.
  if (!why.empty() && work.failure.reason.empty())
    effects.emplace_back(effect::Happened{subjectOf(work.disk), "the root disk that it had before is deleted: " + why});
  effects.emplace_back(effect::DropRetired{work.disk.instance});
}

void Reconciler::State::take(const event::RetiredDropped& event) {
  const auto found = retired.find(event.instance);
  if (found == retired.end()) return;
  found->second.busy = false;
  found->second.failure = {};
  // Should the next look show it all the same, it is not fought in a tight loop.
  found->second.retry.failed(now.at);
  found->second.inDoubtUntil = looks.next();
  looks.want();
}

void Reconciler::State::take(const event::RetiredNotDropped& event) {
  const auto found = retired.find(event.instance);
  if (found == retired.end()) return;
  found->second.busy = false;
  found->second.failure = event.failure;
  found->second.retry.failed(now.at);
  found->second.inDoubtUntil = looks.next();
  looks.want();
}

message::InstanceId Reconciler::State::subjectOf(const disks::RetiredDisk& disk) const {
  for (const auto& [uuid, instance] : instances)
    if (instance.belonging == Belonging::wanted && instance.id().node == disk.node) return instance.id();
  return {disk.node, disk.instance};
}

std::int64_t Reconciler::State::retiredUntil(const Instance& instance) const {
  if (instance.belonging != Belonging::wanted) return 0;
  for (const auto& [uuid, work] : retired)
    if (work.disk.isThere && work.disk.node == instance.id().node && keptAs(work.disk) != nullptr)
      return work.untilMs();
  return 0;
}

}  // namespace berth::reconcile
