// SPDX-License-Identifier: Apache-2.0
//
// The configuration of Vault and OpenBao, with storage of their own (raft). How a cluster of them begins: birth.h.
#pragma once

#include <cstdint>
#include <string>

#include "planner/stack/native.h"

namespace berth::stack {

inline constexpr std::uint16_t kVaultHttps = 8200;
inline constexpr std::uint16_t kVaultCluster = 8201;
inline constexpr const char* kVaultTokenHeader = "X-Vault-Token";

/// "/etc/openbao.d"; "openbao" is also what its unit and its user are called.
[[nodiscard]] std::string vaultDirectory(const spec::Vault& vault);
[[nodiscard]] std::string vaultName(const spec::Vault& vault);
/// "OpenBao", as people say it.
[[nodiscard]] std::string toolName(const spec::Vault& vault);
/// Names of secrets: the token that manages it, the key that its unseal key is sealed with, and the token by which its
/// servers are known to Consul.
[[nodiscard]] std::string managementOf(const spec::Vault& vault);
[[nodiscard]] std::string unsealOf(const spec::Vault& vault);
[[nodiscard]] std::string consulTokenOf(const spec::Vault& vault);
/// The key of the static seal of OpenBao: 32 bytes.
[[nodiscard]] std::string sealKeyPath(const spec::Vault& vault);

/// DIRECTORY/berth.json. The node is a server.
[[nodiscard]] std::string vaultConfig(const Writing& writing);

}  // namespace berth::stack
