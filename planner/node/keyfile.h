// SPDX-License-Identifier: Apache-2.0
//
// The NetworkManager profiles of a node: one for each network, matched by MAC address and never by the name of an
// interface, which nobody knows beforehand. A VLAN takes two: one that brings the interface up without an address, and
// one for the VLAN on top of it.
#pragma once

#include <string>
#include <vector>

#include "planner/node/layer.h"
#include "planner/spec/model.h"

namespace berth::node {

struct Keyfile {
  std::string path;
  std::string text;
};

/// "/etc/NetworkManager/system-connections/berth-0.nmconnection"
[[nodiscard]] std::string keyfilePath(std::size_t network);

/// Of all networks, in their order.
[[nodiscard]] std::vector<Keyfile> keyfiles(const spec::Spec& spec, const Words& words);

}  // namespace berth::node
