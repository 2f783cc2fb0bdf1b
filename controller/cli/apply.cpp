// SPDX-License-Identifier: Apache-2.0
//
// apply and destroy: what would happen is always shown from the controller's answer, since only it knows what is there;
// and what is carried out is what was shown, or is refused (request::Apply::from, request::ApplySaved).
#include <ostream>

#include "controller/cli/commands.h"
#include "controller/cli/follow.h"
#include "controller/cli/prepare.h"
#include "controller/cli/saved_plan.h"
#include "controller/cli/show/humanise.h"
#include "controller/cli/show/plan.h"
#include "controller/cli/submit.h"

namespace berth::cli {

namespace {

namespace reply = message::reply;
namespace request = message::request;

void printPlan(const message::PlanRow& plan, const Place& place, show::Extent extent, Session& session) {
  printFindings(findingsFrom(plan.warnings), place, session.world());
  if (session.globals().quiet) return;
  session.world().out << show::planText(plan, session.world().outStyle, extent) << std::flush;
}

/// Asks before nodes go down; nothing when the person, or --yes, said yes.
std::optional<ExitCode> refusal(const std::string& question, bool yes, Session& session) {
  if (yes) return std::nullopt;
  auto agreed = session.confirm(question);
  if (const Trouble* trouble = troubleOf(agreed)) return session.fail(*trouble);
  if (std::get<bool>(agreed)) return std::nullopt;
  session.world().err << "Nothing was changed.\n";
  return ExitCode::error;
}

ExitCode carryOn(const reply::Applied& applied, bool detach, Session& session) {
  if (!session.globals().quiet) session.world().out << show::updatedText(show::tally(applied.plan)) << std::flush;
  if (!applied.rollout) return ExitCode::ok;
  const std::string id = std::to_string(applied.rollout->value());
  if (detach) {
    if (!session.globals().quiet) {
      session.world().out << "Rollout " << id << " began. Follow it with: berth rollout status " << id << " --watch\n";
    }
    return ExitCode::ok;
  }
  if (!session.globals().quiet) session.world().out << "\n";
  return followRollout(*applied.rollout, session);
}

std::string applyQuestion(const show::Tally& tally) {
  std::string what;
  const auto add = [&what](std::string_view verb, std::uint64_t nodes) {
    if (nodes == 0) return;
    what += (what.empty() ? "" : " and ") + std::string(verb) + " " + show::count(nodes, "node");
  };
  add("replace", tally.replace);
  add("move", tally.move);
  add("destroy", tally.destroy);
  what[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(what[0])));
  return what + "? ";
}

}  // namespace

/// What was saved was looked at, so nothing is asked; the controller sees to it that it is still that plan.
static ExitCode applySaved(const command::Apply& apply, Session& session) {
  auto saved = readSavedPlan(apply.savedPlan);
  if (const Trouble* trouble = troubleOf(saved)) return session.fail(*trouble);
  const auto& plan = std::get<SavedPlan>(saved);
  auto chosen = session.chosenContext();
  if (const Trouble* trouble = troubleOf(chosen)) return session.fail(*trouble);
  if (std::get<Session::Chosen>(chosen).context->controller != plan.controller) {
    return session.fail(apply.savedPlan + " was made by another controller",
                        "Choose the context it was made in with --context.");
  }
  auto planned = session.ask<reply::Planned>(request::PlanSaved{plan.ticket});
  if (const Trouble* trouble = troubleOf(planned)) return session.fail(*trouble);
  printPlan(std::get<reply::Planned>(planned).plan, {}, apply.diff ? show::Extent::full : show::Extent::brief, session);
  auto applied = session.ask<reply::Applied>(request::ApplySaved{plan.ticket});
  if (const Trouble* trouble = troubleOf(applied)) return session.fail(*trouble);
  return carryOn(std::get<reply::Applied>(applied), apply.detach, session);
}

ExitCode run(const command::Apply& apply, Session& session) {
  if (!apply.savedPlan.empty()) return applySaved(apply, session);
  const SpecOnDisk spec(apply.spec, session.world());
  const auto submission = submit(spec, apply.updateImage ? Pin::resolveAnew : Pin::keep, session);
  if (!submission) return ExitCode::error;
  auto planned = session.ask<reply::Planned>(request::Plan{*submission, apply.options});
  if (const Trouble* trouble = troubleOf(planned)) return session.fail(*trouble, spec.place());
  const message::PlanRow& plan = std::get<reply::Planned>(planned).plan;
  printPlan(plan, spec.place(), apply.diff ? show::Extent::full : show::Extent::brief, session);
  const show::Tally tally = show::tally(plan);
  if (tally.takesNodesDown()) {
    if (const auto refused = refusal(applyQuestion(tally), apply.yes, session)) return *refused;
  }
  // Even without a change of nodes the controller keeps what else the spec says, such as its update settings.
  auto applied = session.ask<reply::Applied>(request::Apply{*submission, plan.from, apply.options});
  if (const Trouble* trouble = troubleOf(applied)) return session.fail(*trouble, spec.place());
  return carryOn(std::get<reply::Applied>(applied), apply.detach, session);
}

ExitCode run(const command::Destroy& destroy, Session& session) {
  auto planned = session.ask<reply::Planned>(request::PlanDestroy{destroy.cluster});
  if (const Trouble* trouble = troubleOf(planned)) return session.fail(*trouble);
  const message::PlanRow& plan = std::get<reply::Planned>(planned).plan;
  printPlan(plan, {}, show::Extent::brief, session);
  const std::string question =
      "Destroy cluster " + destroy.cluster.str() + " with " + show::count(show::tally(plan).destroy, "node") + "? ";
  if (const auto refused = refusal(question, destroy.yes, session)) return *refused;
  auto applied = session.ask<reply::Applied>(request::Destroy{destroy.cluster, plan.from});
  if (const Trouble* trouble = troubleOf(applied)) return session.fail(*trouble);
  return carryOn(std::get<reply::Applied>(applied), destroy.detach, session);
}

}  // namespace berth::cli
