// SPDX-License-Identifier: Apache-2.0
//
// Where other agents find this one when a volume moves between them.
#pragma once

#include <optional>
#include <string>

#include "agent/program/config.h"
#include "protocol/identity/endpoint.h"

namespace berth::program {

/// The port that peers are told to come to, unless the configuration says another one.
inline constexpr unsigned kPeersPort = 7404;

struct PeersAt {
  identity::Endpoint listen;
  identity::Endpoint announce;
  bool operator==(const PeersAt&) const = default;
};

/// As configured, or else at `here`, the address of this host from which its controller is reached: what leads there
/// leads back, and other hosts of the fleet are near. Nothing where neither is known.
[[nodiscard]] std::optional<PeersAt> peersAt(const Config& config, const std::string& here);

}  // namespace berth::program
