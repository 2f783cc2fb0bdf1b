// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include <CLI/CLI.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "controller/server/init.h"
#include "controller/server/run.h"
#include "controller/server/settings.h"
#include "controller/store/sqlite_store.h"
#include "protocol/identity/context_file.h"

namespace {

namespace fs = std::filesystem;
using namespace berth;
using namespace berth::server;

constexpr int kUsage = 2;

struct Arguments {
  std::string stateDirectory = kStateDirectory;
  std::string config;
  Wishes wishes;
  std::string heartbeat;
  std::string lease;
  std::string admin = "admin";
  std::string contextOut;
  std::string contextName = "default";
  std::vector<std::string> hosts;
  std::string backup;
};

int fail(const std::string& message) {
  std::cerr << "berth-controller: " << message << "\n";
  return 1;
}

void addState(CLI::App& command, Arguments& arguments) {
  command.add_option("--state-dir", arguments.stateDirectory, "where the store and the key are")
      ->capture_default_str()
      ->type_name("DIR");
}

void addSettings(CLI::App& command, Arguments& arguments) {
  Wishes& wishes = arguments.wishes;
  command.add_option("--config", arguments.config, "settings; what flags say wins")->type_name("FILE");
  command.add_option("--address", wishes.address, "name or address by which agents and operators reach this machine")
      ->type_name("ADDRESS");
  command.add_option("--listen", wishes.listen, "address of this machine to listen on (default: all)")
      ->type_name("ADDRESS");
  command.add_option("--agent-endpoint", wishes.agentEndpoint, "for agents (default: tcp://ADDRESS:7401)")
      ->type_name("ENDPOINT");
  command.add_option("--operator-endpoint", wishes.operatorEndpoint, "for the CLI (default: tcp://ADDRESS:7400)")
      ->type_name("ENDPOINT");
  command.add_option("--enrolment-endpoint", wishes.enrolmentEndpoint, "for join (default: tcp://ADDRESS:7402)")
      ->type_name("ENDPOINT");
  command.add_option("--http-listen", wishes.httpListen, "answer nodes that ask before they reboot, such as on *:7403")
      ->type_name("ADDRESS:PORT");
  command.add_option("--http-url", wishes.httpUrl, "what these nodes are told (default: http://ADDRESS:PORT)")
      ->type_name("URL");
  command.add_option("--heartbeat", arguments.heartbeat, "how often agents say that they are there (default: 2s)")
      ->type_name("TIME");
  command.add_option("--lease", arguments.lease, "a host is lost when nothing was heard for so long (default: 10s)")
      ->type_name("TIME");
}

/// The settings of a file, or nothing and a message.
std::optional<Wishes> readFile(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) {
    fail("cannot read " + path.string());
    return std::nullopt;
  }
  source::Findings findings;
  Wishes wishes = readWishes(text.str(), path.string(), findings);
  if (!source::hasErrors(findings)) return wishes;
  std::cerr << source::render(findings, [&](std::string_view) { return std::optional(text.str()); });
  return std::nullopt;
}

/// The files of settings, the least word first: what `init` was told, then what the machine's owner wrote. The file in
/// /etc is for the controller in its usual place, and not for others that run beside it.
std::vector<fs::path> settingsFiles(const Arguments& arguments) {
  std::vector<fs::path> files;
  std::error_code ignored;
  const fs::path told = fs::path(arguments.stateDirectory) / "controller.yaml";
  if (fs::exists(told, ignored)) files.push_back(told);
  const bool usual = arguments.stateDirectory == kStateDirectory;
  if (!arguments.config.empty()) {
    files.emplace_back(arguments.config);
  } else if (usual && fs::exists(kConfigFile, ignored)) {
    files.emplace_back(kConfigFile);
  }
  return files;
}

