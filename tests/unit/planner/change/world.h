// SPDX-License-Identifier: Apache-2.0
//
// Short ways to say what is, for the tests of changes.
#pragma once

#include <string>
#include <vector>

#include "planner/change/plan.h"

namespace berth::change {

inline HostName hostName(const std::string& name) { return HostName::parse(name).value(); }
inline NodeName nodeName(const std::string& name) { return NodeName::parse(name).value(); }

inline node::Blueprint blueprint(const std::string& pool, std::uint32_t index, const std::string& ignition = "{}") {
  node::Blueprint blueprint;
  blueprint.cluster = ClusterName::parse("c").value();
  blueprint.pool = PoolName::parse(pool).value();
  blueprint.index = index;
  blueprint.name = nodeName("c-" + pool + "-" + std::to_string(index));
  blueprint.memory = 1_GiB;
  blueprint.disk = 10_GiB;
  node::Nic& nic = blueprint.nics.emplace_back();
  nic.source = "br0";
  nic.mac = "52:00:00:00:00:0" + std::to_string(index % 10);
  blueprint.ignition = ignition;
  return blueprint;
}

inline InForce inForce(node::Blueprint blueprint, const std::string& host, Health health = Health::ready) {
  return {std::move(blueprint), hostName(host), health};
}

/// Each wave as "replace c-web-0 on h1, create c-web-1 on h2".
inline std::vector<std::string> told(const Plan& plan) {
  std::vector<std::string> waves;
  for (const Wave& wave : plan.waves) {
    std::string text;
    for (const Change& change : wave) {
      if (!text.empty()) text += ", ";
      switch (change.action) {
        case Action::create: text += "create "; break;
        case Action::replace: text += "replace "; break;
        case Action::destroy: text += "destroy "; break;
        case Action::update: text += "update "; break;
        case Action::restart: text += "restart "; break;
      }
      text += change.node.str() + " on " + change.host.str();
      if (change.from) text += " from " + change.from->str();
    }
    waves.push_back(text);
  }
  return waves;
}

}  // namespace berth::change
