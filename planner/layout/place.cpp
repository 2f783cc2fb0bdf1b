// SPDX-License-Identifier: Apache-2.0
#include "planner/layout/place.h"

#include <algorithm>
#include <numeric>

#include "planner/layout/placer.h"

namespace berth::layout {

Placer::Placer(const std::vector<Host>& hosts, const std::vector<Group>& groups, const std::vector<Present>& present)
    : hosts_(hosts), groups_(groups), present_(present), ledger_(hosts), nameOrder_(hosts.size()) {
  std::vector<HostIndex> sorted(hosts.size());
  std::iota(sorted.begin(), sorted.end(), HostIndex{0});
  std::ranges::sort(sorted, [&](HostIndex left, HostIndex right) { return hosts[left].name < hosts[right].name; });
  for (std::size_t i = 0; i < sorted.size(); ++i) nameOrder_[sorted[i]] = i;
  keepPresent();
}

/// First all that is there keeps what it has; only then is it seen who can grow where he is.
void Placer::keepPresent() {
  for (const Present& each : present_) {
    if (const auto host = ledger_.find(each.host)) ledger_.reserve(*host, each.reserved);
  }
  std::unordered_map<NodeName, const Present*> byNode;
  byNode.reserve(present_.size());
  for (const Present& each : present_) byNode.emplace(each.node, &each);
  for (const Group& group : groups_) {
    for (const NodeName& node : group.nodes) {
      const auto found = byNode.find(node);
      if (found == byNode.end()) continue;
      const Present& now = *found->second;
      const auto host = ledger_.find(now.host);
      const Amount more = growth(now.reserved, group.needs);
      // A host that has shrunk below its promises keeps its nodes, as long as they do not grow.
      const bool grows = more != Amount();
      if (host && grows && !ledger_.fits(*host, more)) continue;
      if (host) {
        ledger_.reserve(*host, more);
        staying_.emplace(node, *host);
      }
      layout_.hosts.emplace(node, now.host);
    }
  }
}

Placer::GroupState Placer::countGroup(const Group& group) const {
  GroupState state{.group = &group, .onHost = std::vector<std::uint64_t>(hosts_.size()), .zones = {}};
  for (const NodeName& node : group.nodes) {
    const auto host = staying_.find(node);
    if (host == staying_.end()) continue;
    ++state.onHost[host->second];
    ++state.zones[hosts_[host->second].zone].nodes;
  }
  return state;
}

bool Placer::usable(const GroupState& state, HostIndex host) const {
  const Rules& rules = state.group->rules;
  if (rules.hard && !rules.spread.empty()) {
    const auto zone = state.zones.find(hosts_[host].zone);
    const std::uint64_t inZone = zone == state.zones.end() ? 0 : zone->second.nodes;
    if ((rules.spread.back() == Level::zone ? inZone : state.onHost[host]) > 0) return false;
  }
  return ledger_.fits(host, state.group->needs) && !excludedBy(hosts_[host], rules);
}

Rank Placer::rank(const GroupState& state, HostIndex host, Among among) const {
  Rank rank{.first = 0,
            .second = 0,
            .usedShare = 1'000'000 - ledger_.freeMemoryShare(host),
            .name = nameOrder_[host],
            .host = host};
  const auto& spread = state.group->rules.spread;
  const auto count = [&](Level level) {
    if (level == Level::host) return state.onHost[host];
    if (among == Among::zone) return std::uint64_t{0};
    const auto zone = state.zones.find(hosts_[host].zone);
    return zone == state.zones.end() ? 0 : zone->second.nodes;
  };
  if (!spread.empty()) rank.first = count(spread[0]);
  if (spread.size() > 1) rank.second = count(spread[1]);
  return rank;
}

void Placer::placeGroup(const Group& group) {
  std::vector<NodeName> fresh;
  for (const NodeName& node : group.nodes) {
    if (!layout_.hosts.contains(node)) fresh.push_back(node);
  }
  if (!fresh.empty()) placeNew(group, fresh);
}

void Placer::placeNew(const Group& group, const std::vector<NodeName>& nodes) {
  GroupState state = countGroup(group);
  for (HostIndex host = 0; host < hosts_.size(); ++host) {
    if (ledger_.find(hosts_[host].name) != host) continue;
    if (usable(state, host)) state.zones[hosts_[host].zone].hosts.insert(rank(state, host, Among::zone));
  }
  const auto bestOf = [&](const Zone& zone) { return rank(state, zone.hosts.begin()->host, Among::fleet); };
  std::set<Rank> best;
  for (const auto& [name, zone] : state.zones) {
    if (!zone.hosts.empty()) best.insert(bestOf(zone));
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (best.empty()) {
      const std::string reason = whyNone(state);
      for (std::size_t rest = i; rest < nodes.size(); ++rest) layout_.unplaced.push_back({nodes[rest], reason});
      return;
    }
    const HostIndex host = best.begin()->host;
    best.erase(best.begin());
    Zone& zone = state.zones[hosts_[host].zone];
    zone.hosts.erase(zone.hosts.begin());
    ledger_.reserve(host, group.needs);
    ++state.onHost[host];
    ++zone.nodes;
    layout_.hosts.emplace(nodes[i], hosts_[host].name);
    if (usable(state, host)) zone.hosts.insert(rank(state, host, Among::zone));
    const bool zoneIsFull = group.rules.hard && !group.rules.spread.empty() && group.rules.spread.back() == Level::zone;
    if (zoneIsFull) zone.hosts.clear();
    if (!zone.hosts.empty()) best.insert(bestOf(zone));
  }
}

Layout Placer::run() {
  for (const Group& group : groups_) placeGroup(group);
  return std::move(layout_);
}

const HostName* Layout::hostOf(const NodeName& node) const {
  const auto found = hosts.find(node);
  return found == hosts.end() ? nullptr : &found->second;
}

Layout place(const std::vector<Host>& hosts, const std::vector<Group>& groups, const std::vector<Present>& present) {
  return Placer(hosts, groups, present).run();
}

}  // namespace berth::layout
