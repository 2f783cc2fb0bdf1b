// SPDX-License-Identifier: Apache-2.0
#include "controller/server/init.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>

#include "controller/store/sqlite_store.h"
#include "protocol/identity/context_file.h"

namespace berth::server {

namespace {

namespace fs = std::filesystem;

Trouble troubleOf(const store::Failure& failure) { return {failure.message + "\n  = " + failure.hint}; }

std::int64_t wallMs() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::optional<Trouble> writeSettings(const InitOptions& options) {
  const fs::path path = options.stateDirectory / "controller.yaml";
  std::ofstream out(path, std::ios::trunc);
  out << writeWishes(options.wishes);
  out.close();
  if (!out) return Trouble{"cannot write " + path.string()};
  return std::nullopt;
}

/// The context's key is written before the store knows it: a crash in between leaves a key that nobody admits, and not
/// an admin that nobody is.
std::variant<identity::PublicKey, Trouble> writeContext(const InitOptions& options, const Settings& settings,
                                                        const identity::PublicKey& controller) {
  identity::ContextFile file;
  auto read = identity::readContextFile(options.contextFile);
  if (auto* there = std::get_if<identity::ContextFile>(&read)) {
    file = std::move(*there);
  } else if (auto& error = std::get<identity::ContextFileError>(read);
             error.kind != identity::ContextFileError::Kind::absent) {
    return Trouble{error.message};
  }
  auto key = identity::KeyPair::generate();
  const identity::PublicKey admin = key.publicKey();
  file.contexts.erase(options.contextName);
  file.contexts.emplace(options.contextName,
                        identity::Context{settings.operators.announce, controller, std::move(key)});
  file.current = options.contextName;
  if (auto failed = identity::writeContextFile(options.contextFile, file)) return Trouble{failed->message};
  return admin;
}

}  // namespace

std::variant<Initialised, Trouble> initialise(const InitOptions& options) {
  auto settled = settle(options.wishes);
  if (auto* wrong = std::get_if<std::string>(&settled)) return Trouble{std::move(*wrong)};
  const auto& settings = std::get<Settings>(settled);
  if (!settings.operators.announce.isConnectable()) {
    return Trouble{"nobody can connect to " + settings.operators.announce.str() + ": the CLI needs a real address"};
  }
  const Uuid fleet = Uuid::random();
  if (auto failed = store::SqliteStore::create(options.stateDirectory, fleet)) return troubleOf(*failed);
  auto key = identity::loadOrCreateKeyFile(options.stateDirectory / "key");
  if (auto* failed = std::get_if<identity::KeyFileError>(&key)) return Trouble{failed->message};
  const identity::PublicKey controller = std::get<identity::KeyPair>(key).publicKey();
  if (auto trouble = writeSettings(options)) return std::move(*trouble);

  auto admin = writeContext(options, settings, controller);
  if (auto* trouble = std::get_if<Trouble>(&admin)) return std::move(*trouble);
  auto opened = store::SqliteStore::open(options.stateDirectory);
  if (auto* failed = std::get_if<store::Failure>(&opened)) return troubleOf(*failed);
  const store::OperatorRecord record{options.admin, message::Role::admin, std::get<identity::PublicKey>(admin),
                                     wallMs()};
  if (auto failed = std::get<std::unique_ptr<store::SqliteStore>>(opened)->commit({record})) return troubleOf(*failed);

  return Initialised{"fleet " + fleet.str() + " is made in " + options.stateDirectory.string() + "\n" + "admin " +
                     options.admin.str() + " has context \"" + options.contextName + "\" in " +
                     options.contextFile.string() + "\n" +
                     "next: start the controller, then \"berth host token HOST\""};
}

/// The systemd credential of that name; else the file.
static fs::path credentialOr(const char* name, fs::path file) {
  const char* credentials = std::getenv("CREDENTIALS_DIRECTORY");
  std::error_code ignored;
  if (credentials == nullptr || !fs::exists(fs::path(credentials) / name, ignored)) return file;
  return fs::path(credentials) / name;
}

std::variant<secrets::MasterKey, Trouble> masterKey(const fs::path& stateDirectory, const fs::path& file,
                                                    bool isSealed) {
  const fs::path path = file.empty() ? credentialOr("berth-master-key", stateDirectory / "master.key") : file;
  auto loaded = isSealed ? secrets::MasterKey::load(path) : secrets::MasterKey::loadOrMake(path);
  auto* failed = std::get_if<identity::KeyFileError>(&loaded);
  if (failed == nullptr) return std::move(std::get<secrets::MasterKey>(loaded));
  if (failed->kind != identity::KeyFileError::Kind::absent) return Trouble{failed->message};
  return Trouble{failed->message +
                 ", and the secrets in the store were sealed with it\n  = give it back from where it is" +
                 " kept besides, or name its place: secrets: { master_key_file: … } in controller.yaml"};
}

std::variant<identity::KeyPair, Trouble> controllerKey(const fs::path& stateDirectory) {
  auto loaded = identity::loadKeyFile(credentialOr("controller.key", stateDirectory / "key"));
  if (auto* failed = std::get_if<identity::KeyFileError>(&loaded)) return Trouble{failed->message};
  return std::move(std::get<identity::KeyPair>(loaded));
}

std::variant<std::string, Trouble> takeOver(const fs::path& stateDirectory, const std::vector<HostName>& hosts) {
  auto opened = store::SqliteStore::open(stateDirectory);
  if (auto* failed = std::get_if<store::Failure>(&opened)) return troubleOf(*failed);
  auto& store = *std::get<std::unique_ptr<store::SqliteStore>>(opened);
  auto loaded = store.load();
  if (auto* failed = std::get_if<store::Failure>(&loaded)) return troubleOf(*failed);
  auto& snapshot = std::get<store::Snapshot>(loaded);

  store::Transaction writes;
  std::string summary;
  std::uint64_t event = snapshot.lastEvent.value();
  for (store::HostRecord& host : snapshot.hosts) {
    if (!host.ahead || (!hosts.empty() && std::ranges::find(hosts, host.name) == hosts.end())) continue;
    writes.emplace_back(store::RaiseEpoch{host.ahead->epoch});
    host.generation = std::max(host.generation, host.ahead->generation).next();
    host.ahead.reset();
    writes.emplace_back(host);
    writes.emplace_back(store::EventRecord{Sequence(++event), wallMs(), "host " + host.name.str(),
                                           "is taken over by this controller, by hand"});
    summary += "host " + host.name.str() + " will be driven again, at generation " +
               std::to_string(host.generation.value()) + "\n";
  }
  if (writes.empty()) return std::string("no host is ahead of this store: nothing to do\n");
  if (auto failed = store.commit(writes)) return troubleOf(*failed);
  return summary;
}

}  // namespace berth::server
