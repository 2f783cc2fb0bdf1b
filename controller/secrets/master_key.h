// SPDX-License-Identifier: Apache-2.0
//
// The one key that all secrets in the controller's store are kept under. It lies in a file of its own (the form of
// protocol/identity's key files, with the same care), so that a copy of the store alone tells nobody anything:
//
//   auto loaded = MasterKey::loadOrMake(stateDirectory / "master.key");
//   std::string sealed = key.seal(nameOfSecret(cluster, "consul/gossip", 3), value);
//   std::optional<std::string> value = key.open(nameOfSecret(cluster, "consul/gossip", 3), sealed);
//
// Each thing is sealed under its own name: what was moved to another one in the store does not open there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/identity/keys.h"
#include "words/digest.h"
#include "words/name.h"

namespace berth::secrets {

class MasterKey {
public:
  [[nodiscard]] static std::variant<MasterKey, identity::KeyFileError> load(const std::filesystem::path& path);
  /// Made with mode 0600 when there is none.
  [[nodiscard]] static std::variant<MasterKey, identity::KeyFileError> loadOrMake(const std::filesystem::path& path);
  /// One that is kept nowhere.
  [[nodiscard]] static MasterKey generate() { return MasterKey(identity::KeyPair::generate()); }

  /// XSalsa20-Poly1305 under a key that is made of this one and of `name`, with a nonce that is drawn each time.
  [[nodiscard]] std::string seal(std::string_view name, std::string_view text) const;
  /// Nothing unless it was sealed by this key under this name, and is whole.
  [[nodiscard]] std::optional<std::string> open(std::string_view name, std::string_view sealed) const;

private:
  explicit MasterKey(identity::KeyPair pair) : pair_(std::move(pair)) {}
  identity::KeyPair pair_;
};

// What things in the store are sealed under.
[[nodiscard]] std::string nameOfSecret(const ClusterName& cluster, std::string_view name, std::uint32_t version);
[[nodiscard]] std::string nameOfSpec(const Digest& digest);
[[nodiscard]] std::string nameOfVariable(const ClusterName& cluster, std::uint64_t revision, std::string_view name);

}  // namespace berth::secrets
