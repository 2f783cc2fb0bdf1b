// SPDX-License-Identifier: Apache-2.0
//
// plan: what an apply would do, what removing the cluster would do, or what is not as it should be. Changes nothing.
#include "controller/cli/show/plan.h"

#include <ostream>

#include "controller/cli/commands.h"
#include "controller/cli/saved_plan.h"
#include "controller/cli/show/drift.h"
#include "controller/cli/show/json.h"
#include "controller/cli/show/layout.h"
#include "controller/cli/show/text.h"
#include "controller/cli/submit.h"

namespace berth::cli {

namespace {

namespace reply = message::reply;
namespace request = message::request;

std::string imageLine(const message::Image& image) {
  return "Image: " + show::oneLine(image.label.empty() ? image.source : image.label) + "\n";
}

ExitCode exitCodeOf(const command::Plan& plan, bool changes) {
  return plan.detailedExitcode && changes ? ExitCode::changes : ExitCode::ok;
}

void print(const command::Plan& plan, const message::PlanRow& row, const Place& place, const message::Image* image,
           Session& session) {
  auto& out = session.world().out;
  switch (plan.format) {
    case Format::json: out << show::jsonText(show::json(row)); return;
    case Format::yaml: out << show::yamlText(show::json(row)); return;
    case Format::table:
    case Format::wide:
    case Format::name: break;
  }
  printFindings(findingsFrom(row.warnings), place, session.world());
  out << show::planText(row, session.world().outStyle, plan.diff ? show::Extent::full : show::Extent::brief);
  if (image != nullptr && show::tally(row).changes()) out << imageLine(*image);
}

/// The name of the cluster that the spec declares; what is wrong with it has been printed when there is nothing.
std::optional<ClusterName> clusterOf(const SpecOnDisk& spec, Session& session) {
  if (const auto trouble = spec.unreadable()) {
    session.fail(*trouble);
    return std::nullopt;
  }
  const auto outcome = spec.check(session.world());
  if (!outcome) return std::nullopt;
  return outcome->spec->cluster.value;
}

ExitCode planDestroy(const command::Plan& plan, const SpecOnDisk& spec, Session& session) {
  const auto cluster = clusterOf(spec, session);
  if (!cluster) return ExitCode::error;
  auto planned = session.ask<reply::Planned>(request::PlanDestroy{*cluster});
  if (const Trouble* trouble = troubleOf(planned)) return session.fail(*trouble);
  const message::PlanRow& row = std::get<reply::Planned>(planned).plan;
  print(plan, row, spec.place(), nullptr, session);
  return exitCodeOf(plan, show::tally(row).changes());
}

ExitCode showDrift(const command::Plan& plan, const SpecOnDisk& spec, Session& session) {
  const auto cluster = clusterOf(spec, session);
  if (!cluster) return ExitCode::error;
  auto nodes = session.ask<reply::Nodes>(request::GetNodes{*cluster});
  if (const Trouble* trouble = troubleOf(nodes)) return session.fail(*trouble);
  auto hosts = session.ask<reply::Hosts>(request::GetHosts{});
  if (const Trouble* trouble = troubleOf(hosts)) return session.fail(*trouble);
  const auto& rows = std::get<reply::Nodes>(nodes).nodes;
  const auto drift = show::driftOf(rows, std::get<reply::Hosts>(hosts).hosts);
  auto& out = session.world().out;
  switch (plan.format) {
    case Format::json: out << show::jsonText(show::driftJson(*cluster, rows.size(), drift)); break;
    case Format::yaml: out << show::yamlText(show::driftJson(*cluster, rows.size(), drift)); break;
    case Format::table:
    case Format::wide:
    case Format::name: out << show::driftText(*cluster, rows.size(), drift, session.world().outStyle); break;
  }
  return exitCodeOf(plan, !drift.empty());
}

/// Keeps the plan for later.
std::optional<Trouble> save(const std::string& path, const message::PlanRow& row, Session& session) {
  auto chosen = session.chosenContext();
  if (const Trouble* trouble = troubleOf(chosen)) return *trouble;
  if (row.ticket.empty()) {
    return Trouble{"the controller gave no ticket for the plan, so it cannot be saved", "Is it an older version?"};
  }
  if (auto trouble = savePlan(path, std::get<Session::Chosen>(chosen).context->controller, row)) return trouble;
  session.advise("Saved to " + path + ". To carry out exactly this: berth apply " + path + "\n");
  return std::nullopt;
}

ExitCode explain(const request::Explain& question, const Place& place, Format format, Session& session) {
  auto answer = session.ask<reply::Explained>(question);
  if (const Trouble* trouble = troubleOf(answer)) return session.fail(*trouble, place);
  const message::ExplanationRow& row = std::get<reply::Explained>(answer).explanation;
  auto& out = session.world().out;
  switch (format) {
    case Format::json: out << show::jsonText(show::json(row)); break;
    case Format::yaml: out << show::yamlText(show::json(row)); break;
    case Format::table:
    case Format::wide:
    case Format::name: out << show::explanationText(row, session.world().outStyle); break;
  }
  return ExitCode::ok;
}

}  // namespace

ExitCode run(const command::Plan& plan, Session& session) {
  const SpecOnDisk spec(plan.spec, session.world());
  if (plan.destroy) return planDestroy(plan, spec, session);
  if (plan.refreshOnly) return showDrift(plan, spec, session);
  const auto submission = submit(spec, plan.updateImage ? Pin::resolveAnew : Pin::keep, session);
  if (!submission) return ExitCode::error;
  if (plan.explain) return explain(request::Explain{*submission, *plan.explain}, spec.place(), plan.format, session);
  using Keep = request::Plan::Keep;
  auto planned =
      session.ask<reply::Planned>(request::Plan{*submission, plan.options, plan.out.empty() ? Keep::no : Keep::ticket});
  if (const Trouble* trouble = troubleOf(planned)) return session.fail(*trouble, spec.place());
  const message::PlanRow& row = std::get<reply::Planned>(planned).plan;
  print(plan, row, spec.place(), &submission->image, session);
  if (!plan.out.empty()) {
    if (const auto trouble = save(plan.out, row, session)) return session.fail(*trouble);
  }
  return exitCodeOf(plan, show::tally(row).changes());
}

}  // namespace berth::cli
