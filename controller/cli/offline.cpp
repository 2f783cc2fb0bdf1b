// SPDX-License-Identifier: Apache-2.0
//
// validate and render: what needs no controller, and reads nothing but the spec's own directory.
#include <algorithm>
#include <filesystem>
#include <ostream>

#include "controller/cli/commands.h"
#include "controller/cli/prepare.h"
#include "controller/cli/show/humanise.h"
#include "controller/cli/show/json.h"
#include "controller/cli/whole_file.h"
#include "planner/node/site.h"
#include "planner/source/diagnostic.h"
#include "words/digest.h"

namespace berth::cli {

namespace {

/// Checks the spec; the findings have been printed when there is nothing.
std::optional<change::Outcome> checked(const SpecOptions& options, Session& session, const node::Site& site = {}) {
  const SpecOnDisk spec(options, session.world());
  if (const auto trouble = spec.unreadable()) {
    session.fail(*trouble);
    return std::nullopt;
  }
  return spec.check(session.world(), site);
}

show::Json configOf(const node::Blueprint& blueprint) { return show::Json::parse(blueprint.ignition, nullptr, false); }

std::optional<Trouble> writeConfig(const std::filesystem::path& path, const std::string& text) {
  const std::error_code error = writePrivate(path, text + "\n");
  if (error) return Trouble{"cannot write " + path.string() + ": " + error.message()};
  return std::nullopt;
}

/// What the platform is given instead of a config: where that is, and what it must be.
std::string pointerTo(const node::Blueprint& blueprint, const std::string& below) {
  const std::string url = below + (below.ends_with('/') ? "" : "/") + blueprint.name.str() + ".ign";
  const std::string hash = "sha256-" + Digest::of(blueprint.ignition + "\n").hex();
  // Any release of Fedora CoreOS knows this version, whichever the config itself has.
  show::Json pointer;
  pointer["ignition"]["version"] = "3.1.0";
  pointer["ignition"]["config"]["replace"] = {{"source", url}, {"verification", {{"hash", hash}}}};
  return pointer.dump();
}

ExitCode renderInto(const command::Render& render, const std::vector<node::Blueprint>& blueprints, Session& session) {
  const std::filesystem::path directory = render.output;
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return session.fail("cannot make the directory " + directory.string() + ": " + error.message());
  for (const node::Blueprint& blueprint : blueprints) {
    const std::string& name = blueprint.name.str();
    if (const auto trouble = writeConfig(directory / (name + ".ign"), blueprint.ignition))
      return session.fail(*trouble);
    if (render.pointer.empty()) continue;
    if (const auto trouble = writeConfig(directory / (name + ".user-data.ign"), pointerTo(blueprint, render.pointer)))
      return session.fail(*trouble);
  }
  session.advise("Wrote " + show::count(blueprints.size(), "config") + " to " + directory.string() + "\n");
  if (!render.pointer.empty())
    session.advise("Put each NODE.ign where " + render.pointer + " leads, and give machines NODE.user-data.ign.\n");
  return ExitCode::ok;
}

/// What keeps the configs from being user data of the platform as they are.
std::optional<Trouble> tooLarge(const command::Render& render, const std::vector<node::Blueprint>& blueprints) {
  const node::Platform* platform = render.platform;
  if (platform == nullptr || platform->userData == 0 || !render.pointer.empty()) return std::nullopt;
  std::size_t largest = 0;
  std::vector<std::string> names;
  for (const node::Blueprint& blueprint : blueprints) {
    const std::size_t size = node::sizeOn(*platform, blueprint.ignition.size() + 1);
    if (size <= platform->userData) continue;
    names.push_back(blueprint.name.str());
    largest = std::max(largest, size);
  }
  if (names.empty()) return std::nullopt;
  const std::string whose = names.size() == 1
                                ? "the config of " + names[0] + " takes "
                                : show::count(names.size(), "config") + ", of " + names[0] + " and others, take up to ";
  return Trouble{whose + std::to_string(largest) + " bytes" + (platform->inBase64 ? " in base64" : "") +
                     ", and user data of " + std::string(platform->id) + " may have " +
                     std::to_string(platform->userData),
                 "Give the machines pointers to them: -o DIR --pointer URL\n"
                 "or let them fetch large files: contents: { source: https://…, verification: … }"};
}

/// What would be left unsaid otherwise, and cost somebody an evening.
std::optional<Trouble> contradiction(const command::Render& render) {
  if (!render.pointer.empty() && render.output == "json") {
    return Trouble{"--pointer writes two files for each node", "Say where to: -o DIR"};
  }
  return std::nullopt;
}

std::optional<Trouble> unknownDisk(const command::Render& render, const spec::Spec& spec) {
  std::vector<std::string> names;
  for (const spec::Pool& pool : spec.pools) {
    for (const spec::Volume& volume : pool.volumes) names.push_back(volume.name->str());
  }
  for (const auto& [name, device] : render.disks) {
    if (std::ranges::find(names, name.str()) != names.end()) continue;
    const auto near = source::nearest(name.str(), names);
    return Trouble{"the spec has no volume " + name.str(), near ? "Did you mean " + *near + "?" : ""};
  }
  return std::nullopt;
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
  if (const auto trouble = contradiction(render)) return session.fail(*trouble);
  const node::Site site{render.platform, render.disks};
  auto outcome = checked(render.spec, session, site);
  if (!outcome) return ExitCode::error;
  if (const auto trouble = unknownDisk(render, *outcome->spec)) return session.fail(*trouble);
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
  if (const auto trouble = tooLarge(render, blueprints)) return session.fail(*trouble);
  for (const std::string& each : node::leftToOthers(*outcome->spec, site)) session.advise("note: " + each + "\n");
  if (render.output != "json") return renderInto(render, blueprints, session);
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
