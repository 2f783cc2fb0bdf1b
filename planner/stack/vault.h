// SPDX-License-Identifier: Apache-2.0
//
// The configuration of Vault and OpenBao, with storage of their own (raft). Neither is initialised by Berth: where two
// servers found no leader and both did, there would be two clusters.
#pragma once

#include <string>

#include "planner/stack/native.h"

namespace berth::stack {

/// "/etc/openbao.d"; "openbao" is also what its unit and its user are called.
[[nodiscard]] std::string vaultDirectory(const spec::Vault& vault);
[[nodiscard]] std::string vaultName(const spec::Vault& vault);
/// The key that OpenBao's servers unseal themselves with: 32 bytes.
[[nodiscard]] std::string sealKeyPath(const spec::Vault& vault);

/// DIRECTORY/berth.json. The node is a server.
[[nodiscard]] std::string vaultConfig(const Writing& writing);

}  // namespace berth::stack
