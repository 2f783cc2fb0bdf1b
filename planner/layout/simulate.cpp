// SPDX-License-Identifier: Apache-2.0
#include "planner/layout/simulate.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "planner/layout/candidates.h"
#include "planner/layout/placer.h"
#include "planner/layout/words.h"

namespace berth::layout {
namespace {

std::unordered_map<NodeName, const Node*> nodesOf(const std::vector<Group>& groups) {
  std::unordered_map<NodeName, const Node*> nodes;
  for (const Group& group : groups) {
    for (const Node& node : group.nodes) nodes.emplace(node.name, &node);
  }
  return nodes;
}

/// Everything as it would be when the question comes true: hosts lost, nodes placed.
class Future {
public:
  explicit Future(const WhatIf& question) : hosts_(question.hosts), groups_(question.groups) {
    loseHosts(question);
    const Layout layout = place(hosts_, groups_, standing_);
    tell(question, layout);
    // Who could leave has left by then; the others have been told to stay.
    for (Host& host : hosts_) {
      if (host.state == HostState::draining) host.state = HostState::cordoned;
    }
  }

  [[nodiscard]] Foretold take() { return std::move(told_); }

  [[nodiscard]] std::vector<Loss> fragile(const std::vector<Group>& groups, const std::vector<Present>& present) const {
    Standing standing(hosts_, groups, present);
    return losses(standing);
  }
  [[nodiscard]] std::vector<Loss> fragile() const { return fragile(groups_, after_); }

  [[nodiscard]] Fit fit(const Shape& shape) const {
    std::vector<Group> groups = groups_;
    auto group = std::ranges::find(groups, shape.group, &Group::name);
    if (shape.group.empty() || group == groups.end()) {
      groups.push_back({.name = "", .needs = shape.needs, .rules = {.spread = {}}, .nodes = {}});
      group = groups.end() - 1;
    }
    Fit fit{.shape = {shape.group, group->needs}, .count = 0, .surviving = 0, .limit = {}};
    const std::vector<HostName> hosts = fill(groups, static_cast<GroupIndex>(group - groups.begin()), fit);
    fit.count = static_cast<std::uint32_t>(hosts.size());
    fit.surviving = surviving(groups, static_cast<std::size_t>(group - groups.begin()), hosts);
    return fit;
  }

private:
  void loseHosts(const WhatIf& question) {
    const std::unordered_set<HostName> lost(question.lost.begin(), question.lost.end());
    for (Host& host : hosts_) {
      if (lost.contains(host.name)) host.state = HostState::lost;
    }
    const auto nodes = nodesOf(groups_);
    for (const Present& each : question.present) {
      const auto node = nodes.find(each.node);
      const bool isPinned = node != nodes.end() && node->second->pin && node->second->pin->host == each.host;
      if (lost.contains(each.host) && isPinned) told_.pinned.push_back(each);
      if (!lost.contains(each.host) || isPinned) standing_.push_back(each);
    }
  }

  void tell(const WhatIf& question, const Layout& layout) {
    std::unordered_map<NodeName, const Present*> was;
    for (const Present& each : question.present) was.emplace(each.node, &each);
    std::unordered_set<NodeName> named;
    for (const Group& group : groups_) {
      for (const Node* node : byNumber(group)) {
        named.insert(node->name);
        const HostName* host = layout.hostOf(node->name);
        if (host == nullptr) continue;
        ++told_.nodes;
        after_.push_back({node->name, *host, node->needs.value_or(group.needs)});
        const auto before = was.find(node->name);
        const HostName from = before == was.end() ? HostName() : before->second->host;
        if (from != *host) told_.placed.push_back({node->name, from, *host});
      }
    }
    // What no group names stays where it is, and keeps its room.
    for (const Present& each : standing_) {
      if (!named.contains(each.node)) after_.push_back(each);
    }
    told_.homeless = layout.unplaced;
  }

  /// One node after another, until there is no place; their hosts.
  [[nodiscard]] std::vector<HostName> fill(const std::vector<Group>& groups, GroupIndex group, Fit& fit) const {
    Placer placer(hosts_, groups, after_);
    Board& board = placer.board();
    const Claim claim{.group = group, .needs = groups[group].needs};
    Candidates candidates(board, claim);
    std::vector<HostName> hosts;
    while (hosts.size() < kMostFit) {
      const auto host = candidates.best();
      if (!host) break;
      board.ledger().reserve(*host, claim.needs);
      board.put(group, *host);
      hosts.push_back(hosts_[*host].name);
      candidates.took(*host);
    }
    if (hosts.size() < kMostFit) fit.limit = whyNowhere(board, claim);
    return hosts;
  }

  /// How many of those there may be so that any one host may be lost.
  [[nodiscard]] std::uint32_t surviving(std::vector<Group> groups, std::size_t group,
                                        const std::vector<HostName>& hosts) const {
    std::vector<Node> own = groups[group].nodes;
    const auto holds = [&](std::size_t count) {
      std::vector<Present> present = after_;
      groups[group].nodes = own;
      for (std::size_t i = 0; i < count; ++i) {
        // A name that no pool's node has: pools and indices are joined by one dash each.
        const NodeName name = NodeName::parse("more--" + std::to_string(i)).value();
        groups[group].nodes.push_back({name});
        present.push_back({name, hosts[i], groups[group].needs});
      }
      return fragile(groups, present).empty();
    };
    std::size_t least = 0;
    std::size_t most = hosts.size();
    while (least < most) {
      const std::size_t middle = least + (most - least + 1) / 2;
      if (holds(middle)) {
        least = middle;
      } else {
        most = middle - 1;
      }
    }
    return static_cast<std::uint32_t>(least);
  }

  std::vector<Host> hosts_;
  std::vector<Group> groups_;
  /// What is in place at first: all but the nodes of the hosts that are lost.
  std::vector<Present> standing_;
  /// What is in place in the end.
  std::vector<Present> after_;
  Foretold told_;
};

}  // namespace

Foretold simulate(const WhatIf& question) {
  Future future(question);
  std::vector<Fit> fits;
  for (const Shape& shape : question.fit) fits.push_back(future.fit(shape));
  std::vector<Loss> fragile = future.fragile();
  Foretold told = future.take();
  told.fits = std::move(fits);
  told.fragile = std::move(fragile);
  return told;
}

}  // namespace berth::layout
