// SPDX-License-Identifier: Apache-2.0
#include "agent/program/peers.h"

namespace berth::program {

std::optional<PeersAt> peersAt(const Config& config, const std::string& here) {
  if (config.peersAnnounce) return PeersAt{config.peersListen.value_or(*config.peersAnnounce), *config.peersAnnounce};
  if (config.peersListen) return PeersAt{*config.peersListen, *config.peersListen};
  // An address that means something on one link alone leads nobody else here.
  if (here.empty() || here.find('%') != std::string::npos) return std::nullopt;
  const bool isIpv6 = here.find(':') != std::string::npos;
  const auto endpoint =
      identity::Endpoint::parse("tcp://" + (isIpv6 ? "[" + here + "]" : here) + ":" + std::to_string(kPeersPort));
  return endpoint ? std::optional(PeersAt{*endpoint, *endpoint}) : std::nullopt;
}

}  // namespace berth::program
