// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/simulated_store.h"

namespace berth::simulation {

void SimulatedStore::detach() {
  own_ = std::make_unique<store::MemoryStore>(*disk_);
  disk_ = own_.get();
  committed_ = nullptr;
  deathAt_ = Death::none;
}

void SimulatedStore::crash() {
  if (before_) *disk_ = *std::exchange(before_, std::nullopt);
}

store::Result<Epoch> SimulatedStore::beginEpoch() {
  if (plant_ == Plant::sameEpoch) {
    const auto snapshot = std::get<store::Snapshot>(disk_->load());
    if (snapshot.epoch != Epoch()) return snapshot.epoch;
  }
  return disk_->beginEpoch();
}

store::Result<store::Snapshot> SimulatedStore::load() {
  auto loaded = disk_->load();
  auto& snapshot = std::get<store::Snapshot>(loaded);
  if (plant_ == Plant::forgetRollout) {
    snapshot.rollouts.clear();
    snapshot.changes.clear();
  }
  if (plant_ == Plant::forgetLocks) snapshot.locks.clear();
  if (plant_ == Plant::reuseIncarnation) snapshot.incarnations.clear();
  return loaded;
}

std::optional<store::Failure> SimulatedStore::commit(const store::Transaction& transaction) {
  using Kind = store::Failure::Kind;
  const bool fatal = !transaction.empty() && deathAt_ != Death::none;
  if (fatal) died_ = true;
  if (fatal && deathAt_ == Death::beforeCommit) return store::Failure{Kind::io, "killed", ""};
  if (plant_ == Plant::lostWrite && !transaction.empty()) before_ = *disk_;
  if (auto failed = disk_->commit(transaction)) return failed;
  if (committed_ && !transaction.empty()) committed_(transaction);
  return std::nullopt;
}

}  // namespace berth::simulation
