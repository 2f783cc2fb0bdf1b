// SPDX-License-Identifier: Apache-2.0
//
// What a person does about what is under way: rollouts are steered, undone and tried again, nodes made anew, hosts
// cordoned. Whatever takes nodes down is a plan of a revision that the controller has, shown first.
#include <algorithm>
#include <ostream>

#include "controller/cli/carry_out.h"
#include "controller/cli/commands.h"
#include "controller/cli/show/humanise.h"
#include "protocol/message/words.h"

namespace berth::cli {

namespace reply = message::reply;
namespace request = message::request;

namespace {

/// A plan of one cluster that a person is shown, and may agree to.
struct Shown {
  request::PlanRevision asked;
  message::PlanRow plan;
};

Result<Shown> planRevision(request::PlanRevision ask, const Agreement& agreement, Session& session) {
  auto planned = session.ask<reply::Planned>(ask);
  if (Trouble* trouble = std::get_if<Trouble>(&planned)) return std::move(*trouble);
  Shown shown{std::move(ask), std::move(std::get<reply::Planned>(planned).plan)};
  showPlan(shown.plan, {}, agreement.diff ? show::Extent::full : show::Extent::brief, session);
  return shown;
}

Result<reply::Applied> apply(const Shown& shown, Session& session) {
  return session.ask<reply::Applied>(
      request::ApplyRevision{shown.asked.cluster, shown.asked.revision, shown.asked.options, shown.plan.from});
}

ExitCode planAndApply(request::PlanRevision ask, const Agreement& agreement, Session& session) {
  auto planned = planRevision(std::move(ask), agreement, session);
  if (const Trouble* trouble = troubleOf(planned)) return session.fail(*trouble);
  const auto& shown = std::get<Shown>(planned);
  const show::Tally tally = show::tally(shown.plan);
  if (tally.takesNodesDown()) {
    if (const auto refused = disagreement(questionFor(tally), agreement.yes, session)) return *refused;
  }
  auto applied = apply(shown, session);
  if (const Trouble* trouble = troubleOf(applied)) return session.fail(*trouble);
  return carryOn(std::get<reply::Applied>(applied), agreement.detach, session);
}

std::string_view pastOf(request::SteerRollout::Verb verb) {
  using Verb = request::SteerRollout::Verb;
  switch (verb) {
    case Verb::pause: return "is paused; what is under way goes on";
    case Verb::resume: return "goes on";
    case Verb::promote: return "is promoted";
    case Verb::override_: return "goes on, whatever the stack of its nodes says";
    case Verb::abort: return "is aborted; what it has begun stays as it is";
  }
  return "";
}

}  // namespace

ExitCode run(const command::SteerRollout& steer, Session& session) {
  auto answer = session.ask<reply::Done>(request::SteerRollout{steer.verb, steer.id, steer.cluster});
  if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
  if (session.globals().quiet) return ExitCode::ok;
  const std::string which =
      steer.id ? "Rollout " + std::to_string(steer.id->value()) : "The rollout of " + steer.cluster->str();
  session.world().out << which << " " << pastOf(steer.verb) << ".\n";
  return ExitCode::ok;
}

ExitCode run(const command::Undo& undo, Session& session) {
  using Which = message::RevisionChoice::Which;
  const message::RevisionChoice revision =
      undo.to ? message::RevisionChoice{Which::numbered, *undo.to} : message::RevisionChoice{Which::lastGood};
  return planAndApply({undo.cluster, revision, {}}, undo.agreement, session);
}

ExitCode run(const command::Retry& retry, Session& session) {
  auto answer = session.ask<reply::Rollout>(request::GetRollout{{}, retry.cluster});
  if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
  request::PlanRevision plan{retry.cluster, {}, {}};
  for (const message::RolloutChangeRow& change : std::get<reply::Rollout>(answer).changes) {
    // What was never begun is in the plan anyway, and what was destroyed has nothing to be made anew.
    const bool failed = change.state == message::ChangeState::failed;
    if (failed && change.change.action != message::Action::destroy) plan.options.replace.push_back(change.change.node);
  }
  return planAndApply(std::move(plan), retry.agreement, session);
}

ExitCode run(const command::Replace& replace, Session& session) {
  auto answer = session.ask<reply::Nodes>(request::GetNodes{});
  if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
  const auto& nodes = std::get<reply::Nodes>(answer).nodes;
  const bool isAnew = replace.how == command::Replace::How::anew;
  request::PlanRevision plan;
  for (const NodeName& name : replace.nodes) {
    const auto found = std::ranges::find(nodes, name, &message::NodeRow::name);
    if (found == nodes.end()) return session.fail("there is no node \"" + name.str() + "\"", "See: berth get nodes");
    if (!plan.cluster.empty() && plan.cluster != found->cluster) {
      return session.fail("these nodes are of several clusters: " + plan.cluster.str() + ", " + found->cluster.str(),
                          "Name those of one cluster at a time.");
    }
    plan.cluster = found->cluster;
    plan.options.targets.push_back(name.str());
    (isAnew ? plan.options.replace : plan.options.restart).push_back(name);
  }
  return planAndApply(std::move(plan), replace.agreement, session);
}

ExitCode run(const command::SetPower& set, Session& session) {
  const bool stops = set.power == message::Power::off;
  if (stops) {
    const std::string question = "Stop " + show::count(set.nodes.size(), "node") + "? ";
    if (const auto refused = disagreement(question, set.yes, session)) return *refused;
  }
  using Force = request::SetPower::Force;
  auto answer = session.ask<reply::Done>(request::SetPower{set.nodes, set.power, set.force ? Force::yes : Force::no});
  if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
  if (session.globals().quiet) return ExitCode::ok;
  for (const NodeName& node : set.nodes) {
    session.world().out << "Node " << node.str() << (stops ? " is being stopped" : " is being started") << ".\n";
  }
  return ExitCode::ok;
}

ExitCode run(const command::SetDuty& set, Session& session) {
  for (const HostName& host : set.hosts) {
    auto answer = session.ask<reply::Done>(request::SetDuty{host, set.duty});
    if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
    if (!session.globals().quiet) {
      session.world().out << "Host " << host.str() << " is " << toString(set.duty) << ".\n" << std::flush;
    }
  }
  return ExitCode::ok;
}

ExitCode run(const command::LockRelease& release, Session& session) {
  for (const NodeName& node : release.nodes) {
    auto answer = session.ask<reply::Done>(request::ReleaseLock{node});
    if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble);
    if (!session.globals().quiet) {
      session.world().out << "The lock of node " << node.str() << " is released.\n" << std::flush;
    }
  }
  return ExitCode::ok;
}

}  // namespace berth::cli
