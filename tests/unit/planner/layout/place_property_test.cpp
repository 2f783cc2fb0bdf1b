// SPDX-License-Identifier: Apache-2.0
//
// What must hold of every layout, on fleets that rapidcheck makes up.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "planner/layout/explain.h"
#include "planner/layout/place.h"
#include "tests/unit/planner/layout/random_fleet.h"

namespace berth::layout {
namespace {

Layout place(const RandomFleet& fleet) { return place(fleet.hosts, fleet.groups, fleet.present); }

RC_GTEST_PROP(Place, neverPromisesAHostMoreThanItHas, ()) {
  const RandomFleet fleet = drawFleet();
  const auto before = promised(fleet, {});
  const auto after = promised(fleet, whereOf(place(fleet)));
  for (const Host& host : fleet.hosts) RC_ASSERT(mayPromise(host, before.at(host.name), after.at(host.name)));
}

RC_GTEST_PROP(Place, breaksNoRule, ()) {
  const RandomFleet fleet = drawFleet();
  RC_ASSERT(brokenRule(fleet, whereOf(place(fleet))) == "");
}

RC_GTEST_PROP(Place, placesEachNodeOnceOrSaysWhyNot, ()) {
  const RandomFleet fleet = drawFleet();
  const Layout layout = place(fleet);
  std::set<NodeName> unplaced;
  for (const Unplaced& each : layout.unplaced) {
    RC_ASSERT(!each.reason.empty());
    RC_ASSERT(unplaced.insert(each.node).second);
  }
  std::size_t nodes = 0;
  for (const Group& group : fleet.groups) {
    for (const Node& node : group.nodes) RC_ASSERT(layout.hosts.contains(node.name) != unplaced.contains(node.name));
    nodes += group.nodes.size();
  }
  RC_ASSERT(layout.hosts.size() + unplaced.size() == nodes);
}

RC_GTEST_PROP(Place, putsNewNodesOnReadyHostsAndSaysWhyOthersLeave, ()) {
  const RandomFleet fleet = drawFleet();
  const Layout layout = place(fleet);
  Where was;
  for (const Present& each : fleet.present) was.emplace(each.node, each.host);
  for (const auto& [node, host] : layout.hosts) {
    const auto before = was.find(node);
    const bool stays = before != was.end() && before->second == host;
    if (!stays) RC_ASSERT(findHost(fleet, host)->state == HostState::ready);
    if (before != was.end()) RC_ASSERT(layout.leaving.contains(node) == !stays);
  }
}

RC_GTEST_PROP(Place, doesNotDependOnAnyOrder, ()) {
  const RandomFleet fleet = drawFleet();
  RandomFleet other = fleet;
  std::ranges::reverse(other.hosts);
  std::ranges::reverse(other.groups);
  std::ranges::reverse(other.present);
  for (Group& group : other.groups) std::ranges::reverse(group.nodes);
  const auto cut = *rc::gen::inRange<std::size_t>(0, fleet.hosts.size() + 1);
  std::rotate(other.hosts.begin(), other.hosts.begin() + static_cast<std::ptrdiff_t>(cut), other.hosts.end());
  RC_ASSERT(whereOf(place(fleet)) == whereOf(place(other)));
}

RC_GTEST_PROP(Place, aSecondLookMovesNothing, ()) {
  const RandomFleet fleet = drawFleet();
  const Layout first = place(fleet);
  const Where where = whereOf(first);
  const Layout again = place(carriedOut(fleet, where));
  for (const auto& [node, host] : where) {
    RC_ASSERT(again.hostOf(node) != nullptr);
    // Once the others have moved there may be room for one more that a draining host had to keep.
    if (first.heldBack.contains(node)) continue;
    RC_ASSERT(*again.hostOf(node) == host);
  }
}

RC_GTEST_PROP(Explain, choosesWhatTheLayoutChose, ()) {
  const RandomFleet fleet = drawFleet();
  const Layout layout = place(fleet);
  for (const Group& group : fleet.groups) {
    for (const Node& node : group.nodes) {
      const auto explanation = explain(fleet.hosts, fleet.groups, fleet.present, node.name);
      RC_ASSERT(explanation.has_value());
      const HostName* host = layout.hostOf(node.name);
      RC_ASSERT(explanation->host == (host == nullptr ? std::nullopt : std::optional(*host)));
      RC_ASSERT(explanation->verdicts.size() == fleet.hosts.size());
      for (const Verdict& each : explanation->verdicts) {
        RC_ASSERT((each.kind == Verdict::Kind::chosen) == (explanation->host == each.host));
        RC_ASSERT(!each.reason.empty());
      }
    }
  }
}

RC_GTEST_PROP(Place, spreadsAsEvenlyAsThereIsRoom, ()) {
  const auto hosts = *rc::gen::inRange<std::uint32_t>(1, 10);
  const auto nodes = *rc::gen::inRange<std::uint32_t>(0, 40);
  RandomFleet fleet;
  for (std::uint32_t i = 0; i < hosts; ++i) {
    const std::uint64_t gib = *rc::gen::inRange<std::uint64_t>(100, 1000);
    fleet.hosts.push_back({.name = HostName::parse("h" + std::to_string(i)).value(),
                           .zone = "",
                           .labels = {},
                           .capacity = {1000, Bytes(gib << 30), Bytes(1ull << 45)},
                           .reserved = {}});
  }
  Group group{.name = "p", .needs = {1, 1_GiB, 1_GiB}, .rules = {}, .nodes = {}};
  for (std::uint32_t n = 0; n < nodes; ++n)
    group.nodes.push_back({NodeName::parse("c-p-" + std::to_string(n)).value()});
  fleet.groups = {group};
  std::map<HostName, std::uint32_t> onHost;
  for (const auto& [node, host] : whereOf(place(fleet))) ++onHost[host];
  for (const auto& [host, on] : onHost) {
    RC_ASSERT(on >= nodes / hosts);
    RC_ASSERT(on <= (nodes + hosts - 1) / hosts);
  }
}

}  // namespace
}  // namespace berth::layout
