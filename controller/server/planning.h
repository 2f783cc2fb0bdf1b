// SPDX-License-Identifier: Apache-2.0
//
// Planning beside the loop. A plan is made by a worker from a copy of what it depends on, so that heartbeats go on
// however large the cluster is; what comes back is put in force only if the world is still the one it was made for.
//
//   auto world = look(core, cluster);                 // on the loop: a value
//   auto proposal = propose(submission, world);       // on a worker: pure
//   if (world.version == core.ledger().version()) accept(core, submission, proposal, world, person, moment);
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "controller/secrets/provide.h"
#include "controller/server/core.h"
#include "controller/server/vault.h"
#include "planner/change/plan_cluster.h"
#include "protocol/message/operator.h"

namespace berth::server {

using message::reply::Error;

/// What a plan for one cluster depends on.
struct World {
  /// Of the ledger.
  std::uint64_t version = 0;
  ClusterName cluster;
  /// 0 when the cluster is new.
  Revision inForce;
  /// What a new revision would be called.
  Revision next;
  /// What the revision in force was made from.
  std::optional<message::Submission> current;
  std::vector<layout::Host> hosts;
  struct Node {
    store::NodeRecord record;
    std::string encoded;
    change::Health health = change::Health::unknown;
    /// Its host is lost, and it does not run there any more.
    bool abandoned = false;
    /// Stopped by hand where plans keep away from that.
    bool frozen = false;
    /// The servers of its stack follow it.
    bool leads = false;
  };
  std::vector<Node> nodes;
  /// Addresses of nodes that this plan is not about, or that wait for their removal.
  std::vector<node::HeldAddress> held;
  std::vector<NodeName> foreign;
  /// Of this cluster, those of nodes that are gone included.
  std::vector<change::HeldVolume> volumes;
  /// Hosts whose agents can take volumes from others.
  std::set<HostName> takers;
  /// Hosts whose agents can hand artifacts to nodes.
  std::set<HostName> handers;
  /// How long changes of this cluster took.
  change::Past past;
  /// What may not be destroyed, as of the revision in force.
  change::Protections protections;
  /// Where nodes ask before they reboot.
  std::optional<spec::LockServer> lockServer{};
  /// A person asks; else it is the controller by itself, which leaves frozen nodes alone.
  bool byPerson = true;
  /// The cluster's, opened. Without them stand-ins are written in the place of secrets.
  std::optional<secrets::Holdings> secrets{};
};

/// What the planner has to know of a host's state.
[[nodiscard]] layout::HostState layoutState(const Core& core, const store::HostRecord& host);

[[nodiscard]] std::variant<World, store::Failure> look(Core& core, const ClusterName& cluster);

/// What was planned, with all that is needed to put it in force.
struct Proposal {
  message::PlanRow row;
  /// The files and the image are those of the revision in force.
  bool sameRevision = false;
  std::vector<store::SpecRecord> specs;
  /// For a rollout; their order is that of the waves.
  std::vector<store::ChangeRecord> changes;
  /// Nodes whose machine stays, with what is updated in place about them.
  std::vector<store::NodeRecord> staying;
  store::Pace pace;
  std::string imageDeclared;
  /// What the person asked for besides the spec.
  message::PlanOptions options;
  /// What may not be destroyed from then on.
  change::Protections protections;
  /// Secrets that were made for it, of nodes that change and of the cluster as a whole.
  Bringing secrets;
  /// A secret that was set or rotated goes into force with it.
  bool bringsSecrets = false;
  /// When its nodes may reboot by themselves; empty where they do not ask.
  std::optional<store::RebootPolicy> reboots{};
};

/// The name of the cluster that is declared, or what is wrong with the spec. Reads no more than the spec itself.
[[nodiscard]] std::variant<ClusterName, Error> clusterOf(const message::Submission& submission);

struct Planned {
  change::Outcome outcome;
  /// Its secrets.
  secrets::Provided provided;
};
/// What the planner makes of a submission; with what it found wrong, and why `explained` is where it is. An error when
/// it could not be asked, or found the spec wrong before it came to the layout.
[[nodiscard]] std::variant<Planned, Error> planFor(const message::Submission& submission, const World& world,
                                                   const message::PlanOptions& options,
                                                   std::optional<NodeName> explained = std::nullopt);

[[nodiscard]] std::variant<Proposal, Error> propose(const message::Submission& submission, const World& world,
                                                    const message::PlanOptions& options = {});

/// Why something is put in force.
struct Cause {
  enum class Kind : std::uint8_t {
    asked,     ///< by a person
    wayBack,   ///< from a rollout that failed
    hostLoss,  ///< nodes of lost hosts are made elsewhere (relocation.h)
    drain,     ///< nodes of a host that is being emptied go elsewhere (relocation.h)
    renewal,   ///< nodes get new certificates before theirs end (relocation.h)
  } kind = Kind::asked;
  /// Of the way back.
  std::optional<RolloutId> reverts{};
  /// The host that is being emptied.
  std::optional<HostName> drains{};
};

/// Puts a proposal in force; the world has not moved since. Durable once the core's turn is finished.
[[nodiscard]] message::reply::Applied accept(Core& core, const message::Submission& submission, Proposal proposal,
                                             const World& world, const OperatorName& by, const fleet::Moment& moment,
                                             const Cause& cause = {});

/// The plan for removing all of a cluster.
[[nodiscard]] message::PlanRow planDestroy(const Core& core, const ClusterName& cluster);
[[nodiscard]] message::reply::Applied acceptDestroy(Core& core, const ClusterName& cluster, const OperatorName& by,
                                                    const fleet::Moment& moment);

}  // namespace berth::server
