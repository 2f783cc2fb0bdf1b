// SPDX-License-Identifier: Apache-2.0
//
// What a lost host leaves to be done: nodes of pools with on_host_loss: replace are made elsewhere, as they were, once
// their host has been lost for its grace, and with that is known not to run them any more (I1). Level-triggered: the
// question is asked at each tick, and whatever became of the last answer, it is answered from what there is.
//
//   for (const Healing& each : healer.due(core, now)) {
//     world = look(core, each.cluster);
//     submission = submissionOf(core, each.cluster, each.choice());
//     asOf(world, each, submission);
//     healed(core, each, submission, propose(submission, world, each.options()), world, moment);
//   }
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/server/core.h"
#include "controller/server/planning.h"

namespace berth::server {

struct Healing {
  ClusterName cluster;
  /// What these nodes are made from: the revision that they are at, whatever came after it and failed.
  Revision revision;
  std::vector<NodeName> nodes;
  /// An apply is under way, and could not go on without its lost nodes: all that is left of it is planned anew.
  bool carriesOn = false;

  [[nodiscard]] message::RevisionChoice choice() const { return {message::RevisionChoice::Which::numbered, revision}; }
  [[nodiscard]] message::PlanOptions options() const;
  bool operator==(const Healing&) const = default;
};

/// The world as it was when that revision was in force: then only what was lost is otherwise.
void asOf(World& world, const Healing& healing, const message::Submission& submission);

/// Puts in force what was proposed for it; or says why not one of the nodes goes elsewhere.
[[nodiscard]] message::Reply healed(Core& core, const Healing& healing, const message::Submission& submission,
                                    Proposal proposal, const World& world, const fleet::Moment& moment);

class Healer {
public:
  /// What is to be planned now: each at most once in a while, and sooner when anything has changed that a plan is made
  /// from.
  [[nodiscard]] std::vector<Healing> due(const Core& core, TimePoint now);
  /// True while it is still what is to be done.
  [[nodiscard]] static bool isWanted(const Core& core, const Healing& healing);
  /// It has no place for them, or nobody knows how they were made: recorded, once for each reason.
  void failed(Core& core, const Healing& healing, const std::string& why, const fleet::Moment& moment);

private:
  struct Attempt {
    std::uint64_t version = 0;
    TimePoint at;
    std::string complaint;
  };
  std::map<ClusterName, Attempt> attempts_;
};

}  // namespace berth::server
