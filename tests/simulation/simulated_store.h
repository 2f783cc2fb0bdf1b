// SPDX-License-Identifier: Apache-2.0
//
// The controller's disk. It outlives controllers, and it is where one is killed: before a transaction, or after it and
// before anybody hears of it. Whoever wants to know what was decided is told of each transaction once it is durable.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "controller/store/memory_store.h"
#include "tests/simulation/plant.h"

namespace berth::simulation {

class SimulatedStore final : public store::Store {
public:
  using Committed = std::function<void(const store::Transaction&)>;

  /// `disk` outlives it.
  SimulatedStore(store::MemoryStore& disk, Plant plant, Committed committed)
      : disk_(&disk), plant_(plant), committed_(std::move(committed)) {}

  enum class Death : std::uint8_t { none, beforeCommit, afterCommit };
  /// The controller dies at its next transaction that writes anything.
  void dieAt(Death death) { deathAt_ = death; }
  [[nodiscard]] bool died() const { return died_; }
  /// From now on this is another disk with the same content: whoever uses it has a store of his own.
  void detach();
  /// What the crash of a controller does to its disk.
  void crash();

  [[nodiscard]] store::Result<Epoch> beginEpoch() override;
  [[nodiscard]] store::Result<store::Snapshot> load() override;
  [[nodiscard]] std::optional<store::Failure> commit(const store::Transaction& transaction) override;
  [[nodiscard]] store::Result<std::optional<std::string>> spec(const Digest& digest) override {
    return disk_->spec(digest);
  }
  [[nodiscard]] store::Result<std::optional<store::RevisionRecord>> revision(const ClusterName& cluster,
                                                                             Revision number) override {
    return disk_->revision(cluster, number);
  }
  [[nodiscard]] store::Result<std::vector<store::RolloutRecord>> rollouts(const std::optional<ClusterName>& cluster,
                                                                          std::uint32_t limit) override {
    return disk_->rollouts(cluster, limit);
  }
  [[nodiscard]] store::Result<std::optional<store::RolloutRecord>> rollout(RolloutId id) override {
    return disk_->rollout(id);
  }
  [[nodiscard]] store::Result<std::vector<store::ChangeRecord>> changes(RolloutId id) override {
    return disk_->changes(id);
  }
  [[nodiscard]] store::Result<std::vector<store::PastChange>> pastChanges(const ClusterName& cluster,
                                                                          std::uint32_t limit) override {
    return disk_->pastChanges(cluster, limit);
  }
  [[nodiscard]] store::Result<std::vector<store::EventRecord>> events(Sequence after, std::uint32_t limit) override {
    return disk_->events(after, limit);
  }
  [[nodiscard]] store::Result<std::vector<store::EventRecord>> eventsAbout(const std::string& subject,
                                                                           std::uint32_t limit) override {
    return disk_->eventsAbout(subject, limit);
  }

private:
  store::MemoryStore* disk_;
  std::unique_ptr<store::MemoryStore> own_;
  const Plant plant_;
  Committed committed_;
  Death deathAt_ = Death::none;
  bool died_ = false;
  /// For Plant::lostWrite: as it was before the last transaction.
  std::optional<store::MemoryStore> before_;
};

}  // namespace berth::simulation
