// SPDX-License-Identifier: Apache-2.0
#include "controller/secrets/master_key.h"

#include "protocol/identity/seal.h"

namespace berth::secrets {

namespace {

using Loaded = std::variant<MasterKey, identity::KeyFileError>;

/// The same key seals other things than these elsewhere never.
std::string purposeOf(std::string_view name) { return "store " + std::string(name); }

}  // namespace

Loaded MasterKey::load(const std::filesystem::path& path) {
  auto loaded = identity::loadKeyFile(path);
  if (auto* failed = std::get_if<identity::KeyFileError>(&loaded)) return std::move(*failed);
  return MasterKey(std::move(std::get<identity::KeyPair>(loaded)));
}

Loaded MasterKey::loadOrMake(const std::filesystem::path& path) {
  auto loaded = identity::loadOrCreateKeyFile(path);
  if (auto* failed = std::get_if<identity::KeyFileError>(&loaded)) return std::move(*failed);
  return MasterKey(std::move(std::get<identity::KeyPair>(loaded)));
}

std::string MasterKey::seal(std::string_view name, std::string_view text) const {
  return identity::seal(pair_, purposeOf(name), text);
}

std::optional<std::string> MasterKey::open(std::string_view name, std::string_view sealed) const {
  return identity::open(pair_, purposeOf(name), sealed);
}

std::string nameOfSecret(const ClusterName& cluster, std::string_view name, std::uint32_t version) {
  return "secret " + cluster.str() + "/" + std::string(name) + " " + std::to_string(version);
}

std::string nameOfSpec(const Digest& digest) { return "spec " + digest.hex(); }

std::string nameOfVariable(const ClusterName& cluster, std::uint64_t revision, std::string_view name) {
  return "variable " + cluster.str() + " " + std::to_string(revision) + " " + std::string(name);
}

}  // namespace berth::secrets
