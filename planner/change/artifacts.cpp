// SPDX-License-Identifier: Apache-2.0
#include "planner/change/artifacts.h"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "planner/change/placing.h"

namespace berth::change {
namespace {

constexpr const char* kHint = "update berth-agent there";

std::unordered_set<NodeName> withArtifacts(const std::vector<node::Blueprint>& blueprints) {
  std::unordered_set<NodeName> nodes;
  for (const node::Blueprint& each : blueprints) {
    if (!each.artifacts.empty()) nodes.insert(each.name);
  }
  return nodes;
}

}  // namespace

void holdBackOlderAgents(const std::vector<node::Blueprint>& blueprints, const std::set<HostName>& handers,
                         std::vector<layout::Host>& hosts, const source::Mark& where, source::Findings& findings) {
  if (withArtifacts(blueprints).empty()) return;
  const HeldBack told{"no new node goes to ", "its agent is an older one, which hands no artifacts to nodes", kHint};
  holdBackOthers(handers, told, where, hosts, findings);
}

source::Findings unhandedArtifacts(const Plan& plan, const std::vector<node::Blueprint>& blueprints,
                                   const std::set<HostName>& handers, const source::Mark& where) {
  const auto nodes = withArtifacts(blueprints);
  std::map<HostName, std::vector<NodeName>> unhanded;
  for (const Wave& wave : plan.waves) {
    for (const Change& change : wave) {
      const bool makes = change.action == Action::create || change.action == Action::replace;
      if (makes && nodes.contains(change.node) && !handers.contains(change.host)) {
        unhanded[change.host].push_back(change.node);
      }
    }
  }
  source::Findings findings;
  for (const auto& [host, whose] : unhanded) {
    std::string who = whose.front().str();
    if (whose.size() > 1) who += " and " + std::to_string(whose.size() - 1) + " more";
    findings.push_back(source::error(
        where, "the agent of " + host.str() + " is an older one, which hands no artifacts to nodes: " + who, kHint));
  }
  return findings;
}

}  // namespace berth::change
