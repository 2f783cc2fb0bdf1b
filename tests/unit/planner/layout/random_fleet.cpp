// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/planner/layout/random_fleet.h"

#include <algorithm>

#include <rapidcheck.h>

#include "planner/layout/ledger.h"

namespace berth::layout {
namespace {

std::uint32_t upTo(std::uint32_t most) { return *rc::gen::inRange<std::uint32_t>(0, most + 1); }
bool oneIn(std::uint32_t n) { return upTo(n - 1) == n - 1; }

Amount amount(std::uint32_t scale) {
  return {.vcpus = 1 + upTo(scale),
          .memory = Bytes((1ull + upTo(scale)) << 30),
          .disk = Bytes((1ull + upTo(scale)) << 30),
          .volumes = oneIn(2) ? Bytes((1ull + upTo(scale)) << 30) : Bytes()};
}

Level level() {
  switch (upTo(2)) {
    case 0: return Level::host();
    case 1: return Level::zone();
    default: return Level::labelled("rack");
  }
}

Host drawHost(std::uint32_t index) {
  Host host{.name = HostName::parse("h" + std::to_string(index)).value(),
            .zone = std::string(1, static_cast<char>('a' + upTo(2))),
            .labels = {},
            .capacity = amount(16),
            .reserved = {},
            .state = HostState::ready};
  if (oneIn(4)) host.reserved = amount(3);
  if (oneIn(6)) host.state = static_cast<HostState>(1 + upTo(2));
  if (oneIn(2)) host.labels["disk"] = "ssd";
  if (!oneIn(4)) host.labels["rack"] = std::to_string(upTo(2));
  return host;
}

Rules drawRules(std::uint32_t group) {
  Rules rules;
  if (oneIn(2)) {
    rules.spread.clear();
    for (std::uint32_t i = upTo(2); i > 0; --i) rules.spread.push_back(level());
  }
  if (oneIn(4)) rules.atMost = 1 + upTo(2);
  if (oneIn(5)) rules.zones = {"a", "b"};
  if (oneIn(5)) rules.labels = {{"disk", "ssd"}};
  if (oneIn(4)) rules.prefer = Prefer::pack;
  // Only towards groups before it: a circle of nearness is no rule that can be kept.
  if (group > 0 && oneIn(2)) {
    rules.bonds.push_back({.kind = oneIn(2) ? Bond::Kind::near : Bond::Kind::apart,
                           .group = "p" + std::to_string(upTo(group - 1)),
                           .level = level(),
                           .strength = oneIn(2) ? Strength::rule : Strength::wish});
  }
  return rules;
}

std::uint32_t countIn(const RandomFleet& fleet, const Where& where, const Group& group, const Level& level,
                      const Host& host) {
  std::uint32_t count = 0;
  for (const Node& node : group.nodes) {
    const auto place = where.find(node.name);
    const Host* there = place == where.end() ? nullptr : findHost(fleet, place->second);
    if (there != nullptr && placeOf(level, *there) == placeOf(level, host)) ++count;
  }
  return count;
}

std::string brokenBond(const RandomFleet& fleet, const Where& where, const Group& group, const Host& host) {
  for (const Bond& bond : group.rules.bonds) {
    const auto other = std::ranges::find(fleet.groups, bond.group, &Group::name);
    if (bond.strength != Strength::rule || other == fleet.groups.end()) continue;
    const bool together = countIn(fleet, where, *other, bond.level, host) > 0;
    if (together != (bond.kind == Bond::Kind::near)) return "bond to " + bond.group;
  }
  return {};
}

}  // namespace

RandomFleet drawFleet() {
  RandomFleet fleet;
  const std::uint32_t hosts = upTo(9);
  for (std::uint32_t i = 0; i < hosts; ++i) fleet.hosts.push_back(drawHost(i));
  const std::uint32_t groups = 1 + upTo(3);
  for (std::uint32_t g = 0; g < groups; ++g) {
    Group group{.name = "p" + std::to_string(g), .needs = amount(4), .rules = drawRules(g), .nodes = {}};
    for (std::uint32_t n = upTo(7); n > 0; --n) {
      Node node{NodeName::parse("c-" + group.name + "-" + std::to_string(n)).value()};
      if (oneIn(8)) node.needs = amount(4);
      if (oneIn(8) && hosts > 0) node.pin = Pin{fleet.hosts[upTo(hosts - 1)].name, "a volume"};
      if (oneIn(3) && hosts > 0) {
        fleet.present.push_back({node.name, fleet.hosts[upTo(hosts - 1)].name, amount(4)});
      }
      group.nodes.push_back(std::move(node));
    }
    fleet.groups.push_back(std::move(group));
  }
  if (oneIn(2) && hosts > 0) {
    fleet.present.push_back({NodeName::parse("c-leaving-0").value(), fleet.hosts[0].name, amount(4)});
  }
  return fleet;
}

Where whereOf(const Layout& layout) { return {layout.hosts.begin(), layout.hosts.end()}; }

const Host* findHost(const RandomFleet& fleet, const HostName& name) {
  const auto found = std::ranges::find(fleet.hosts, name, &Host::name);
  return found == fleet.hosts.end() ? nullptr : &*found;
}

std::string placeOf(const Level& level, const Host& host) {
  if (level.kind == Level::Kind::zone) return host.zone;
  if (level.kind == Level::Kind::host) return host.name.str();
  const auto found = host.labels.find(level.label);
  return found == host.labels.end() ? "" : found->second;
}

std::string brokenRuleOf(const NodeName& name, const RandomFleet& fleet, const Where& where) {
  for (const Group& group : fleet.groups) {
    const Rules& rules = group.rules;
    const auto node = std::ranges::find(group.nodes, name, &Node::name);
    const auto place = where.find(name);
    if (node == group.nodes.end() || place == where.end()) continue;
    const Host* host = findHost(fleet, place->second);
    if (host == nullptr) return {};
    const std::string who = name.str() + " on " + host->name.str() + ": ";
    if (node->pin && node->pin->host != host->name) return who + "pin";
    if (!rules.zones.empty() && std::ranges::find(rules.zones, host->zone) == rules.zones.end()) return who + "zone";
    for (const auto& [key, value] : rules.labels) {
      if (!host->labels.contains(key) || host->labels.at(key) != value) return who + "label";
    }
    if (rules.atMost > 0 && !rules.spread.empty() &&
        countIn(fleet, where, group, rules.spread.back(), *host) > rules.atMost) {
      return who + "spread";
    }
    if (const std::string bond = brokenBond(fleet, where, group, *host); !bond.empty()) return who + bond;
  }
  return {};
}

std::string brokenRule(const RandomFleet& fleet, const Where& where) {
  for (const auto& [node, host] : where) {
    if (std::string broken = brokenRuleOf(node, fleet, where); !broken.empty()) return broken;
  }
  return {};
}

std::map<HostName, Amount> promised(const RandomFleet& fleet, const Where& where) {
  std::map<HostName, Amount> sums;
  std::map<NodeName, Present> present;
  const auto add = [&](const HostName& name, const Amount& more) {
    const Host* host = findHost(fleet, name);
    sums[name] = sums[name] + (host == nullptr ? more : onHost(*host, more));
  };
  for (const Host& host : fleet.hosts) add(host.name, host.reserved);
  for (const Present& each : fleet.present) {
    present.emplace(each.node, each);
    add(each.host, each.reserved);
  }
  for (const Group& group : fleet.groups) {
    for (const Node& node : group.nodes) {
      const auto place = where.find(node.name);
      if (place == where.end()) continue;
      Amount more = node.needs.value_or(group.needs);
      const auto now = present.find(node.name);
      if (now != present.end() && now->second.host == place->second) {
        more = growth(now->second.reserved, more);
      }
      add(place->second, more);
    }
  }
  return sums;
}

bool mayPromise(const Host& host, const Amount& before, const Amount& after) {
  const auto may = [](const auto& had, const auto& has, const auto& capacity) { return has <= capacity || has <= had; };
  return may(before.vcpus, after.vcpus, host.capacity.vcpus) &&
         may(before.memory, after.memory, host.capacity.memory) && may(before.disk, after.disk, host.capacity.disk) &&
         may(before.volumes, after.volumes, host.capacity.volumes);
}

RandomFleet carriedOut(const RandomFleet& fleet, const Where& where) {
  RandomFleet after = fleet;
  after.present.clear();
  for (const Group& group : fleet.groups) {
    for (const Node& node : group.nodes) {
      const auto place = where.find(node.name);
      if (place != where.end()) after.present.push_back({node.name, place->second, node.needs.value_or(group.needs)});
    }
  }
  return after;
}

}  // namespace berth::layout
