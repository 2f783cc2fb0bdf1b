// SPDX-License-Identifier: Apache-2.0
//
// plan, apply and destroy: what would happen is always shown from the controller's answer, since only it knows what
// is there; and what is carried out is what was shown, or is refused (request::Apply::from).
#include <ostream>

#include "controller/cli/commands.h"
#include "controller/cli/follow.h"
#include "controller/cli/prepare.h"
#include "controller/cli/show/humanise.h"
#include "controller/cli/show/json.h"
#include "controller/cli/show/plan.h"
#include "controller/cli/show/text.h"

namespace berth::cli {

namespace {

namespace reply = message::reply;
namespace request = message::request;

/// The cluster as it is in force; nothing when it is new.
Result<std::optional<message::ClusterRow>> clusterInForce(const ClusterName& name, Session& session) {
  auto clusters = session.ask<reply::Clusters>(request::GetClusters{});
  if (auto* trouble = std::get_if<Trouble>(&clusters)) return std::move(*trouble);
  for (message::ClusterRow& cluster : std::get<reply::Clusters>(clusters).clusters) {
    if (cluster.name == name) return std::optional(std::move(cluster));
  }
  return std::optional<message::ClusterRow>();
}

enum class Pin { keep, resolveAnew };

/// Checks the spec here and resolves its image. What is wrong has been printed when there is nothing.
std::optional<message::Submission> prepare(const SpecOnDisk& spec, Pin pin, Session& session) {
  const auto failed = [&session](const Trouble& trouble) {
    session.fail(trouble);
    return std::nullopt;
  };
  if (const auto trouble = spec.unreadable()) return failed(*trouble);
  const auto outcome = spec.check(session.world());
  if (!outcome) return std::nullopt;

  auto inForce = clusterInForce(outcome->spec->cluster.value, session);
  if (const Trouble* trouble = troubleOf(inForce)) return failed(*trouble);
  const auto& cluster = std::get<std::optional<message::ClusterRow>>(inForce);
  const message::ClusterRow* pinned = cluster && pin == Pin::keep ? &*cluster : nullptr;
  auto image = resolveImage(outcome->spec->image, pinned, spec.place(), session.world());
  if (const Trouble* trouble = troubleOf(image)) return failed(*trouble);
  return submissionOf(spec, *outcome->spec, std::get<ResolvedImage>(image).image);
}

std::string imageLine(const message::Image& image) {
  return "Image: " + show::oneLine(image.label.empty() ? image.source : image.label) + "\n";
}

void printPlan(const message::PlanRow& plan, const Place& place, Session& session) {
  printFindings(findingsFrom(plan.warnings), place, session.world());
  if (session.globals().quiet) return;
  session.world().out << show::planText(plan, session.world().outStyle) << std::flush;
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
  if (tally.replace > 0) what = "replace " + show::count(tally.replace, "node");
  if (tally.destroy > 0)
    what += (what.empty() ? "" : " and ") + std::string("destroy ") + show::count(tally.destroy, "node");
  what[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(what[0])));
  return what + "? ";
}

}  // namespace

ExitCode run(const command::Plan& plan, Session& session) {
  const SpecOnDisk spec(plan.spec, session.world());
  const auto submission = prepare(spec, plan.updateImage ? Pin::resolveAnew : Pin::keep, session);
  if (!submission) return ExitCode::error;
  auto planned = session.ask<reply::Planned>(request::Plan{*submission});
  if (const Trouble* trouble = troubleOf(planned)) return session.fail(*trouble, spec.place());
  const message::PlanRow& row = std::get<reply::Planned>(planned).plan;
  const show::Tally tally = show::tally(row);
  switch (plan.format) {
    case Format::json: session.world().out << show::jsonText(show::json(row)); break;
    case Format::yaml: session.world().out << show::yamlText(show::json(row)); break;
    case Format::table:
    case Format::wide:
    case Format::name:
      printFindings(findingsFrom(row.warnings), spec.place(), session.world());
      session.world().out << show::planText(row, session.world().outStyle);
      if (tally.changes()) session.world().out << imageLine(submission->image);
      break;
  }
  return plan.detailedExitcode && tally.changes() ? ExitCode::changes : ExitCode::ok;
}

ExitCode run(const command::Apply& apply, Session& session) {
  const SpecOnDisk spec(apply.spec, session.world());
  const auto submission = prepare(spec, apply.updateImage ? Pin::resolveAnew : Pin::keep, session);
  if (!submission) return ExitCode::error;
  auto planned = session.ask<reply::Planned>(request::Plan{*submission});
  if (const Trouble* trouble = troubleOf(planned)) return session.fail(*trouble, spec.place());
  const message::PlanRow& plan = std::get<reply::Planned>(planned).plan;
  printPlan(plan, spec.place(), session);
  const show::Tally tally = show::tally(plan);
  if (tally.takesNodesDown()) {
    if (const auto refused = refusal(applyQuestion(tally), apply.yes, session)) return *refused;
  }
  // Even without a change of nodes the controller keeps what else the spec says, such as its update settings.
  auto applied = session.ask<reply::Applied>(request::Apply{*submission, plan.from});
  if (const Trouble* trouble = troubleOf(applied)) return session.fail(*trouble, spec.place());
  return carryOn(std::get<reply::Applied>(applied), apply.detach, session);
}

ExitCode run(const command::Destroy& destroy, Session& session) {
  auto planned = session.ask<reply::Planned>(request::PlanDestroy{destroy.cluster});
  if (const Trouble* trouble = troubleOf(planned)) return session.fail(*trouble);
  const message::PlanRow& plan = std::get<reply::Planned>(planned).plan;
  printPlan(plan, {}, session);
  const std::string question =
      "Destroy cluster " + destroy.cluster.str() + " with " + show::count(show::tally(plan).destroy, "node") + "? ";
  if (const auto refused = refusal(question, destroy.yes, session)) return *refused;
  auto applied = session.ask<reply::Applied>(request::Destroy{destroy.cluster, plan.from});
  if (const Trouble* trouble = troubleOf(applied)) return session.fail(*trouble);
  return carryOn(std::get<reply::Applied>(applied), destroy.detach, session);
}

}  // namespace berth::cli
