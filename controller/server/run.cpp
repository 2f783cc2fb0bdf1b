// SPDX-License-Identifier: Apache-2.0
#include "controller/server/run.h"

#include <csignal>

#include <spdlog/spdlog.h>

#include "controller/server/init.h"
#include "controller/server/service.h"
#include "controller/store/sqlite_store.h"
#include "protocol/systemd/notify.h"

namespace berth::server {

namespace {

int failed(const std::string& message) {
  spdlog::critical("{}", message);
  return 1;
}

}  // namespace

int run(const std::filesystem::path& stateDirectory, const Settings& settings) {
  // Before any thread: they inherit that the signals are blocked.
  transport::Signals signals({SIGTERM, SIGINT});
  auto opened = store::SqliteStore::open(stateDirectory);
  if (const auto* failure = std::get_if<store::Failure>(&opened)) {
    return failed(failure->message + "\n  = " + failure->hint);
  }
  auto& store = *std::get<std::unique_ptr<store::SqliteStore>>(opened);
  auto key = controllerKey(stateDirectory);
  if (const auto* trouble = std::get_if<Trouble>(&key)) return failed(trouble->message);

  const auto isSealed = store.isSealed();
  if (const auto* failure = std::get_if<store::Failure>(&isSealed)) return failed(failure->message);
  auto master = masterKey(stateDirectory, settings.masterKeyFile, std::get<bool>(isSealed));
  if (const auto* trouble = std::get_if<Trouble>(&master)) return failed(trouble->message);
  if (const auto failure = store.useKey(std::get<secrets::MasterKey>(master))) {
    return failed(failure->message + "\n  = " + failure->hint);
  }

  const SystemClock clock;
  transport::Drops drops([](const std::string& line) { spdlog::warn("{}", line); });
  transport::Loop loop;
  transport::Context context(drops);
  auto served = Service::open(
      settings, {loop, context, std::get<identity::KeyPair>(key), std::get<secrets::MasterKey>(master), store, clock});
  if (const auto* message = std::get_if<std::string>(&served)) return failed(*message);
  auto& service = *std::get<std::unique_ptr<Service>>(served);

  loop.onReadable(signals.fd(), [&] {
    if (signals.take() != 0) loop.stop();
  });
  systemd::keepAlive(loop);
  spdlog::info("berth-controller {} serves fleet {} in epoch {}: operators on {}, agents on {}, enrolment on {}",
               BERTH_VERSION, service.core().ledger().fleet().str(), service.core().ledger().epoch().value(),
               service.operatorEndpoint().str(), service.agentEndpoint().str(), service.enrolmentEndpoint().str());
  systemd::tellReady();
  loop.run();
  systemd::tellStopping();
  if (service.fatal()) return failed(*service.fatal());
  spdlog::info("stopped");
  return 0;
}

}  // namespace berth::server
