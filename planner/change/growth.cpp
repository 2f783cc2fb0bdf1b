// SPDX-License-Identifier: Apache-2.0
#include "planner/change/growth.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "planner/change/placing.h"
#include "planner/layout/ledger.h"

namespace berth::change {

using layout::Amount;

namespace {

Amount larger(const Amount& one, const Amount& other) {
  return {std::max(one.vcpus, other.vcpus), std::max(one.memory, other.memory), std::max(one.disk, other.disk),
          std::max(one.volumes, other.volumes)};
}

bool fits(const Amount& wanted, const layout::Host& host) {
  return layout::growth(host.capacity, layout::onHost(host, wanted)) == Amount();
}

/// What is promised on a host once the updates are in force, and the nodes that have more then.
struct Load {
  Amount promised;
  std::vector<NodeName> growing;
};

}  // namespace

source::Findings growthWithoutRoom(const Plan& plan, const std::vector<node::Blueprint>& blueprints,
                                   const std::vector<layout::Present>& present, const std::vector<layout::Host>& hosts,
                                   const source::Mark& where) {
  std::unordered_set<NodeName> updated;
  for (const Change& each : plan.updates) updated.insert(each.node);
  std::unordered_map<NodeName, Amount> wanted;
  for (const node::Blueprint& each : blueprints) {
    if (updated.contains(each.name)) wanted.emplace(each.name, needsOf(each));
  }
  std::unordered_map<HostName, Load> loads;
  for (const layout::Present& each : present) {
    Load& load = loads[each.host];
    const auto found = wanted.find(each.node);
    const Amount then = found == wanted.end() ? each.reserved : larger(each.reserved, found->second);
    if (then != each.reserved) load.growing.push_back(each.node);
    load.promised = load.promised + then;
  }
  source::Findings findings;
  for (const layout::Host& host : hosts) {
    Load& load = loads[host.name];
    load.promised = load.promised + host.reserved;
    if (load.growing.empty() || fits(load.promised, host)) continue;
    std::string who = load.growing.front().str();
    if (load.growing.size() > 1) who += " and " + std::to_string(load.growing.size() - 1) + " more";
    findings.push_back(source::error(
        where,
        "host " + host.name.str() + " has no room for " + who + " to grow in place while those that leave are there",
        "apply it in two steps: first without the nodes that leave, then with what grows"));
  }
  return findings;
}

}  // namespace berth::change
