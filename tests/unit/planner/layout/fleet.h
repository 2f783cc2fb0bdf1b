// SPDX-License-Identifier: Apache-2.0
//
// Short ways to say what a fleet has and what is to be placed on it, for the tests of layouts.
#pragma once

#include <string>

#include "planner/layout/place.h"

namespace berth::layout {

inline HostName hostName(const std::string& name) { return HostName::parse(name).value(); }
inline NodeName nodeName(const std::string& name) { return NodeName::parse(name).value(); }

inline Host host(const std::string& name, std::uint64_t gib = 8, const std::string& zone = "") {
  return {.name = hostName(name),
          .zone = zone,
          .labels = {},
          .capacity = {.vcpus = 8, .memory = Bytes(gib << 30), .disk = 100_GiB},
          .reserved = {},
          .state = HostState::ready};
}

inline Group group(std::size_t count, const std::string& name = "web", Amount needs = {1, 1_GiB, 10_GiB}) {
  Group group{.name = name, .needs = needs, .rules = {}, .nodes = {}};
  for (std::size_t i = 0; i < count; ++i) group.nodes.push_back({nodeName("c-" + name + "-" + std::to_string(i))});
  return group;
}

}  // namespace berth::layout
