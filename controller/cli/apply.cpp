// SPDX-License-Identifier: Apache-2.0
//
// apply and destroy: what would happen is always shown from the controller's answer, since only it knows what is there;
// and what is carried out is what was shown, or is refused (request::Apply::from, request::ApplySaved).
#include <ostream>

#include "controller/cli/carry_out.h"
#include "controller/cli/commands.h"
#include "controller/cli/prepare.h"
#include "controller/cli/saved_plan.h"
#include "controller/cli/show/humanise.h"
#include "controller/cli/submit.h"

namespace berth::cli {

namespace reply = message::reply;
namespace request = message::request;

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
  showPlan(std::get<reply::Planned>(planned).plan, {}, apply.diff ? show::Extent::full : show::Extent::brief, session);
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
  showPlan(plan, spec.place(), apply.diff ? show::Extent::full : show::Extent::brief, session);
  const show::Tally tally = show::tally(plan);
  if (tally.takesNodesDown()) {
    if (const auto refused = disagreement(questionFor(tally), apply.yes, session)) return *refused;
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
  showPlan(plan, {}, show::Extent::brief, session);
  const std::string question =
      "Destroy cluster " + destroy.cluster.str() + " with " + show::count(show::tally(plan).destroy, "node") + "? ";
  if (const auto refused = disagreement(question, destroy.yes, session)) return *refused;
  auto applied = session.ask<reply::Applied>(request::Destroy{destroy.cluster, plan.from});
  if (const Trouble* trouble = troubleOf(applied)) return session.fail(*trouble);
  return carryOn(std::get<reply::Applied>(applied), destroy.detach, session);
}

}  // namespace berth::cli
