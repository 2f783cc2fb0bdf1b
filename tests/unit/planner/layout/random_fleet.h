// SPDX-License-Identifier: Apache-2.0
//
// Fleets and specs that rapidcheck makes up and shrinks, and what must hold of a layout, told anew and plainly: nothing
// here knows how places are found.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "planner/layout/place.h"

namespace berth::layout {

struct RandomFleet {
  std::vector<Host> hosts;
  std::vector<Group> groups;
  std::vector<Present> present;
};

/// Draws from rapidcheck; only within a property.
[[nodiscard]] RandomFleet drawFleet();

/// Where nodes are, by name.
using Where = std::map<NodeName, HostName>;
[[nodiscard]] Where whereOf(const Layout& layout);

/// What is wrong with these nodes in these places; empty when every rule is kept. Room is another matter.
[[nodiscard]] std::string brokenRule(const RandomFleet& fleet, const Where& where);
/// The same about one of them.
[[nodiscard]] std::string brokenRuleOf(const NodeName& node, const RandomFleet& fleet, const Where& where);

/// What each host has promised in all: to others, to the present nodes, and to nodes of groups where they are.
[[nodiscard]] std::map<HostName, Amount> promised(const RandomFleet& fleet, const Where& where);
/// Whether a host that has promised `before` may promise `after`: of what it is overdrawn in, nothing more.
[[nodiscard]] bool mayPromise(const Host& host, const Amount& before, const Amount& after);

/// The fleet as it is once the layout is carried out: nodes where they are to be, with what they need.
[[nodiscard]] RandomFleet carriedOut(const RandomFleet& fleet, const Where& where);

[[nodiscard]] const Host* findHost(const RandomFleet& fleet, const HostName& name);
/// The name of the place of that level that the host is in.
[[nodiscard]] std::string placeOf(const Level& level, const Host& host);

}  // namespace berth::layout
