// SPDX-License-Identifier: Apache-2.0
//
// Whether the fleet can do without any one of its hosts: would the nodes that are on it have a place on the other ready
// hosts, beside all that is there, with every rule about them kept? A yes is proved by a layout that was found; a no
// says that placing the nodes one by one, the largest first, on the emptiest hosts found none.
//
//   std::vector<Loss> fragile = losses(standing);        // empty: any one host may be lost
//
// Nodes that are pinned to a host go down with it and come back with it; they are counted and ask for no place. What is
// reserved on a host for nodes that the groups do not name is not moved either.
#pragma once

#include <vector>

#include "planner/layout/place.h"
#include "planner/layout/standing.h"

namespace berth::layout {

/// What the loss of one host means.
struct Loss {
  HostName host;
  /// Of the groups, on that host.
  std::uint32_t nodes = 0;
  /// Those of them that are pinned to it.
  std::uint32_t pinned = 0;
  /// Those that would have no place, with what is missing.
  std::vector<Unplaced> homeless = {};
};

/// The hosts whose loss would leave nodes without a place, by name. Afterwards all is as it was. For each host, each of
/// its nodes looks at hosts until one will do, the emptiest first: in a fleet with room to spare, about as many looks
/// as there are nodes; in a full one, hosts times kinds of nodes at most.
[[nodiscard]] std::vector<Loss> losses(Standing& standing);

}  // namespace berth::layout
