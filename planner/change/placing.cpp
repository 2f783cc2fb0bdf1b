// SPDX-License-Identifier: Apache-2.0
#include "planner/change/placing.h"

#include "planner/node/compose.h"

namespace berth::change {
namespace {

layout::Level levelOf(const spec::Level& level) {
  if (level == "zone") return layout::Level::zone();
  return level == "host" ? layout::Level::host() : layout::Level::labelled(level);
}

void addBonds(const std::optional<spec::Bond>& from, layout::Bond::Kind kind, layout::Rules& rules) {
  if (!from) return;
  for (const auto& other : from->pools) {
    rules.bonds.push_back({.kind = kind,
                           .group = other->str(),
                           .level = levelOf(from->over),
                           .strength = from->hard ? layout::Strength::rule : layout::Strength::wish});
  }
}

layout::Rules rulesOf(const spec::Spec& spec, const spec::Pool& pool) {
  layout::Rules rules;
  rules.spread.clear();
  for (const spec::Level& each : pool.spread.over) rules.spread.push_back(levelOf(each));
  rules.atMost = pool.spread.atMost;
  rules.zones = pool.hosts.zones;
  rules.labels = pool.hosts.labels;
  addBonds(pool.near, layout::Bond::Kind::near, rules);
  addBonds(pool.apart, layout::Bond::Kind::apart, rules);
  rules.prefer = spec.layout.prefer == spec::Layout::Prefer::pack ? layout::Prefer::pack : layout::Prefer::balance;
  return rules;
}

/// A node's volumes take their room on its host, beside its root disk: where that host has volumes.
layout::Amount needsOf(const spec::Pool& pool, const spec::Resources& resources) {
  layout::Amount amount{*resources.vcpus, *resources.memory, *resources.disk};
  for (const spec::Volume& volume : pool.volumes) amount.volumes += *volume.size;
  return amount;
}

}  // namespace

layout::Amount needsOf(const node::Blueprint& blueprint) {
  layout::Amount amount{.vcpus = blueprint.vcpus, .memory = blueprint.memory, .disk = blueprint.disk};
  for (const node::Volume& volume : blueprint.volumes) amount.volumes += volume.size;
  return amount;
}

std::vector<layout::Group> groupsOf(const spec::Spec& spec) {
  std::vector<layout::Group> groups;
  for (const spec::Pool& pool : spec.pools) {
    layout::Group& group = groups.emplace_back(layout::Group{
        .name = pool.name->str(), .needs = needsOf(pool, pool.resources), .rules = rulesOf(spec, pool), .nodes = {}});
    std::uint32_t index = 0;
    for (NodeName& name : node::nodeNames(spec, pool)) {
      layout::Node& node = group.nodes.emplace_back(layout::Node{std::move(name)});
      const spec::NodeOverride* own = pool.overrideOf(index);
      const spec::Resources resources = pool.resourcesOf(index++);
      if (own != nullptr) {
        node.needs = needsOf(pool, resources);
        if (own->host) node.pin = layout::Pin{**own->host, "the spec says host: " + (*own->host)->str()};
      }
    }
  }
  return groups;
}

std::string fleetName(const ClusterName& cluster, const std::string& pool) { return cluster.str() + "/" + pool; }

std::vector<layout::Group> fleetGroupsOf(const spec::Spec& spec, const Hosts& hosts) {
  std::vector<layout::Group> groups = groupsOf(spec);
  auto pool = spec.pools.begin();
  for (layout::Group& group : groups) {
    for (layout::Node& node : group.nodes) {
      const auto now = pool->volumes.empty() ? hosts.end() : hosts.find(node.name);
      // Goes before what the spec says: the volume is there, whatever is wished.
      if (now != hosts.end()) node.pin = layout::Pin{now->second, "its volumes are there"};
    }
    ++pool;
    group.name = fleetName(*spec.cluster, group.name);
    for (layout::Bond& bond : group.rules.bonds) bond.group = fleetName(*spec.cluster, bond.group);
  }
  return groups;
}

void holdBackOthers(const std::set<HostName>& able, const HeldBack& told, const source::Mark& where,
                    std::vector<layout::Host>& hosts, source::Findings& findings) {
  for (layout::Host& host : hosts) {
    if (host.state != layout::HostState::ready || able.contains(host.name)) continue;
    host.state = layout::HostState::cordoned;
    findings.push_back(source::warning(where, told.what + host.name.str() + ": " + told.why, told.hint));
  }
}

}  // namespace berth::change
