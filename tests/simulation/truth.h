// SPDX-License-Identifier: Apache-2.0
//
// What only the simulator sees: every host as it really is, every transaction of the controller, every answer that an
// operator got. Each of them is compared with what must hold at the moment it comes, and nothing is looked at that has
// not changed, so that ten thousand nodes cost no more per step than ten.
//
//   truth.look(host, model);            // something on this host may have changed
//   truth.committed(transaction);       // the controller decided this
//   if (truth.violation()) …            // the first thing that did not hold
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "controller/server/core.h"
#include "tests/simulation/agenda.h"
#include "tests/simulation/agent_model.h"

namespace berth::simulation {

struct Violation {
  /// "I4"
  std::string invariant;
  std::string what;
  std::chrono::milliseconds at{0};
};

/// What a spec allows a rollout.
struct Limits {
  std::uint32_t maxParallel = 1;
  std::set<PoolName> quorum;
};

class Truth {
public:
  /// `reportsSince` says since when nothing has kept a host's reports from the controller; empty while something does.
  Truth(const Agenda& agenda, std::size_t hosts, std::function<std::optional<TimePoint>(std::uint32_t)> reportsSince);

  /// At most so many nodes may be down for rollouts at once.
  void bound(std::size_t budget) { budget_ = budget; }

  [[nodiscard]] const std::optional<Violation>& violation() const { return violation_; }
  void violate(const std::string& invariant, const std::string& what);

  // ---- hosts
  void look(std::uint32_t host, const AgentModel& model);
  /// The agent says that it has this generation on disk.
  void saysObserved(std::uint32_t host, const AgentModel& model, Generation observed);

  // ---- the controller
  /// `believesDown`: the controller has been told that the instance that it takes down is not up.
  void committed(const store::Transaction& transaction,
                 const std::function<bool(const store::TombstoneRecord&)>& believesDown);
  void sent(std::uint32_t host, const message::Manifest& manifest);
  /// By a twin of the controller, to a host that has heard the true one.
  void sentByTwin(std::uint32_t host, const message::Manifest& manifest);
  /// A controller has begun, or taken up again what its store has.
  void began(server::Core& core);

  // ---- operators
  /// What was said of that revision; nothing, where nobody asked for it.
  [[nodiscard]] Limits limitsOf(const ClusterName& cluster, Revision revision) const {
    const auto found = limits_.find({cluster, revision});
    return found == limits_.end() ? Limits() : found->second;
  }
  void specified(const ClusterName& cluster, Revision revision, Limits limits) {
    limits_[{cluster, revision}] = std::move(limits);
  }
  void accepted(const server::Core& core);
  void acknowledged(const ClusterName& cluster, Revision revision, std::optional<RolloutId> rollout);
  /// Somebody has named this volume, as it is on the host now, and asked for its end: what its node wrote there nobody
  /// awaits any more.
  void named(std::uint32_t host, const NodeName& node, const VolumeName& volume, Generation until);
  /// It may be gone from now on.
  void mayDelete(std::uint32_t host, const NodeName& node, const VolumeName& volume, Generation until) {
    auto& known = hosts_[host].doomed[{node, volume}];
    known = std::max(known, until);
  }

  // ---- updates of the guests' system
  /// A guest reboots because it was told that it may.
  void reboots(const NodeName& node, const Uuid& instance);

  // ---- what nodes write
  /// A guest boots on this host and finds `seen` on a volume of its node; what it writes there is returned.
  [[nodiscard]] std::uint64_t boots(std::uint32_t host, const std::pair<NodeName, VolumeName>& volume,
                                    std::uint64_t seen);

  [[nodiscard]] std::uint64_t transactions() const { return transactions_; }

private:
  using PoolKey = std::pair<ClusterName, PoolName>;
  struct Node {
    PoolKey pool;
    std::uint32_t host = 0;
    Uuid instance;
    bool inForce = false;
    /// A person has switched it off: it goes down, whether or not it has yet.
    bool switchedOff = false;
    /// Of its instances, without those that count as fenced.
    unsigned tombstones = 0;
    bool up = false;
    TimePoint since;
    /// A rollout took it down, and it has not been up since.
    bool takenDown = false;
    /// Its instance has been up.
    bool wasUp = false;
  };
  struct Seen {
    NodeName node;
    bool running = false;
    bool up = false;
  };
  struct HostTruth {
    std::map<Uuid, Seen> guests;
    struct Disk {
      Bytes size;
      unsigned formats = 0;
      Generation since;
      std::uint64_t written = 0;
    };
    std::map<std::pair<NodeName, VolumeName>, Disk> volumes;
    /// What may be gone: made by this generation at the latest.
    std::map<std::pair<NodeName, VolumeName>, Generation> doomed;
    Epoch epoch;
    Generation kept;
    Generation sent;
    std::uint64_t sentPrint = 0;
    std::unordered_set<std::uint64_t> prints;
    std::unordered_set<std::uint64_t> twinPrints;
    Generation committed;
    message::Capacity capacity;
  };
  struct StandIn {
    PoolName pool;
    /// A change that makes it is not done yet.
    bool isAwaited = false;
    bool leaves = false;
  };
  struct RolloutTruth {
    store::RolloutRecord record;
    std::map<std::uint32_t, message::ChangeState> changes;
    std::map<NodeName, StandIn> standIns;
  };

