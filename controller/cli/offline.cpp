// SPDX-License-Identifier: Apache-2.0
//
// validate and render: what needs no controller, and reads nothing but the spec's own directory.
#include <cerrno>
#include <filesystem>
#include <ostream>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "controller/cli/commands.h"
#include "controller/cli/prepare.h"
#include "controller/cli/show/humanise.h"
#include "controller/cli/show/json.h"
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

/// Writes a new file that only its owner can read; an old one is replaced, never widened.
std::optional<std::string> writeSecret(const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path temporary = path.string() + ".new";
  ::unlink(temporary.c_str());
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return std::generic_category().message(errno);
  std::string_view left = text;
  int error = 0;
  while (!left.empty() && error == 0) {
    const ssize_t written = ::write(fd, left.data(), left.size());
    if (written >= 0) left.remove_prefix(static_cast<std::size_t>(written));
    if (written < 0 && errno != EINTR) error = errno;
  }
  if (::close(fd) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return std::nullopt;
  ::unlink(temporary.c_str());
  return std::generic_category().message(error);
}

ExitCode renderInto(const std::filesystem::path& directory, const std::vector<node::Blueprint>& blueprints,
                    Session& session) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return session.fail("cannot make the directory " + directory.string() + ": " + error.message());
  for (const node::Blueprint& blueprint : blueprints) {
    const auto path = directory / (blueprint.name.str() + ".ign");
    if (const auto why = writeSecret(path, blueprint.ignition + "\n")) {
      return session.fail("cannot write " + path.string() + ": " + *why);
    }
  }
  session.advise("Wrote " + show::count(blueprints.size(), "config") + " to " + directory.string() + "\n");
  return ExitCode::ok;
}

}  // namespace

ExitCode run(const command::Validate& validate, Session& session) {
  const auto outcome = checked(validate.spec, session);
  if (!outcome) return ExitCode::error;
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
