// SPDX-License-Identifier: Apache-2.0
//
// How the service plans without stopping for it, in three hops: which cluster is it (worker), what does its plan depend
// on (loop), the plan (worker); and back to the loop, where it is shown or put in force.
#include <algorithm>

#include "controller/server/revisions.h"
#include "controller/server/service.h"

namespace berth::server {

using message::reply::ErrorCode;

namespace {

Ticket ticketFor(const Planning& planning, const World& world, const message::PlanRow& row) {
  return {planning.submission, planning.options, factsOf(world), digestOf(row)};
}

/// A plan that is overtaken so often is not made for a world that stands still.
constexpr int kMaxAttempts = 10;

bool isToRevert(const Core& core, RolloutId id) {
  const auto wanted = core.rollouts().toRevert();
  return std::ranges::find(wanted, id, &store::RolloutRecord::id) != wanted.end();
}

/// Nobody applies: what was set or rotated goes on waiting for a person who does.
void leaveWaiting(secrets::Holdings& holdings) {
  for (auto& [name, held] : holdings.held) held.waiting.reset();
}

message::Reply tooManyPlans() {
  return refusal(ErrorCode::unavailable, "too many plans are being made", "try again in a moment");
}

}  // namespace

void Service::plan(std::shared_ptr<PlanJob> job) {
  const auto submitted = workers_->submit([this, job](std::stop_token) -> transport::Loop::Task {
    auto named = clusterOf(job->planning.submission);
    return [this, job, named = std::move(named)] {
      if (const auto* error = std::get_if<Error>(&named)) {
        conclude(*job, *error);
      } else {
        planFor(job, std::get<ClusterName>(named));
      }
      finish(moment());
    };
  });
  if (submitted == transport::Submitted::no) conclude(*job, tooManyPlans());
}

void Service::planFor(const std::shared_ptr<PlanJob>& job, const ClusterName& cluster) {
  const auto* record = core_->ledger().cluster(cluster);
  if (job->planning.aim == Planning::Aim::apply) {
    if (record != nullptr && record->state == store::ClusterState::destroying) {
      return conclude(*job, refusal(ErrorCode::conflict, "cluster \"" + cluster.str() + "\" is being destroyed",
                                    "apply again when it is gone; see: berth get rollouts"));
    }
    if (auto refused = overtaken(*core_, cluster, job->planning.from)) return conclude(*job, *std::move(refused));
  }
  auto looked = look(*core_, cluster);
  if (const auto* failed = std::get_if<store::Failure>(&looked)) return conclude(*job, refusal(*failed));
  auto world = std::make_shared<World>(std::get<World>(std::move(looked)));
  auto opened = vault_->open(core_->ledger(), cluster, moment());
  if (auto* error = std::get_if<Error>(&opened)) return conclude(*job, std::move(*error));
  world->secrets = std::get<secrets::Holdings>(std::move(opened));
  if (job->planning.reverts) leaveWaiting(*world->secrets);
  if (job->planning.relocates) asOf(*world, *job->planning.relocates, job->planning.submission);
  if (job->planning.explained) return explainFor(job, world);
  const auto submitted = workers_->submit([this, job, world](std::stop_token) -> transport::Loop::Task {
    auto proposed = std::make_shared<std::variant<Proposal, Error>>(
        propose(job->planning.submission, *world, job->planning.options));
    return [this, job, world, proposed] {
      if (auto* error = std::get_if<Error>(proposed.get())) {
        conclude(*job, std::move(*error));
      } else {
        conclude(job, std::move(std::get<Proposal>(*proposed)), *world);
      }
      finish(moment());
    };
  });
  if (submitted == transport::Submitted::no) conclude(*job, tooManyPlans());
}

void Service::explainFor(const std::shared_ptr<PlanJob>& job, const std::shared_ptr<World>& world) {
  const auto submitted = workers_->submit([this, job, world](std::stop_token) -> transport::Loop::Task {
    auto told = std::make_shared<message::Reply>(explain(job->planning.submission, *job->planning.explained, *world));
    return [this, job, told] {
      conclude(*job, std::move(*told));
      finish(moment());
    };
  });
  if (submitted == transport::Submitted::no) conclude(*job, tooManyPlans());
}

void Service::revert() {
  if (core_->broken()) return;
  for (store::RolloutRecord& failed : core_->rollouts().toRevert()) {
    if (!reverting_.insert(failed.id).second) continue;
    const ClusterName cluster = failed.cluster;
    Planning planning;
    planning.reverts = std::move(failed);
    planOwn(std::move(planning), cluster, {message::RevisionChoice::Which::lastGood});
  }
}

void Service::relocate() {
  if (core_->broken()) return;
  for (const Relocation& relocation : relocator_.due(*core_, moment())) {
    if (!relocating_.insert(relocation.cluster).second) continue;
    Planning planning;
    planning.options = relocation.options();
    planning.relocates = relocation;
    planOwn(std::move(planning), relocation.cluster, relocation.choice());
  }
}

void Service::planOwn(Planning planning, const ClusterName& cluster, const message::RevisionChoice& choice) {
  PlanJob job{std::nullopt, std::move(planning), 0};
  job.planning.aim = Planning::Aim::apply;
  auto found = submissionOf(*core_, cluster, choice);
  if (auto* error = std::get_if<Error>(&found)) return concludeOwn(job, std::move(*error));
  job.planning.submission = std::get<message::Submission>(std::move(found));
  plan(std::make_shared<PlanJob>(std::move(job)));
}

void Service::foresee(const Asker& asker, Foresight question) {
  auto looked = lookAtFleet(*core_);
  if (const auto* failed = std::get_if<store::Failure>(&looked)) return reply(asker, refusal(*failed));
  auto fleet = std::make_shared<FleetWorld>(std::get<FleetWorld>(std::move(looked)));
  auto asked = std::make_shared<Foresight>(std::move(question));
  const auto submitted = workers_->submit([this, asker, fleet, asked](std::stop_token) -> transport::Loop::Task {
    auto told = std::make_shared<message::Reply>(server::foresee(*asked, *fleet));
    return [this, asker, told] {
      reply(asker, std::move(*told));
      finish(moment());
    };
  });
  if (submitted == transport::Submitted::no) reply(asker, tooManyPlans());
}

void Service::conclude(const PlanJob& job, message::Reply reply) {
  if (job.asker) return this->reply(*job.asker, std::move(reply));
  concludeOwn(job, reply);
}

void Service::concludeOwn(const PlanJob& job, const message::Reply& reply) {
  if (job.planning.relocates) relocating_.erase(job.planning.relocates->cluster);
  if (job.planning.reverts) reverting_.erase(job.planning.reverts->id);
  const auto* error = std::get_if<Error>(&reply);
  // What passes is tried again at the next tick.
  if (error == nullptr || error->code == ErrorCode::unavailable) return;
  std::string why = error->message;
  if (!error->findings.empty()) why += ": " + error->findings.front().message;
  if (job.planning.relocates) return relocator_.failed(*core_, *job.planning.relocates, why, moment());
  const store::RolloutRecord& failed = *job.planning.reverts;
  core_->rollouts().endRevert(failed.cluster, {message::RolloutState::failed, "there is no way back: " + why},
                              moment());
}

void Service::conclude(const std::shared_ptr<PlanJob>& job, Proposal proposal, const World& world) {
  // What was in force meanwhile goes before drafts of an older world.
  if (world.version == core_->ledger().version()) vault_->keep(world.cluster, proposal.secrets.drafts);
  if (job->planning.saved) {
    if (auto error = outdated(*job->planning.saved, world, proposal.row)) return conclude(*job, *std::move(error));
  }
  if (job->planning.aim == Planning::Aim::show) {
    if (job->planning.keep == request::Plan::Keep::ticket) {
      proposal.row.ticket = sealTicket(ground_.key, ticketFor(job->planning, world, proposal.row));
    }
    return conclude(*job, message::reply::Planned{std::move(proposal.row)});
  }
  // The person may have been removed while the plan was made, the rollout superseded.
  const auto* person = job->asker ? core_->ledger().operatorOfKey(job->asker->key) : nullptr;
  if (job->asker && (person == nullptr || person->role < message::Role::operator_)) return;
  if (core_->broken()) return conclude(*job, refusal(*core_->broken()));
  if (world.version != core_->ledger().version()) {
    if (++job->attempts < kMaxAttempts) return planFor(job, world.cluster);
    return conclude(*job, refusal(ErrorCode::unavailable, "the fleet changes faster than a plan can be made for it",
                                  "try again in a moment"));
  }
  if (const auto& relocates = job->planning.relocates) {
    if (!Relocator::isWanted(*core_, *relocates, moment())) return conclude(*job, message::reply::Done{});
    vault_->putInForce(core_->ledger(), world.cluster, proposal.secrets, *OperatorName::parse("berth"), moment());
    return conclude(*job,
                    relocated(*core_, *relocates, job->planning.submission, std::move(proposal), world, moment()));
  }
  const auto& reverts = job->planning.reverts;
  if (reverts && !isToRevert(*core_, reverts->id)) return conclude(*job, message::reply::Done{});
  const OperatorName name = reverts ? reverts->by : person->name;
  const Cause cause = reverts ? Cause{Cause::Kind::wayBack, reverts->id} : Cause{};
  if (reverts) proposal.secrets.use = secrets::Use::inForce;
  vault_->putInForce(core_->ledger(), world.cluster, proposal.secrets, name, moment());
  conclude(*job, accept(*core_, job->planning.submission, std::move(proposal), world, name, moment(), cause));
}

}  // namespace berth::server
