// SPDX-License-Identifier: Apache-2.0
//
// Volumes that come from other hosts, and those that go there. What is taken is no volume before it is whole; what is
// given is read by its peer alone, and only while no domain of its node is here.
#include <algorithm>

#include "agent/reconcile/reconciler_state.h"

namespace berth::reconcile {

using Side = message::VolumeMove::Side;

void Reconciler::State::sortMoves() {
  for (auto& each : moves) each.ordered = false;
  if (desired.inForce()) {
    for (const auto& move : desired.inForce()->manifest.volumeMoves) {
      if (move.side != Side::takes) continue;
      const auto found = std::ranges::find(moves, move, &MoveWork::move);
      if (found != moves.end())
        found->ordered = true;
      else
        moves.push_back({move});
    }
  }
  std::erase_if(moves, [](const MoveWork& each) { return !each.ordered && !each.busy; });
}

std::optional<std::string> Reconciler::State::objectionTo(const message::VolumeMove& move) const {
  message::Capacity has = policy.capacity;
  message::Capacity beside = takenBeside(nullptr);
  const Bytes all = volumesIn(has, policy.capacity);
  const Bytes taken = volumesIn(beside, policy.capacity);
  if (taken > all || move.size > all - taken)
    return "there is no room for its " + move.size.str() + ": this host gives " + all.str() + " of " +
           (has.volumes == Bytes() ? "disk" : "its volume pool") + ", and " + taken.str() + " are taken";
  return std::nullopt;
}

void Reconciler::State::advance(MoveWork& work) {
  if (!work.ordered && work.busy && !work.leaving) {
    work.leaving = true;
    effects.emplace_back(effect::LeaveVolume{work.move});
  }
  const bool rests = !work.ordered || work.busy || work.isDone(volumes);
  if (rests || looks.seen() < work.inDoubtUntil || !work.retry.due(now.at) || isWorkedOn(work.move.node)) return;
  if (auto why = objectionTo(work.move)) {
    work.failure = {Failure::Kind::permanent, *std::move(why)};
    work.retry.failedFor(now.at, kPermanentRetry);
    return;
  }
  if (roomAwaited) return;
  work.busy = true;
  work.leaving = false;
  effects.emplace_back(effect::TakeVolume{work.move});
}

void Reconciler::State::giveVolumes() {
  std::vector<message::VolumeMove> may;
  if (desired.inForce()) {
    for (const auto& move : desired.inForce()->manifest.volumeMoves) {
      if (move.side != Side::gives) continue;
      const bool isFree = std::ranges::none_of(instances, [&](const auto& entry) {
        const Instance& instance = entry.second;
        return instance.id().node == move.node && (instance.domain || !instance.believable(looks.seen()));
      });
      if (isFree) may.push_back(move);
    }
  }
  if (may == given) return;
  given = may;
  effects.emplace_back(effect::GiveVolumes{std::move(may)});
}

bool Reconciler::State::awaitsMove(const NodeName& node) const {
  return std::ranges::any_of(
      moves, [&](const MoveWork& each) { return each.ordered && each.move.node == node && !each.isDone(volumes); });
}

MoveWork* Reconciler::State::endOf(const message::VolumeMove& move) {
  const auto found = std::ranges::find(moves, move, &MoveWork::move);
  if (found == moves.end() || !found->busy) return nullptr;
  found->busy = false;
  found->leaving = false;
  looks.want();
  return &*found;
}

void Reconciler::State::take(const event::VolumeProgress& event) {
  const auto found = std::ranges::find(moves, event.move, &MoveWork::move);
  if (found == moves.end() || !found->busy) return;
  found->copied = event.copied;
  found->compared = event.compared;
  found->total = event.total;
  // It gets on: what kept it last is over.
  found->failure = {};
}

void Reconciler::State::take(const event::VolumeTaken& event) {
  auto* work = endOf(event.move);
  if (work == nullptr) return;
  work->failure = {};
  work->retry.reset();
  work->inDoubtUntil = looks.next();
  sortMoves();
}

void Reconciler::State::take(const event::VolumeNotTaken& event) {
  auto* work = endOf(event.move);
  if (work == nullptr) return;
  work->failure = event.failure;
  if (event.failure.kind == Failure::Kind::permanent)
    work->retry.failedFor(now.at, kPermanentRetry);
  else
    work->retry.failed(now.at);
  sortMoves();
}

}  // namespace berth::reconcile
