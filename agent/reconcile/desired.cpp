// SPDX-License-Identifier: Apache-2.0
#include "agent/reconcile/desired.h"

#include <set>
#include <tuple>

namespace berth::reconcile {
namespace {

/// True when no node has two entries, and no instance is named twice, and no volume is ordered two things about or
/// moves twice.
bool isConsistent(const message::Manifest& manifest) {
  std::set<NodeName> nodes;
  std::set<Uuid> instances;
  for (const auto& entry : manifest.entries)
    if (!nodes.insert(entry.instance.node).second || !instances.insert(entry.instance.uuid).second) return false;
  // What is kept of an instance is not in use by it.
  std::set<Uuid> inUse = instances;
  for (const auto& disk : manifest.retiredDisks)
    if (!inUse.insert(disk.instance.uuid).second) return false;
  for (const auto& tombstone : manifest.tombstones)
    if (!instances.insert(tombstone.instance.uuid).second) return false;
  std::set<std::tuple<NodeName, VolumeName, message::SnapshotName>> volumes;
  for (const auto& order : manifest.volumeOrders) {
    const bool isRestore = order.verb == message::VolumeOrder::Verb::restore;
    if (!volumes.emplace(order.node, order.volume, isRestore ? message::SnapshotName() : order.snapshot).second)
      return false;
  }
  std::set<std::pair<NodeName, VolumeName>> moving;
  for (const auto& move : manifest.volumeMoves)
    if (!moving.emplace(move.node, move.volume).second) return false;
  return true;
}

std::string named(Epoch epoch, Generation generation) {
  return "generation " + std::to_string(generation.value()) + " of epoch " + std::to_string(epoch.value());
}

}  // namespace

Desired::Desired(std::optional<message::StoredManifest> kept) : inForce_(std::move(kept)) {
  if (inForce_) highestEpoch_ = inForce_->epoch;
}

Offer Desired::judge(Epoch epoch, const message::Manifest& manifest) const {
  if (!isConsistent(manifest)) return Offer::malformed;
  if (epoch < highestEpoch_) return Offer::older;
  const auto& newest = pending_ ? pending_ : inForce_;
  if (!newest) return Offer::taken;
  if (manifest.generation < newest->manifest.generation) return Offer::older;
  if (manifest.generation > newest->manifest.generation) return Offer::taken;
  if (!(manifest == newest->manifest)) return Offer::different;
  return epoch > newest->epoch ? Offer::taken : Offer::known;
}

Offer Desired::offer(Epoch epoch, const message::Manifest& manifest) {
  const auto verdict = judge(epoch, manifest);
  const auto what = named(epoch, manifest.generation);
  switch (verdict) {
    case Offer::taken:
      highestEpoch_ = epoch;
      pending_ = message::StoredManifest{manifest, epoch};
      complaint_.clear();
      return verdict;
    case Offer::known: complaint_.clear(); return verdict;
    case Offer::older:
      complaint_ = "the controller sent " + what + ", but this host has already obeyed a newer one: " +
                   (inForce_ ? named(highestEpoch_, inForce_->manifest.generation)
                             : "epoch " + std::to_string(highestEpoch_.value())) +
                   "; was the controller's store restored from a backup?";
      break;
    case Offer::different:
      complaint_ = "the controller sent another content for " + what + " than this host already has: two controllers?";
      break;
    case Offer::malformed:
      complaint_ = "the controller sent " + what +
                   ", which names a node or an instance twice, or orders two things about a volume";
      break;
  }
  ++refused_;
  return verdict;
}

void Desired::sawEpoch(Epoch epoch) {
  if (epoch > highestEpoch_) highestEpoch_ = epoch;
}

void Desired::kept(Epoch epoch, Generation generation) {
  if (!pending_ || pending_->epoch != epoch || pending_->manifest.generation != generation) return;
  inForce_ = std::move(pending_);
  pending_.reset();
}

}  // namespace berth::reconcile
