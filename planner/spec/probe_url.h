// SPDX-License-Identifier: Apache-2.0
//
// The address of an HTTP probe is the same text for all nodes of a pool, with a place for what differs:
//
//   http://${{ node.address }}:8080/health
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "planner/spec/address.h"
#include "words/name.h"

namespace berth::spec {

/// What is wrong with the address of a probe; nothing when it is right.
[[nodiscard]] std::optional<std::string> probeUrlProblem(std::string_view url);
/// True when it takes the node's address to fill it in.
[[nodiscard]] bool probeUrlNeedsAddress(std::string_view url);
/// The address for one node. `url` must be right; without an address of its own the node's name stands for it.
[[nodiscard]] std::string fillProbeUrl(std::string_view url, const NodeName& node, std::optional<Ipv4> address);

}  // namespace berth::spec
