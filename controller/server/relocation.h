// SPDX-License-Identifier: Apache-2.0
//
// Nodes that are made anew though nobody applies anything. Some have to leave their hosts: those of a lost host (pools
// with on_host_loss: replace), once it has been lost for their grace, and with that is known not to run them any more
// (I1); and those of a host that is being emptied. They are made elsewhere as they were. Others stay where they are,
// and get a new certificate: of theirs less than a third of its time is left (secrets/provide.h). Level-triggered: the
// question is asked at each tick, and whatever became of the last answer, it is answered from what there is.
//
//   for (const Relocation& each : relocator.due(core, moment)) {
//     world = look(core, each.cluster);
//     submission = submissionOf(core, each.cluster, each.choice());
//     asOf(world, each, submission);
//     relocated(core, each, submission, propose(submission, world, each.options()), world, moment);
//   }
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/server/core.h"
#include "controller/server/planning.h"

namespace berth::server {

struct Relocation {
  ClusterName cluster;
  /// What these nodes are made from: the revision that they are at, whatever came after it and failed.
  Revision revision;
  std::vector<NodeName> nodes;
  /// An apply is under way, and could not go on without its lost nodes: all that is left of it is planned anew.
  bool carriesOn = false;
  /// The host that is being emptied; nothing when theirs is lost.
  std::optional<HostName> drains{};
  /// Their volumes are copied after them.
  bool movesVolumes = false;
  /// Nobody leaves: their certificates are renewed.
  bool renews = false;

  [[nodiscard]] message::RevisionChoice choice() const { return {message::RevisionChoice::Which::numbered, revision}; }
  [[nodiscard]] message::PlanOptions options() const;
  bool operator==(const Relocation&) const = default;
};

/// The world as it was when that revision was in force: then only where the nodes are is otherwise.
void asOf(World& world, const Relocation& relocation, const message::Submission& submission);

/// Puts in force what was proposed for it; or says why not one of the nodes goes elsewhere, or is made anew.
[[nodiscard]] message::Reply relocated(Core& core, const Relocation& relocation, const message::Submission& submission,
                                       Proposal proposal, const World& world, const fleet::Moment& moment);

class Relocator {
public:
  /// What is to be planned now: each at most once in a while, and sooner when anything has changed that a plan is made
  /// from.
  [[nodiscard]] std::vector<Relocation> due(const Core& core, const fleet::Moment& moment);
  /// True while it is still what is to be done.
  [[nodiscard]] static bool isWanted(const Core& core, const Relocation& relocation, const fleet::Moment& moment);
  /// There is no place for them, or nobody knows how they were made: recorded, once for each reason.
  void failed(Core& core, const Relocation& relocation, const std::string& why, const fleet::Moment& moment);

private:
  struct Attempt {
    std::uint64_t version = 0;
    TimePoint at;
    std::string complaint;
  };
  std::map<ClusterName, Attempt> attempts_;
};

}  // namespace berth::server
