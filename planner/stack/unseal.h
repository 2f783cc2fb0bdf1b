// SPDX-License-Identifier: Apache-2.0
//
// How servers of Vault or OpenBao open what they have sealed, by a key that the tool itself makes when its cluster
// begins (seal: controller). The tool's key is sealed with one that the controller keeps, and then lies beside the
// servers' data and within the cluster (scripts/vault-unseal): no controller has to be there when a server boots, and
// who has only the data, or only the controller's key, opens nothing.
#pragma once

#include "planner/stack/native.h"
#include "planner/stack/own.h"

namespace berth::stack {

/// Of a server.
[[nodiscard]] Own vaultUnseal(const Writing& writing);

}  // namespace berth::stack
