// SPDX-License-Identifier: Apache-2.0
#include "planner/change/volumes.h"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace berth::change {

namespace {

using Held = std::vector<const HeldVolume*>;

/// What is known of the volumes of one node.
class Whereabouts {
public:
  Whereabouts(const Held& held, const std::vector<layout::Host>& hosts, VolumesOfLeavers leavers)
      : held_(held), hosts_(hosts), leavers_(leavers) {}

  /// The sentence when they are on several hosts; not when they are on their way from one to the other.
  [[nodiscard]] std::optional<std::string> scattered(const NodeName& node) const {
    const HeldVolume* other = elsewhere();
    if (other == nullptr || goal() != nullptr) return std::nullopt;
    return "volumes of " + node.str() + " are on several hosts: " + first().name.str() + " on " + first().host.str() +
           ", " + other->name.str() + " on " + other->host.str();
  }

  /// The only host that they let their node be on; nothing when they follow it.
  [[nodiscard]] std::optional<layout::Pin> pin() const {
    if (const HostName* to = goal()) {
      const bool allAtTheirSource = elsewhere() == nullptr;
      if (allAtTheirSource && stateOf(first().host) == layout::HostState::ready) return here();
      const bool goalGoes = stateOf(*to) == layout::HostState::draining || stateOf(*to) == layout::HostState::lost;
      if (allAtTheirSource && goalGoes && leavers_ == VolumesOfLeavers::move) return std::nullopt;
      return layout::Pin{*to, "its volume " + first().name.str() + " is on its way there"};
    }
    const bool leaves = leavers_ == VolumesOfLeavers::move && stateOf(first().host) == layout::HostState::draining;
    if (!leaves) return here();
    const auto fixed = std::ranges::find_if(held_, [](const HeldVolume* each) { return !each->fixed.empty(); });
    if (fixed == held_.end()) return std::nullopt;
    return layout::Pin{first().host, "its volume " + (*fixed)->name.str() + " cannot follow it: it " + (*fixed)->fixed};
  }

  [[nodiscard]] const HeldVolume& first() const { return *held_.front(); }

private:
  [[nodiscard]] layout::Pin here() const { return {first().host, "its volume " + first().name.str() + " is there"}; }
  /// Where some of them are on their way to; null when none is.
  [[nodiscard]] const HostName* goal() const {
    const auto found = std::ranges::find_if(held_, [](const HeldVolume* each) { return each->goesTo.has_value(); });
    return found == held_.end() ? nullptr : &*(*found)->goesTo;
  }
  [[nodiscard]] const HeldVolume* elsewhere() const {
    const auto found = std::ranges::find_if(held_, [&](const HeldVolume* each) { return each->host != first().host; });
    return found == held_.end() ? nullptr : *found;
  }
  [[nodiscard]] std::optional<layout::HostState> stateOf(const HostName& host) const {
    const auto found = std::ranges::find(hosts_, host, &layout::Host::name);
    return found == hosts_.end() ? std::nullopt : std::optional(found->state);
  }

  const Held& held_;
  const std::vector<layout::Host>& hosts_;
  const VolumesOfLeavers leavers_;
};

}  // namespace

std::vector<std::string> pinToVolumes(std::vector<layout::Group>& groups, const std::vector<HeldVolume>& held,
                                      const std::vector<layout::Host>& hosts, VolumesOfLeavers leavers) {
  std::unordered_map<NodeName, Held> of;
  for (const HeldVolume& each : held) {
    if (each.fate == HeldVolume::Fate::pins) of[each.node].push_back(&each);
  }
  std::vector<std::string> conflicts;
  for (layout::Group& group : groups) {
    for (layout::Node& node : group.nodes) {
      const auto found = of.find(node.name);
      if (found == of.end()) continue;
      const Whereabouts volumes(found->second, hosts, leavers);
      auto pin = volumes.pin();
      if (auto scattered = volumes.scattered(node.name)) {
        conflicts.push_back(*std::move(scattered));
      } else if (pin && node.pin && node.pin->host != pin->host) {
        conflicts.push_back(node.name.str() + " is to be on host " + node.pin->host.str() + ", but its volume " +
                            volumes.first().name.str() + " is on " + volumes.first().host.str());
      } else if (pin) {
        node.pin = std::move(pin);
      }
    }
  }
  return conflicts;
}

std::vector<node::Volume> carriedTo(const HostName& host, const node::Blueprint& node,
                                    const std::vector<HeldVolume>& held) {
  std::vector<node::Volume> carried;
  for (const HeldVolume& each : held) {
    if (each.fate != HeldVolume::Fate::pins || each.node != node.name || each.host == host) continue;
    const auto wanted = std::ranges::find(node.volumes, each.name, &node::Volume::name);
    if (wanted == node.volumes.end()) continue;
    carried.push_back(*wanted);
    carried.back().size = each.size;
  }
  return carried;
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
    if (host != hosts.end()) host->reserved.volumes += each.size;
  }
}

}  // namespace berth::change
