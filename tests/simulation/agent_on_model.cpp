// SPDX-License-Identifier: Apache-2.0
//
// berth-agent with everything real but the hypervisor: agent_on_model STATE-DIR MODEL-DIR IMAGE-DIR [POOL]. Joined by
// the test that starts it, killed by it too.
#include <csignal>
#include <iostream>

#include "agent/disks/instance_files.h"
#include "agent/images/disk_cache.h"
#include "agent/program/agent.h"
#include "agent/volumes/volumes.h"
#include "tests/simulation/model_hypervisor.h"

int main(int argc, char** argv) {
  using namespace berth;
  if (argc < 4) return 2;
  transport::Signals signals({SIGTERM});
  auto opened = state::Directory::open(argv[1]);
  if (const auto* error = std::get_if<disks::Error>(&opened)) return std::cerr << error->str() << '\n', 1;
  auto& directory = *std::get<std::unique_ptr<state::Directory>>(opened);
  const auto identity = std::get<std::optional<state::Identity>>(directory.identity()).value();
  const auto key = std::get<identity::KeyPair>(identity::loadKeyFile(directory.keyFile()));
  const disks::Layout layout(directory.root());
  if (disks::failure(disks::openLayout(layout))) return 1;
  const auto asked = std::make_unique<simulation::ModelHypervisor>(
      argv[2], identity.fleet, hypervisor::Listener{[](const Uuid&) {}, [](const Uuid&, const std::string&) {}, [] {}});
  auto taken = program::takePool({argc > 4 ? argv[4] : "", layout.root(), identity.fleet, identity.host}, *asked);
  if (const auto* why = std::get_if<std::string>(&taken)) return std::cerr << *why << '\n', 1;
  auto& volumePool = std::get<program::TakenPool>(taken);
  if (disks::failure(volumes::open(volumes::Layout(layout.root(), volumePool.pool)))) return 1;
  images::CacheOptions cache;
  cache.directory = layout.images();
  cache.allowedDirectories = {argv[3]};
  images::DiskCache images(cache);
  program::Config config;
  config.policy.imageDirectories = {argv[3]};

  const SystemClock clock;
  transport::Loop loop;
  program::Agent agent({loop, clock, directory, images, key, identity, config, layout, disks::QemuImg{}, "boot", "test",
                        std::move(volumePool)},
                       [&](hypervisor::Listener listener) -> std::unique_ptr<hypervisor::Hypervisor> {
                         return std::make_unique<simulation::ModelHypervisor>(argv[2], identity.fleet,
                                                                              std::move(listener));
                       });
  loop.onReadable(signals.fd(), [&] {
    if (signals.take() != 0) loop.stop();
  });
  loop.run();
  return 0;
}
