// SPDX-License-Identifier: Apache-2.0
//
// berth-agent: wires the parts together and runs them. No decision is made here.
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include <malloc.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "agent/disks/instance_files.h"
#include "agent/hypervisor/libvirt.h"
#include "agent/images/disk_cache.h"
#include "agent/program/agent.h"
#include "agent/program/config.h"
#include "agent/program/fence.h"
#include "agent/program/footprint.h"
#include "agent/program/join.h"
#include "agent/program/options.h"
#include "agent/program/volume_pool.h"
#include "agent/volumes/volumes.h"
#include "protocol/systemd/notify.h"

namespace {

using namespace berth;
using namespace berth::program;

enum class Exit : int { ok = 0, failed = 1, usage = 2, notJoined = 3 };

Exit complain(const std::string& message, Exit code = Exit::failed) {
  std::cerr << "berth-agent: " << message << '\n';
  return code;
}

void startLogging(LogLevel level) {
  auto logger = std::make_shared<spdlog::logger>("agent", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  // The journal has the time already.
  logger->set_pattern(std::getenv("JOURNAL_STREAM") != nullptr ? "%l: %v" : "%Y-%m-%dT%H:%M:%S.%e%z %l: %v");
  constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                                   spdlog::level::err};
  logger->set_level(kLevels[static_cast<std::size_t>(level)]);
  logger->flush_on(spdlog::level::debug);
  spdlog::set_default_logger(std::move(logger));
}

std::string bootId() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

/// The key that systemd hands in (LoadCredential=agent.key:…), or else the one in the state directory.
std::filesystem::path keyFile(const state::Directory& directory) {
  std::error_code failed;
  if (const auto* credentials = std::getenv("CREDENTIALS_DIRECTORY")) {
    auto path = std::filesystem::path(credentials) / "agent.key";
    if (std::filesystem::exists(path, failed)) return path;
  }
  return directory.keyFile();
}

/// Over a connection of its own, since only one at a time may live in a process.
std::variant<TakenPool, std::string> poolFor(const Config& config, const disks::Layout& layout,
                                             const state::Identity& identity,
                                             const hypervisor::LibvirtOptions& libvirt) {
  const auto connected = hypervisor::connectLibvirt(libvirt, {});
  return takePool({config.volumePool, layout.root(), identity.fleet, identity.host}, *connected);
}

Exit serve(Config config, state::Directory& directory, transport::Signals& signals) {
  auto known = directory.identity();
  if (const auto* error = std::get_if<disks::Error>(&known)) return complain(error->str());
  const auto& identity = std::get<std::optional<state::Identity>>(known);
  if (!identity) {
    return complain(
        "this host has not joined a fleet yet: run `berth host token HOST` where you use berth, then "
        "`berth-agent join TOKEN` here",
        Exit::notJoined);
  }
  auto loaded = identity::loadKeyFile(keyFile(directory));
  if (const auto* error = std::get_if<identity::KeyFileError>(&loaded)) return complain(error->message);
  const disks::Layout layout(directory.root());
  hypervisor::LibvirtOptions libvirt;
  libvirt.uri = config.libvirt;
  libvirt.fleet = identity->fleet;
  auto taken = poolFor(config, layout, *identity, libvirt);
  if (const auto* why = std::get_if<std::string>(&taken)) return complain(*why);
  auto& volumePool = std::get<TakenPool>(taken);
  for (const auto& swept :
       {disks::openLayout(layout), volumes::open(volumes::Layout(layout.root(), volumePool.pool))}) {
    if (const auto failed = disks::failure(swept)) return complain(failed->str());
    for (const auto& path : std::get<std::vector<std::filesystem::path>>(swept))
      spdlog::info("removed what a crash had left half-made: {}", path.string());
  }

  images::CacheOptions cache;
  cache.directory = layout.images();
  for (const auto& allowed : config.policy.imageDirectories) cache.allowedDirectories.emplace_back(allowed);
  images::DiskCache images(cache);

  const BootTimeClock clock;
  transport::Loop loop;
  Agent agent({loop, clock, directory, images, std::get<identity::KeyPair>(loaded), *identity, std::move(config),
               layout, disks::QemuImg{}, bootId(), BERTH_VERSION, std::move(volumePool)},
              [&](hypervisor::Listener listener) { return hypervisor::connectLibvirt(libvirt, std::move(listener)); });

  loop.onReadable(signals.fd(), [&] {
    if (signals.take() != 0) loop.stop();
  });
  systemd::keepAlive(loop);
  std::string told;
  loop.every(std::chrono::seconds(5), [&] {
    if (auto line = agent.summary(); line != told) systemd::tellStatus(told = std::move(line));
  });
  // Once everything that runs only once has run, and now and then: a download touches much that it leaves behind.
  loop.after(std::chrono::seconds(10), shrinkFootprint);
  loop.every(std::chrono::minutes(15), shrinkFootprint);
  spdlog::info("berth-agent {} keeps the nodes of {} in fleet {}", BERTH_VERSION, identity->host.str(),
               identity->fleet.str());
  systemd::tellReady("started");
  loop.run();
  systemd::tellStopping();
  spdlog::info("stopping; the guests run on");
  return Exit::ok;
}

/// Configuration, logging and state directory, which both commands need.
template <class Command, class Then>
Exit withDirectory(const Command& command, const Then& then) {
  auto loaded = loadConfig(command.config);
  if (const auto* error = std::get_if<ConfigError>(&loaded)) return complain(error->message);
  auto& config = std::get<Config>(loaded);
  if (command.stateDirectory) config.stateDirectory = *command.stateDirectory;
  startLogging(config.log);
  auto opened = state::Directory::open(config.stateDirectory);
  if (const auto* error = std::get_if<disks::Error>(&opened)) return complain(error->str());
  return then(std::move(config), *std::get<std::unique_ptr<state::Directory>>(opened));
}

Exit runJoin(const command::Join& wanted) {
  auto text = wanted.token;
  if (text == "-") std::getline(std::cin, text);
  auto parsed = identity::parseToken(text);
  if (const auto* error = std::get_if<identity::TokenError>(&parsed)) return complain(error->message);
  return withDirectory(wanted, [&](const Config&, state::Directory& directory) {
    auto joined = join(directory, std::get<identity::JoinToken>(parsed), {wanted.zone, wanted.labels});
    if (const auto* error = std::get_if<JoinError>(&joined)) return complain(error->message);
    handOver(directory.root());
    const auto& identity = std::get<state::Identity>(joined);
    std::cout << "joined fleet " << identity.fleet.str() << " as " << identity.host.str()
              << "; start it with: systemctl enable --now berth-agent\n";
    return Exit::ok;
  });
}

Exit runFence(const command::Fence& wanted) {
  auto loaded = loadConfig(wanted.config);
  if (const auto* error = std::get_if<ConfigError>(&loaded)) return complain(error->message);
  const auto& config = std::get<Config>(loaded);
  const auto root = wanted.stateDirectory.value_or(config.stateDirectory);
  auto opened = state::Directory::open(root);
  if (const auto* error = std::get_if<disks::Error>(&opened)) {
    // The agent runs: it fences by itself.
    return error->kind == disks::Error::Kind::permanent ? Exit::ok : complain(error->str());
  }
  const auto& directory = *std::get<std::unique_ptr<state::Directory>>(opened);
  const auto known = directory.identity();
  const auto* identity = std::get_if<std::optional<state::Identity>>(&known);
  if (identity == nullptr || !*identity) return Exit::ok;
  hypervisor::LibvirtOptions libvirt;
  libvirt.uri = config.libvirt;
  libvirt.fleet = (*identity)->fleet;
  const auto connected = hypervisor::connectLibvirt(libvirt, {});
  const Fenced fenced = fence(directory, *connected, bootId(), BootTimeClock().now());
  for (const auto& instance : fenced.cut) {
    std::cout << instance.node.str() << ": its power is cut: the agent does not run, and it may be made elsewhere\n";
  }
  for (const auto& why : fenced.failed) (void)complain(why);
  return fenced.failed.empty() ? Exit::ok : Exit::failed;
}

Exit dispatch(const Command& command) {
  if (const auto* run = std::get_if<command::Run>(&command)) {
    // Before any thread is made, so that all of them leave the signals to this one.
    transport::Signals signals({SIGTERM, SIGINT});
    return withDirectory(
        *run, [&](Config config, state::Directory& directory) { return serve(std::move(config), directory, signals); });
  }
  if (const auto* wanted = std::get_if<command::Join>(&command)) return runJoin(*wanted);
  if (const auto* wanted = std::get_if<command::Fence>(&command)) return runFence(*wanted);
  if (std::holds_alternative<command::Version>(command)) {
    std::cout << "berth-agent " << BERTH_VERSION << '\n';
    return Exit::ok;
  }
  if (const auto* mistake = std::get_if<command::Mistake>(&command))
    return complain(mistake->message + "\nTry: berth-agent --help", Exit::usage);
  std::cout << helpText();
  return Exit::ok;
}

}  // namespace

int main(int argc, char** argv) {
  // Few threads that allocate little: an arena for each would cost more memory than all of our state.
  ::mallopt(M_ARENA_MAX, 2);
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return static_cast<int>(dispatch(parseCommand({argv + 1, argv + argc})));
  } catch (const std::exception& error) {
    return static_cast<int>(complain(std::string("stopped by a fault of its own: ") + error.what()));
  }
}
