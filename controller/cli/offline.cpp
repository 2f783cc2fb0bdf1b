// SPDX-License-Identifier: Apache-2.0
//
// validate and render: what needs no controller, and reads nothing but the spec's own directory.
#include <filesystem>
#include <ostream>

#include "controller/cli/commands.h"
#include "controller/cli/prepare.h"
#include "controller/cli/show/humanise.h"
#include "controller/cli/show/json.h"
#include "controller/cli/whole_file.h"
#include "planner/source/diagnostic.h"

namespace berth::cli {

namespace {

/// Checks the spec; the findings have been printed when there is nothing.
std::optional<change::Outcome> checked(const SpecOptions& options, Session& session) {
  const SpecOnDisk spec(options, session.world());
  if (const auto trouble = spec.unreadable()) {
    session.fail(*trouble);
    return std::nullopt;
  }
  return spec.check(session.world());
}

show::Json configOf(const node::Blueprint& blueprint) { return show::Json::parse(blueprint.ignition, nullptr, false); }

ExitCode renderInto(const std::filesystem::path& directory, const std::vector<node::Blueprint>& blueprints,
                    Session& session) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return session.fail("cannot make the directory " + directory.string() + ": " + error.message());
  for (const node::Blueprint& blueprint : blueprints) {
    const auto path = directory / (blueprint.name.str() + ".ign");
    error = writePrivate(path, blueprint.ignition + "\n");
    if (error) return session.fail("cannot write " + path.string() + ": " + error.message());
  }
  session.advise("Wrote " + show::count(blueprints.size(), "config") + " to " + directory.string() + "\n");
  return ExitCode::ok;
}

}  // namespace

ExitCode run(const command::Validate& validate, Session& session) {
  const auto outcome = checked(validate.spec, session);
  if (!outcome) return ExitCode::error;
  if (validate.strict && !outcome->findings.empty()) {
    return session.fail(show::count(outcome->findings.size(), "warning") + " in " + validate.spec.file,
                        "With --strict, warnings are errors.");
  }
  if (!session.globals().quiet) {
    session.world().out << validate.spec.file << ": valid; cluster " << outcome->spec->cluster.value.str() << " with "
                        << show::count(outcome->blueprints.size(), "node") << "\n";
  }
  return ExitCode::ok;
}

ExitCode run(const command::Render& render, Session& session) {
  auto outcome = checked(render.spec, session);
  if (!outcome) return ExitCode::error;
  auto& blueprints = outcome->blueprints;
  if (render.node) {
    std::vector<std::string> names;
    names.reserve(blueprints.size());
    for (const node::Blueprint& blueprint : blueprints) names.push_back(blueprint.name.str());
    std::erase_if(blueprints, [&](const node::Blueprint& blueprint) { return blueprint.name != *render.node; });
    if (blueprints.empty()) {
      const auto near = source::nearest(render.node->str(), names);
      return session.fail("the spec has no node " + render.node->str(),
                          near ? "Did you mean " + *near + "?" : "Its nodes are named CLUSTER-POOL-INDEX.");
    }
  }
  if (render.output != "json") return renderInto(render.output, blueprints, session);
  if (render.node) {
    session.world().out << show::jsonText(configOf(blueprints.front()));
    return ExitCode::ok;
  }
  show::Json all = show::Json::object();
  for (const node::Blueprint& blueprint : blueprints) all[blueprint.name.str()] = configOf(blueprint);
  session.world().out << show::jsonText(all);
  return ExitCode::ok;
}

}  // namespace berth::cli