  void lookAtGuests(std::uint32_t host, const AgentModel& model);
  void lookAtVolumes(std::uint32_t host, const AgentModel& model);
  void lookAtManifest(std::uint32_t host, const AgentModel& model);
  void lookAtRoom(std::uint32_t host, const AgentModel& model);
  void setUp(Node& node, const NodeName& name, bool up);
  void judgeTakes(const store::Transaction& transaction,
                  const std::function<bool(const store::TombstoneRecord&)>& believesDown);
  void take(const NodeName& name, const store::ChangeRecord& change, bool isBelievedDown);
  /// I4: nodes may reboot only where a rollout might take them down.
  void judgeLocks(const store::Transaction& transaction);
  /// Nodes of the pool of `name` that are down, or may go down at any moment: by rollouts and locks, and of which the
  /// controller knows, these included.
  struct Others {
    std::size_t own = 0;
    std::size_t known = 0;
    std::string text;
  };
  [[nodiscard]] Others othersDown(const NodeName& name, const Node& node) const;
  /// I4: rollouts and locks do not take down more of the fleet than its budget allows.
  void judgeDisruptions();
  void noteStandIn(const store::ChangeRecord& change);
  void judgeStandIns(const NodeName& name, const store::ChangeRecord& change);
  [[nodiscard]] std::size_t mayBeDown(const Limits& limits, const PoolKey& pool) const;
  void write(const store::HostRecord& host);
  void write(const store::NodeRecord& node);
  void write(const store::TombstoneRecord& tombstone);
  void believesFenced(const store::TombstoneRecord& tombstone);
  void write(const store::RemoveNode& removed);
  void write(const store::RemoveTombstone& removed);
  void write(const store::VolumeRecord& volume);
  void write(const store::RemoveVolume& removed);
  /// Another host has this volume, with all that its node wrote last.
  [[nodiscard]] bool isElsewhere(const store::VolumeRecord& volume) const;
  void write(const store::RolloutRecord& rollout);
  void write(const store::ChangeRecord& change);
  void settle(const NodeName& name, Node& node);

  const Agenda& agenda_;
  std::function<std::optional<TimePoint>(std::uint32_t)> reportsSince_;
  std::optional<Violation> violation_;
  std::vector<HostTruth> hosts_;
  std::vector<const AgentModel*> models_;
  std::unordered_map<NodeName, Node> nodes_;
  /// Destroyed for good by the transaction that is being judged.
  std::set<NodeName> gone_;
  std::unordered_map<NodeName, unsigned> running_;
  struct Pool {
    std::set<NodeName> members;
    std::set<NodeName> down;
  };
  std::map<PoolKey, Pool> pools_;
  struct Tombstone {
    std::uint32_t host = 0;
    NodeName node;
    bool fenced = false;
  };
  std::map<Uuid, Tombstone> tombstones_;
  std::set<Uuid> instances_;
  using VolumeOnHost = std::tuple<HostName, NodeName, VolumeName>;
  std::map<VolumeOnHost, store::VolumeRecord> volumeRecords_;
  /// What each node wrote last to each of its volumes, wherever that was.
  std::map<std::pair<NodeName, VolumeName>, std::uint64_t> newest_;
  std::uint64_t writes_ = 0;
  std::map<RolloutId, RolloutTruth> rollouts_;
  std::optional<std::size_t> budget_;
  /// Changes under way that took down a node that was up.
  std::set<std::pair<RolloutId, std::uint32_t>> disruptions_;
  std::map<std::pair<ClusterName, Revision>, Limits> limits_;
  /// Nodes that may reboot, as of the transaction that is being judged; and the newest revision of each cluster.
  std::set<NodeName> locks_;
  std::map<ClusterName, Revision> newestRevision_;
  std::set<std::pair<ClusterName, Revision>> promisedRevisions_;
  std::set<RolloutId> promisedRollouts_;
  std::uint64_t transactions_ = 0;
};

/// vh12 → 12
[[nodiscard]] std::uint32_t indexOf(const HostName& host);
[[nodiscard]] HostName hostNamed(std::uint32_t index);

}  // namespace berth::simulation
