// SPDX-License-Identifier: Apache-2.0
//
// The rules (rules.h) of networks, and of the addresses that pools and nodes have in them.
#pragma once

#include <vector>

#include "planner/source/diagnostic.h"
#include "planner/spec/bind.h"
#include "planner/spec/rules.h"

namespace berth::spec {

/// Names that can be those of interfaces, gateways in their subnet and at most one of them, and no network twice.
void checkNetworks(const Spec& spec, const std::vector<Addressed>& addressed, source::Findings& findings);

/// Ranges and single addresses that lie in their subnet, belong to one pool only, and suffice. Networks that were not
/// read as they were meant are passed over.
void checkAddresses(const Bound& bound, const std::vector<Addressed>& addressed, source::Findings& findings);

}  // namespace berth::spec
