// SPDX-License-Identifier: Apache-2.0
//
// What is done to a controller's state directory while no controller runs on it.
//
//   <state>/
//     key               the controller's secret CURVE key, 0600; losing it means that every host joins anew
//     master.key        what secrets in the store are sealed with, 0600; without it they are lost
//     controller.yaml   what `init` was told (settings.h)
//     berth.db, lock    store/sqlite_store.h
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "controller/secrets/master_key.h"
#include "controller/server/settings.h"
#include "protocol/identity/keys.h"
#include "words/name.h"

namespace berth::server {

struct InitOptions {
  std::filesystem::path stateDirectory;
  Wishes wishes;
  OperatorName admin;
  /// Where the admin's context goes; added to what is there.
  std::filesystem::path contextFile;
  std::string contextName;
};

/// A new fleet: id, key, store, and a first admin whose key goes into a context file. What to tell the person, or what
/// failed; run again after a failure it goes on where it stopped.
struct Initialised {
  std::string summary;
};
struct Trouble {
  std::string message;
};
[[nodiscard]] std::variant<Initialised, Trouble> initialise(const InitOptions& options);

/// The key that the secrets in the store are kept under: in `file`; else the systemd credential berth-master-key; else
/// master.key in the state directory. Made where there is none and nothing was sealed yet (`isSealed`).
[[nodiscard]] std::variant<secrets::MasterKey, Trouble> masterKey(const std::filesystem::path& stateDirectory,
                                                                  const std::filesystem::path& file, bool isSealed);

/// The key that the secrets in the store are kept under: in `file`; else in `$CREDENTIALS_DIRECTORY/berth-master-key`;
/// else in master.key of the state directory. Made where there is none, unless something was sealed with it already.
[[nodiscard]] std::variant<secrets::MasterKey, Trouble> masterKey(const std::filesystem::path& stateDirectory,
                                                                  const std::filesystem::path& file, bool isSealed);

/// The controller's key: from `$CREDENTIALS_DIRECTORY/controller.key` where there is one, else from the state
/// directory.
[[nodiscard]] std::variant<identity::KeyPair, Trouble> controllerKey(const std::filesystem::path& stateDirectory);

/// A person decides that this store is the truth for hosts that are ahead of it (all of them when `hosts` is empty):
/// their generations and the epoch are raised above what was seen. Removes nothing anywhere.
[[nodiscard]] std::variant<std::string, Trouble> takeOver(const std::filesystem::path& stateDirectory,
                                                          const std::vector<HostName>& hosts);

}  // namespace berth::server
