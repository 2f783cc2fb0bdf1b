// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/carry_out.h"

#include <cctype>
#include <ostream>

#include "controller/cli/findings.h"
#include "controller/cli/follow.h"
#include "controller/cli/show/humanise.h"

namespace berth::cli {

void showPlan(const message::PlanRow& plan, const Place& place, show::Extent extent, Session& session) {
  printFindings(findingsFrom(plan.warnings), place, session.world());
  if (session.globals().quiet) return;
  session.world().out << show::planText(plan, session.world().outStyle, extent) << std::flush;
}

std::optional<ExitCode> disagreement(const std::string& question, bool yes, Session& session) {
  if (yes) return std::nullopt;
  auto agreed = session.confirm(question);
  if (const Trouble* trouble = troubleOf(agreed)) return session.fail(*trouble);
  if (std::get<bool>(agreed)) return std::nullopt;
  session.world().err << "Nothing was changed.\n";
  return ExitCode::error;
}

ExitCode carryOn(const message::reply::Applied& applied, bool detach, Session& session) {
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

std::string questionFor(const show::Tally& tally) {
  std::string what;
  const auto add = [&what](std::string_view verb, std::uint64_t nodes) {
    if (nodes == 0) return;
    what += (what.empty() ? "" : " and ") + std::string(verb) + " " + show::count(nodes, "node");
  };
  add("replace", tally.replace);
  add("restart", tally.restart);
  add("move", tally.move);
  add("destroy", tally.destroy);
  what[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(what[0])));
  return what + "? ";
}

}  // namespace berth::cli
