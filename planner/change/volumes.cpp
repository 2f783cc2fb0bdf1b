// SPDX-License-Identifier: Apache-2.0
#include "planner/change/volumes.h"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace berth::change {

std::vector<std::string> pinToVolumes(std::vector<layout::Group>& groups, const std::vector<HeldVolume>& held) {
  std::unordered_map<NodeName, std::vector<const HeldVolume*>> of;
  for (const HeldVolume& each : held) {
    if (each.fate == HeldVolume::Fate::pins) of[each.node].push_back(&each);
  }
  std::vector<std::string> conflicts;
  for (layout::Group& group : groups) {
    for (layout::Node& node : group.nodes) {
      const auto found = of.find(node.name);
      if (found == of.end()) continue;
      const HeldVolume& first = *found->second.front();
      const auto elsewhere =
          std::ranges::find_if(found->second, [&](const HeldVolume* each) { return each->host != first.host; });
      if (elsewhere != found->second.end()) {
        conflicts.push_back("volumes of " + node.name.str() + " are on several hosts: " + first.name.str() + " on " +
                            first.host.str() + ", " + (*elsewhere)->name.str() + " on " + (*elsewhere)->host.str());
      } else if (node.pin && node.pin->host != first.host) {
        conflicts.push_back(node.name.str() + " is to be on host " + node.pin->host.str() + ", but its volume " +
                            first.name.str() + " is on " + first.host.str());
      } else {
        node.pin = layout::Pin{first.host, "its volume " + first.name.str() + " is there"};
      }
    }
  }
  return conflicts;
}

void reserveOrphans(std::vector<layout::Host>& hosts, const std::vector<HeldVolume>& held,
                    const std::vector<node::Blueprint>& wanted) {
  std::set<std::pair<NodeName, VolumeName>> counted;
  for (const node::Blueprint& node : wanted) {
    for (const node::Volume& volume : node.volumes) counted.emplace(node.name, volume.name);
  }
  for (const HeldVolume& each : held) {
    if (each.fate == HeldVolume::Fate::pins && counted.contains({each.node, each.name})) continue;
    const auto host = std::ranges::find(hosts, each.host, &layout::Host::name);
    if (host != hosts.end()) host->reserved.disk += each.size;
  }
}

}  // namespace berth::change
