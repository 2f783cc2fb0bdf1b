// SPDX-License-Identifier: Apache-2.0
#include "controller/server/revisions.h"

#include <limits>

#include "controller/server/answer.h"
#include "controller/server/convert.h"
#include "planner/spec/parse.h"

namespace berth::server {

using message::RevisionChoice;
using message::RolloutState;
using message::reply::Error;
using message::reply::ErrorCode;

store::Result<std::optional<Revision>> lastGood(Core& core, const ClusterName& cluster, Revision before) {
  auto rollouts = core.store().rollouts(cluster, std::numeric_limits<std::int32_t>::max());
  if (auto* failed = std::get_if<store::Failure>(&rollouts)) return std::move(*failed);
  std::map<Revision, bool> wasDone;
  for (const auto& rollout : std::get<std::vector<store::RolloutRecord>>(rollouts)) {
    if (rollout.kind == store::RolloutKind::destroy) break;  // What was before has nothing to do with this cluster.
    // Making nodes as they were says nothing about the revision.
    const bool isOwn = rollout.kind == store::RolloutKind::heal || rollout.kind == store::RolloutKind::drain ||
                       rollout.kind == store::RolloutKind::renew;
    if (isOwn) continue;
    bool& done = wasDone[rollout.to];
    done = done || rollout.state == RolloutState::done;
  }
  auto current = core.store().revision(cluster, before);
  if (auto* failed = std::get_if<store::Failure>(&current)) return std::move(*failed);
  const auto& now = std::get<std::optional<store::RevisionRecord>>(current);
  for (std::uint64_t number = before.value(); number > 1;) {
    const Revision candidate(--number);
    const auto found = wasDone.find(candidate);
    if (found != wasDone.end() && !found->second) continue;
    auto earlier = core.store().revision(cluster, candidate);
    if (auto* failed = std::get_if<store::Failure>(&earlier)) return std::move(*failed);
    const auto& revision = std::get<std::optional<store::RevisionRecord>>(earlier);
    // What was gone back to once is the same again under another number.
    if (revision && !(now && revision->submission == now->submission)) return std::optional(candidate);
  }
  return std::optional<Revision>();
}

std::variant<message::Submission, Error> submissionOf(Core& core, const ClusterName& cluster,
                                                      const RevisionChoice& choice) {
  const auto* record = core.ledger().cluster(cluster);
  if (record == nullptr) {
    return Error{ErrorCode::notFound, "there is no cluster \"" + cluster.str() + "\"", "see: berth get clusters", {}};
  }
  Revision wanted = choice.which == RevisionChoice::Which::numbered ? choice.number : record->revision;
  if (choice.which == RevisionChoice::Which::lastGood) {
    auto good = lastGood(core, cluster, record->revision);
    if (const auto* failed = std::get_if<store::Failure>(&good)) return std::get<Error>(refusal(*failed));
    const auto& found = std::get<std::optional<Revision>>(good);
    if (!found) {
      return Error{ErrorCode::notFound,
                   "cluster \"" + cluster.str() + "\" has no earlier revision that was rolled out to its end",
                   "name one with --to; see: berth rollout history " + cluster.str(),
                   {}};
    }
    wanted = *found;
  }
  auto read = core.store().revision(cluster, wanted);
  if (const auto* failed = std::get_if<store::Failure>(&read)) return std::get<Error>(refusal(*failed));
  auto& revision = std::get<std::optional<store::RevisionRecord>>(read);
  if (revision) return std::move(revision->submission);
  return Error{ErrorCode::notFound,
               "cluster \"" + cluster.str() + "\" has no revision " + std::to_string(wanted.value()),
               "see: berth rollout history " + cluster.str(),
               {}};
}

std::optional<spec::Spec> specOf(const message::Submission& submission) {
  const source::BundleFiles files(toPlanner(submission.files));
  return spec::parse(submission.specPath, files, toPlanner(submission.variables)).spec;
}

}  // namespace berth::server
