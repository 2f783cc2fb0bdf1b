// SPDX-License-Identifier: Apache-2.0
//
// OpenBao as a service of Consul, which it does not register by itself: openbao.service.consul, each server that is
// unsealed, and active.openbao.service.consul, the one that is active. (Vault registers itself: vault.cpp.)
#pragma once

#include <string>

#include "planner/stack/native.h"

namespace berth::stack {

/// /etc/consul.d/openbao-service.json, of a server that runs Consul as well.
[[nodiscard]] std::string openbaoService(const Writing& writing);

}  // namespace berth::stack
