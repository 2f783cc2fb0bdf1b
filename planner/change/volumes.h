// SPDX-License-Identifier: Apache-2.0
//
// Volumes are files on one host: where they are, their node has to be, and as long as they are there they take their
// room, whether or not they still have a node.
#pragma once

#include <string>
#include <vector>

#include "planner/layout/place.h"
#include "planner/node/blueprint.h"
#include "words/name.h"
#include "words/quantity.h"

namespace berth::change {

/// A volume of this cluster that is on a host.
struct HeldVolume {
  enum class Fate : std::uint8_t {
    pins,  ///< its node belongs where it is
    lies,  ///< it takes its room, and no node is meant for it: a snapshot, or a volume that is being deleted
  };

  NodeName node;
  VolumeName name;
  HostName host;
  Bytes size;
  Fate fate = Fate::pins;
};

/// Pins each node to the host that has its volumes. Where it is pinned elsewhere already, or they are on several hosts,
/// nothing is changed and a sentence says so.
[[nodiscard]] std::vector<std::string> pinToVolumes(std::vector<layout::Group>& groups,
                                                    const std::vector<HeldVolume>& held);

/// Takes the room of volumes that no wanted node has: they stay when their node goes, or forgets them. Those that
/// only lie there have theirs beside any other.
void reserveOrphans(std::vector<layout::Host>& hosts, const std::vector<HeldVolume>& held,
                    const std::vector<node::Blueprint>& wanted);

}  // namespace berth::change
