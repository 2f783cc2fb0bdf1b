// SPDX-License-Identifier: Apache-2.0
#include "planner/change/wishes.h"

#include <map>
#include <unordered_map>

namespace berth::change {

using source::error;
using source::Findings;

namespace {

/// All pools and nodes that a target can name.
class Directory {
public:
  Directory(const std::vector<node::Blueprint>& wanted, const std::vector<InForce>& present) {
    for (const node::Blueprint& each : wanted) add(each);
    for (const InForce& each : present) add(each.blueprint);
  }

  /// Null when nothing has that name.
  [[nodiscard]] const std::set<NodeName>* find(const std::string& name) const {
    const auto found = nodes_.find(name);
    return found == nodes_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, nodes] : nodes_) names.push_back(name);
    return names;
  }

private:
  void add(const node::Blueprint& blueprint) {
    nodes_[blueprint.name.str()].insert(blueprint.name);
    nodes_[blueprint.pool.str()].insert(blueprint.name);
  }

  std::map<std::string, std::set<NodeName>> nodes_;
};

/// One address may be used once in each network.
std::string placeOf(const node::Nic& nic) { return nic.source + " " + nic.address->str(); }

std::string didYouMean(const std::string& name, const std::vector<std::string>& names) {
  const auto near = source::nearest(name, names);
  return near ? "did you mean \"" + *near + "\"?" : std::string();
}

}  // namespace

Wishes wishesOf(const std::vector<std::string>& targets, const std::vector<NodeName>& replace,
                const std::vector<NodeName>& restart, const std::vector<node::Blueprint>& wanted,
                const std::vector<InForce>& present, Findings& findings) {
  Wishes wishes;
  if (targets.empty() && replace.empty() && restart.empty()) return wishes;
  const Directory directory(wanted, present);
  for (const std::string& target : targets) {
    if (!wishes.only) wishes.only.emplace();
    if (const auto* nodes = directory.find(target)) {
      wishes.only->insert(nodes->begin(), nodes->end());
    } else {
      findings.push_back(error({}, "--target " + target + ": there is no pool and no node of that name",
                               didYouMean(target, directory.names())));
    }
  }
  std::set<NodeName> here;
  std::set<NodeName> staying;
  for (const InForce& each : present) here.insert(each.blueprint.name);
  for (const node::Blueprint& each : wanted) staying.insert(each.name);
  const auto take = [&](const std::string& verb, const std::vector<NodeName>& nodes, std::set<NodeName>& taken) {
    for (const NodeName& node : nodes) {
      if (!here.contains(node)) {
        std::vector<std::string> names;
        for (const NodeName& each : here) names.push_back(each.str());
        findings.push_back(
            error({}, verb + node.str() + ": there is no such node in force", didYouMean(node.str(), names)));
      } else if (!staying.contains(node)) {
        findings.push_back(
            error({}, verb + node.str() + ": the spec no longer has that node", "it is destroyed by this plan anyway"));
      } else {
        taken.insert(node);
      }
    }
  };
  take("--replace ", replace, wishes.replace);
  take("restart ", restart, wishes.restart);
  return wishes;
}

void tellHeldByOthers(const Plan& plan, const Wishes& wishes, const std::vector<node::Blueprint>& wanted,
                      const std::vector<InForce>& present, Findings& findings) {
  if (!wishes.only) return;
  std::map<std::string, NodeName> held;
  for (const InForce& each : present) {
    if (wishes.only->contains(each.blueprint.name)) continue;
    for (const node::Nic& nic : each.blueprint.nics) {
      if (nic.address) held.emplace(placeOf(nic), each.blueprint.name);
    }
  }
  std::unordered_map<NodeName, const node::Blueprint*> byName;
  for (const node::Blueprint& each : wanted) byName.emplace(each.name, &each);
  for (const Wave& wave : plan.waves) {
    for (const Change& change : wave) {
      const auto blueprint = byName.find(change.node);
      if (change.action == Action::destroy || blueprint == byName.end()) continue;
      for (const node::Nic& nic : blueprint->second->nics) {
        const auto holder = nic.address ? held.find(placeOf(nic)) : held.end();
        if (holder == held.end() || holder->second == change.node) continue;
        findings.push_back(error({},
                                 change.node.str() + " is to have the address " + nic.address->str() + ", which " +
                                     holder->second.str() + " still has",
                                 "add --target " + holder->second.str()));
      }
    }
  }
}

}  // namespace berth::change
