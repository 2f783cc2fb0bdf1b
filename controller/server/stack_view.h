// SPDX-License-Identifier: Apache-2.0
//
// The stack of a cluster as people ask for it: what the revision in force declares, and what it takes to talk to it.
#pragma once

#include "controller/server/answer.h"
#include "controller/server/vault.h"

namespace berth::server {

/// Refused for a cluster that has none.
[[nodiscard]] message::Reply describeStack(Core& core, const Vault& vault,
                                           const message::request::DescribeStack& asked);

}  // namespace berth::server
