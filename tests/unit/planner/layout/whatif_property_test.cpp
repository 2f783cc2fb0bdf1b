// SPDX-License-Identifier: Apache-2.0
//
// What must hold of losses, simulations and moves, on fleets that rapidcheck makes up.
#include <algorithm>
#include <array>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "planner/layout/ledger.h"
#include "planner/layout/rebalance.h"
#include "planner/layout/simulate.h"
#include "tests/unit/planner/layout/random_fleet.h"

namespace berth::layout {
namespace {

/// A fleet that is in place, by place(): what found no place is left out.
RandomFleet drawStanding() {
  const RandomFleet fleet = drawFleet();
  RandomFleet standing = carriedOut(fleet, whereOf(place(fleet.hosts, fleet.groups, fleet.present)));
  std::set<NodeName> there;
  for (const Present& each : standing.present) there.insert(each.node);
  for (Group& group : standing.groups) {
    std::erase_if(group.nodes, [&](const Node& node) { return !there.contains(node.name); });
  }
  return standing;
}

/// Whether these nodes can be put on ready hosts with the rules about them kept, by trying everything.
bool canBePlaced(const RandomFleet& fleet, Where& where, std::map<HostName, Amount>& sums,
                 const std::vector<std::pair<NodeName, Amount>>& nodes, std::size_t next) {
  if (next == nodes.size()) {
    return std::ranges::all_of(nodes, [&](const auto& each) { return brokenRuleOf(each.first, fleet, where).empty(); });
  }
  const auto& [node, needs] = nodes[next];
  for (const Host& host : fleet.hosts) {
    Amount& sum = sums[host.name];
    const Amount before = sum;
    if (host.state != HostState::ready || !mayPromise(host, sum, sum + onHost(host, needs))) continue;
    sum = sum + onHost(host, needs);
    where[node] = host.name;
    if (canBePlaced(fleet, where, sums, nodes, next + 1)) return true;
    where.erase(node);
    sum = before;
  }
  return false;
}

RC_GTEST_PROP(Losses, aHostThatIsNotFragileCanReallyBeLost, ()) {
  const RandomFleet fleet = drawStanding();
  Standing standing(fleet.hosts, fleet.groups, fleet.present);
  std::set<HostName> fragile;
  for (const Loss& loss : losses(standing)) fragile.insert(loss.host);
  for (const Host& host : fleet.hosts) {
    if (fragile.contains(host.name)) continue;
    RandomFleet without = fleet;
    for (Host& each : without.hosts) {
      if (each.name == host.name) each.state = HostState::lost;
    }
    Where where;
    std::vector<std::pair<NodeName, Amount>> homeless;
    without.present.clear();
    for (const Group& group : fleet.groups) {
      for (const Node& node : group.nodes) {
        const auto now = std::ranges::find(fleet.present, node.name, &Present::node);
        if (now->host == host.name && !node.pin) {
          homeless.emplace_back(node.name, now->reserved);
        } else {
          where.emplace(node.name, now->host);
          without.present.push_back(*now);
        }
      }
    }
    auto sums = promised(without, {});
    RC_ASSERT(canBePlaced(without, where, sums, homeless, 0));
  }
}

RC_GTEST_PROP(Losses, leavesTheFleetAsItWas, ()) {
  const RandomFleet fleet = drawStanding();
  Standing standing(fleet.hosts, fleet.groups, fleet.present);
  const auto first = losses(standing);
  const auto second = losses(standing);
  RC_ASSERT(first.size() == second.size());
  for (std::size_t i = 0; i < first.size(); ++i) RC_ASSERT(first[i].homeless.size() == second[i].homeless.size());
}

RC_GTEST_PROP(Simulate, exactlyAsManyFitAsItSays, ()) {
  RandomFleet fleet = drawStanding();
  // Those that leave a draining host, and stay when there is no room elsewhere, would compete with the new ones.
  for (Host& host : fleet.hosts) {
    if (host.state == HostState::draining) host.state = HostState::cordoned;
  }
  const auto which = *rc::gen::inRange<std::size_t>(0, fleet.groups.size());
  Group& group = fleet.groups[which];
  const Foretold told = simulate({.hosts = fleet.hosts,
                                  .groups = fleet.groups,
                                  .present = fleet.present,
                                  .lost = {},
                                  .fit = {{.group = group.name, .needs = {}}}});
  const std::uint32_t count = told.fits.at(0).count;
  RC_ASSERT(told.fits.at(0).surviving <= count);
  RC_ASSERT(!told.fits.at(0).limit.empty());
  for (std::uint32_t i = 0; i <= count; ++i) group.nodes.push_back({NodeName::parse("d-" + std::to_string(i)).value()});
  const Layout layout = place(fleet.hosts, fleet.groups, fleet.present);
  RC_ASSERT(layout.unplaced.size() == 1u);
}

RC_GTEST_PROP(Simulate, aLostHostTakesNoNodesAndKeepsOnlyPinnedOnes, ()) {
  const RandomFleet fleet = drawStanding();
  RC_PRE(!fleet.hosts.empty());
  const HostName lost = fleet.hosts[*rc::gen::inRange<std::size_t>(0, fleet.hosts.size())].name;
  const Foretold told =
      simulate({.hosts = fleet.hosts, .groups = fleet.groups, .present = fleet.present, .lost = {lost}, .fit = {}});
  std::size_t there = 0;
  for (const Present& each : fleet.present) there += each.host == lost ? 1 : 0;
  std::size_t moved = 0;
  for (const auto& each : told.placed) {
    RC_ASSERT(each.to != lost);
    moved += each.from == lost ? 1 : 0;
  }
  RC_ASSERT(moved + told.pinned.size() <= there);
  RC_ASSERT(moved + told.pinned.size() + told.homeless.size() >= there);
}

/// What rebalancing makes less of, from the most important on: wishes to be apart that are not heard, to be near,
/// evenness level by level, and evenness of shares.
using Cost = std::array<double, 3 + kMaxSpread>;

Cost costOf(const RandomFleet& fleet, const Where& where) {
  Cost cost{};
  const auto count = [&](const Group& group, const Level& level, const std::string& place) {
    double nodes = 0;
    for (const Node& node : group.nodes)
      nodes += placeOf(level, *findHost(fleet, where.at(node.name))) == place ? 1 : 0;
    return nodes;
  };
  for (const Group& group : fleet.groups) {
    for (const Node& node : group.nodes) {
      const Host& host = *findHost(fleet, where.at(node.name));
      for (const Bond& bond : group.rules.bonds) {
        if (bond.strength == Strength::rule) continue;
        const auto other = std::ranges::find(fleet.groups, bond.group, &Group::name);
        const double there = count(*other, bond.level, placeOf(bond.level, host));
        if (bond.kind == Bond::Kind::apart) cost[0] += there;
        if (bond.kind == Bond::Kind::near) cost[1] += there == 0 ? 1 : 0;
      }
      for (std::size_t i = 0; i < group.rules.spread.size(); ++i) {
        cost[2 + i] += count(group, group.rules.spread[i], placeOf(group.rules.spread[i], host));
      }
    }
  }
  return cost;
}

RC_GTEST_PROP(Rebalance, movesOnlyWhatMayMoveForTheBetterAndComesToAnEnd, ()) {
  RandomFleet fleet = drawFleet();
  for (Group& group : fleet.groups) group.rules.prefer = Prefer::balance;
  // Nodes where anybody may have put them, as long as no rule is broken.
  fleet.present.clear();
  fleet = carriedOut(fleet, whereOf(place(fleet.hosts, fleet.groups, {})));
  std::set<NodeName> there;
  for (const Present& each : fleet.present) there.insert(each.node);
  for (Group& group : fleet.groups) {
    std::erase_if(group.nodes, [&](const Node& node) { return !there.contains(node.name); });
    // Wishes that nobody had when the nodes were placed.
    if (*rc::gen::inRange(0, 2) == 1) group.rules.spread = {Level::labelled("rack"), Level::host()};
  }
  Movable all;
  for (GroupIndex group = 0; group < fleet.groups.size(); ++group) all.push_back(group);
  Where where;
  for (const Present& each : fleet.present) where.emplace(each.node, each.host);
  RC_PRE(brokenRule(fleet, where).empty());

  Standing standing(fleet.hosts, fleet.groups, fleet.present);
  const std::vector<Move> moves = rebalance(standing, all, 1000);
  RC_ASSERT(moves.size() < 1000u);
  Cost cost = costOf(fleet, where);
  for (const Move& move : moves) {
    RC_ASSERT(where.at(move.node) == move.from);
    const auto before = promised(carriedOut(fleet, where), {});
    where.at(move.node) = move.to;
    const Host& to = *findHost(fleet, move.to);
    RC_ASSERT(to.state == HostState::ready);
    RC_ASSERT(brokenRule(fleet, where) == "");
    const auto after = promised(carriedOut(fleet, where), {});
    RC_ASSERT(mayPromise(to, before.at(to.name), after.at(to.name)));
    const Cost next = costOf(fleet, where);
    RC_ASSERT(next <= cost);
    if (move.gain != Move::Gain::balance) RC_ASSERT(next < cost);
    cost = next;
  }
  const RandomFleet after = carriedOut(fleet, where);
  Standing again(after.hosts, after.groups, after.present);
  RC_ASSERT(rebalance(again, all, 1000).empty());
}

RC_GTEST_PROP(Rebalance, packingNeverUsesMoreHostsAndComesToAnEnd, ()) {
  RandomFleet fleet = drawFleet();
  for (Group& group : fleet.groups) {
    group.rules = {.spread = {}, .prefer = Prefer::balance};
    for (Node& node : group.nodes) node.pin.reset();
  }
  fleet = carriedOut(fleet, whereOf(place(fleet.hosts, fleet.groups, {})));
  for (Group& group : fleet.groups) group.rules.prefer = Prefer::pack;
  Movable all;
  for (GroupIndex group = 0; group < fleet.groups.size(); ++group) all.push_back(group);
  const auto used = [&](const Where& where) {
    std::set<HostName> hosts;
    for (const auto& [node, host] : where) hosts.insert(host);
    // What others have keeps a host from being empty.
    for (const Host& host : fleet.hosts) {
      if (host.reserved != Amount()) hosts.insert(host.name);
    }
    return hosts.size();
  };
  Where where;
  for (const Present& each : fleet.present) where.emplace(each.node, each.host);
  const std::size_t before = used(where);
  Standing standing(fleet.hosts, fleet.groups, fleet.present);
  const std::vector<Move> moves = rebalance(standing, all, 1000);
  for (const Move& move : moves) where.at(move.node) = move.to;
  RC_ASSERT(moves.empty() || used(where) < before);
  const RandomFleet after = carriedOut(fleet, where);
  const auto sums = promised(after, {});
  for (const Host& host : fleet.hosts) RC_ASSERT(mayPromise(host, onHost(host, host.reserved), sums.at(host.name)));
  Standing again(after.hosts, after.groups, after.present);
  RC_ASSERT(rebalance(again, all, 1000).empty());
}

}  // namespace
}  // namespace berth::layout
