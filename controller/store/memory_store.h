// SPDX-License-Identifier: Apache-2.0
//
// A store without a disk, for simulations that restart a controller thousands of times. It outlives the controllers
// that use it, as a disk does; what was not committed is not there.
#pragma once

#include <tuple>
#include <utility>

#include "controller/store/store.h"

namespace berth::store {

class MemoryStore final : public Store {
public:
  explicit MemoryStore(const Uuid& fleet) : fleet_(fleet) {}

  [[nodiscard]] Result<Epoch> beginEpoch() override { return epoch_ = epoch_.next(); }
  [[nodiscard]] Result<Snapshot> load() override;
  [[nodiscard]] std::optional<Failure> commit(const Transaction& transaction) override;
  [[nodiscard]] Result<std::optional<std::string>> spec(const Digest& digest) override;
  [[nodiscard]] Result<std::optional<RevisionRecord>> revision(const ClusterName& cluster, Revision number) override;
  [[nodiscard]] Result<std::vector<RolloutRecord>> rollouts(const std::optional<ClusterName>& cluster,
                                                            std::uint32_t limit) override;
  [[nodiscard]] Result<std::optional<RolloutRecord>> rollout(RolloutId id) override;
  [[nodiscard]] Result<std::vector<ChangeRecord>> changes(RolloutId id) override;
  [[nodiscard]] Result<std::vector<PastChange>> pastChanges(const ClusterName& cluster, std::uint32_t limit) override;
  [[nodiscard]] Result<std::vector<EventRecord>> events(Sequence after, std::uint32_t limit) override;
  [[nodiscard]] Result<std::vector<EventRecord>> eventsAbout(const std::string& subject, std::uint32_t limit) override;

  /// Fails every commit from now on until it is called with nothing: a full disk.
  void failWith(std::optional<Failure> failure) { failure_ = std::move(failure); }

private:
  void put(const Write& write);
  void dropUnusedSpecs();

  Uuid fleet_;
  Epoch epoch_;
  std::optional<Failure> failure_;
  std::map<HostName, HostRecord> hosts_;
  std::map<std::string, identity::StoredToken> tokens_;
  std::map<OperatorName, OperatorRecord> operators_;
  std::map<ClusterName, ClusterRecord> clusters_;
  std::map<std::pair<ClusterName, Revision>, RevisionRecord> revisions_;
  std::map<Digest, std::string> specs_;
  std::map<NodeName, NodeRecord> nodes_;
  std::map<NodeName, Incarnation> incarnations_;
  std::map<Uuid, TombstoneRecord> tombstones_;
  std::map<std::tuple<NodeName, VolumeName, HostName>, VolumeRecord> volumes_;
  std::map<std::tuple<NodeName, VolumeName, message::SnapshotName, HostName>, SnapshotRecord> snapshots_;
  std::map<std::tuple<ClusterName, std::string, std::uint32_t>, SecretRecord> secrets_;
  std::map<NodeName, LockRecord> locks_;
  std::map<RolloutId, RolloutRecord> rollouts_;
  std::map<std::pair<RolloutId, std::uint32_t>, ChangeRecord> changes_;
  std::map<Sequence, EventRecord> events_;
};

}  // namespace berth::store
