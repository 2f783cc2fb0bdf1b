// SPDX-License-Identifier: Apache-2.0
//
// Volumes are files on one host: where they are, their node has to be, and as long as they are there they take their
// room, whether or not they still have a node. Only where a person asks for it do they follow a node that leaves its
// host.
#pragma once

#include <cstdint>
#include <optional>
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
  /// It is being copied to that host, where its node is by now, and is not whole there yet.
  std::optional<HostName> goesTo{};
  /// Why it cannot be copied to another host: "has snapshot before-upgrade". Empty where it can.
  std::string fixed{};
};

/// Whether nodes may leave a host that is to be emptied although their volumes are there: then these follow them.
enum class VolumesOfLeavers : std::uint8_t { stay, move };

/// Pins each node to the host that has its volumes, but for those that these follow (`leavers`). One whose volumes are
/// on their way to it is pinned to where they go, or to where they are if that is open to it again and all of them are
/// still there. Where it is pinned elsewhere already, or they are on several hosts, nothing is changed and a sentence
/// says so.
[[nodiscard]] std::vector<std::string> pinToVolumes(std::vector<layout::Group>& groups,
                                                    const std::vector<HeldVolume>& held,
                                                    const std::vector<layout::Host>& hosts = {},
                                                    VolumesOfLeavers leavers = VolumesOfLeavers::stay);

/// The volumes that `node` has, of those that are held, and that are on another host than this one: they are copied.
[[nodiscard]] std::vector<node::Volume> carriedTo(const HostName& host, const node::Blueprint& node,
                                                  const std::vector<HeldVolume>& held);

/// Takes the room of volumes that no wanted node has: they stay when their node goes, or forgets them. Those that
/// only lie there have theirs beside any other.
void reserveOrphans(std::vector<layout::Host>& hosts, const std::vector<HeldVolume>& held,
                    const std::vector<node::Blueprint>& wanted);

}  // namespace berth::change
