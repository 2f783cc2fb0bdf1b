// SPDX-License-Identifier: Apache-2.0
//
// How a cluster of OpenBao, or of a Vault that unseals itself, begins: by its first server alone, once, and with a
// token that the controller knows (scripts/vault-init says how it is kept from beginning twice).
#pragma once

#include <string>

#include "planner/stack/native.h"
#include "planner/stack/own.h"

namespace berth::stack {

/// "berth-openbao-init.service".
[[nodiscard]] std::string vaultInitUnit(const spec::Vault& vault);
/// Of a server.
[[nodiscard]] Own vaultBirth(const Writing& writing);

}  // namespace berth::stack