/// Files, and flags over them.
std::optional<Wishes> gatherWishes(const Arguments& arguments) {
  Wishes wishes;
  for (const fs::path& path : settingsFiles(arguments)) {
    const auto read = readFile(path);
    if (!read) return std::nullopt;
    wishes = overlaid(wishes, *read);
  }
  Wishes flags = arguments.wishes;
  for (auto [text, interval] : {std::pair(&arguments.heartbeat, &flags.heartbeat), {&arguments.lease, &flags.lease}}) {
    if (text->empty()) continue;
    *interval = parseInterval(*text);
    if (!*interval) {
      fail("\"" + *text + "\" is not a time such as 500ms, 10s or 1m");
      return std::nullopt;
    }
  }
  return overlaid(wishes, flags);
}

int runInit(const Arguments& arguments) {
  const auto wishes = gatherWishes(arguments);
  if (!wishes) return kUsage;
  const auto admin = OperatorName::parse(arguments.admin);
  if (!admin) return fail("\"" + arguments.admin + "\" is no name: lower-case letters, digits and dashes");
  const fs::path context =
      arguments.contextOut.empty() ? identity::defaultContextFile() : fs::path(arguments.contextOut);
  const auto done = initialise({arguments.stateDirectory, *wishes, *admin, context, arguments.contextName});
  if (const auto* trouble = std::get_if<Trouble>(&done)) return fail(trouble->message);
  std::cout << std::get<Initialised>(done).summary << "\n";
  return 0;
}

int runServe(const Arguments& arguments) {
  const auto wishes = gatherWishes(arguments);
  if (!wishes) return kUsage;
  const auto settings = settle(*wishes);
  if (const auto* wrong = std::get_if<std::string>(&settings)) return fail(*wrong);
  return run(arguments.stateDirectory, std::get<Settings>(settings));
}

int runTakeOver(const Arguments& arguments) {
  std::vector<HostName> hosts;
  for (const auto& each : arguments.hosts) {
    const auto name = HostName::parse(each);
    if (!name) return fail("\"" + each + "\" is no name of a host");
    hosts.push_back(*name);
  }
  const auto done = takeOver(arguments.stateDirectory, hosts);
  if (const auto* trouble = std::get_if<Trouble>(&done)) return fail(trouble->message);
  std::cout << std::get<std::string>(done);
  return 0;
}

int runBackup(const Arguments& arguments) {
  const auto failed = store::SqliteStore::backUp(arguments.stateDirectory, arguments.backup);
  if (failed) return fail(failed->message + "\n  = " + failed->hint);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Plans the nodes of a fleet and drives its agents.", "berth-controller");
  app.set_version_flag("--version", "berth-controller " BERTH_VERSION);
  app.require_subcommand(1);

  auto* init = app.add_subcommand("init", "make a new fleet, and the CLI context of its first admin");
  addState(*init, arguments);
  addSettings(*init, arguments);
  init->add_option("--admin", arguments.admin, "name of the first admin")->capture_default_str()->type_name("NAME");
  init->add_option("--context-out", arguments.contextOut, "where the admin's CLI context goes (default: your own)")
      ->type_name("FILE");
  init->add_option("--context", arguments.contextName, "name of that context")
      ->capture_default_str()
      ->type_name("NAME");

  auto* serve = app.add_subcommand("run", "serve the fleet until SIGTERM");
  addState(*serve, arguments);
  addSettings(*serve, arguments);

  auto* takeOverCommand = app.add_subcommand(
      "take-over", "drive hosts again that have seen more than this store knows; the controller must be stopped");
  addState(*takeOverCommand, arguments);
  takeOverCommand->add_option("--host", arguments.hosts, "only this one; may be repeated")->type_name("HOST");

  auto* backup = app.add_subcommand("backup", "write a copy of the store to a new file; the controller may run");
  addState(*backup, arguments);
  backup->add_option("file", arguments.backup, "where the copy goes")->required()->type_name("FILE");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  spdlog::set_default_logger(spdlog::stderr_logger_mt("berth-controller"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  try {
    if (init->parsed()) return runInit(arguments);
    if (serve->parsed()) return runServe(arguments);
    if (takeOverCommand->parsed()) return runTakeOver(arguments);
    return runBackup(arguments);
  } catch (const std::exception& error) {
    // What reaches this is a bug or a machine without memory: say it and let systemd begin anew.
    return fail(error.what());
  }
}
