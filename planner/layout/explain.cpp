// SPDX-License-Identifier: Apache-2.0
//
// Why a node is where it is, and why it is nowhere: the same ledger, looked at by a person.
#include <algorithm>
#include <map>

#include "planner/layout/placer.h"

namespace berth::layout {
namespace {

/// What of it a host lacks most to its shame; nothing when all is there.
std::optional<std::string> lacking(const Amount& free, const Amount& needs) {
  if (free.vcpus < needs.vcpus) return "vcpus";
  if (free.memory < needs.memory) return "memory";
  if (free.disk < needs.disk) return "disk";
  return std::nullopt;
}

std::string freeOf(const Amount& free, const std::string& what) {
  if (what == "vcpus") return std::to_string(free.vcpus);
  return what == "memory" ? free.memory.str() : free.disk.str();
}

std::string neededOf(const Amount& needs, const std::string& what) { return freeOf(needs, what); }

/// True when the left has more of it.
bool hasMore(const Amount& left, const Amount& right, const std::string& what) {
  if (what == "vcpus") return left.vcpus > right.vcpus;
  return what == "memory" ? left.memory > right.memory : left.disk > right.disk;
}

std::string plural(std::size_t count, std::string_view hosts) {
  return std::to_string(count) + " " + std::string(hosts) + (count == 1 ? "" : "s");
}

}  // namespace

std::string Placer::whyNone(const GroupState& state) const {
  if (hosts_.empty()) return "there are no hosts";
  const Amount& needs = state.group->needs;
  std::map<std::string, std::size_t> excluded;
  struct Shortage {
    std::size_t hosts = 0;
    HostIndex best = 0;
  };
  std::map<std::string, Shortage> shortages;
  for (HostIndex host = 0; host < hosts_.size(); ++host) {
    if (const auto why = excludedBy(hosts_[host], state.group->rules)) {
      ++excluded[*why];
    } else if (const auto what = lacking(ledger_.free(host), needs)) {
      auto [shortage, isFirst] = shortages.try_emplace(*what);
      ++shortage->second.hosts;
      const bool better = hasMore(ledger_.free(host), ledger_.free(shortage->second.best), *what);
      if (isFirst || better) shortage->second.best = host;
    } else {
      ++excluded["already has a node of the pool"];
    }
  }
  std::string reason = "no host can take " + str(needs) + ": of " + plural(hosts_.size(), "host");
  for (const auto& [what, shortage] : shortages) {
    reason += ", " + std::to_string(shortage.hosts) + (shortage.hosts == 1 ? " lacks " : " lack ") + what + " (" +
              hosts_[shortage.best].name.str() + " has " + freeOf(ledger_.free(shortage.best), what) + " of " +
              neededOf(needs, what) + " free)";
  }
  for (const auto& [why, count] : excluded) reason += ", " + std::to_string(count) + " " + why;
  return reason;
}

Verdict Placer::verdict(const GroupState& state, HostIndex host) const {
  Verdict verdict{.host = hosts_[host].name, .kind = Verdict::Kind::impossible, .reason = {}};
  const Amount free = ledger_.free(host);
  if (const auto why = excludedBy(hosts_[host], state.group->rules)) {
    verdict.reason = *why;
  } else if (const auto what = lacking(free, state.group->needs)) {
    verdict.reason =
        "lacks " + *what + ": " + freeOf(free, *what) + " of " + neededOf(state.group->needs, *what) + " free";
  } else if (!usable(state, host)) {
    verdict.reason = "already has a node of the pool";
  } else {
    verdict.kind = Verdict::Kind::possible;
    const auto zone = state.zones.find(hosts_[host].zone);
    const std::uint64_t inZone = zone == state.zones.end() ? 0 : zone->second.nodes;
    verdict.reason = plural(state.onHost[host], "node") + " of the pool here, " + std::to_string(inZone) +
                     " in the zone, " + free.memory.str() + " of memory free";
  }
  return verdict;
}

std::vector<Verdict> Placer::judge(const NodeName& node) {
  const Group* group = nullptr;
  std::vector<NodeName> before;
  for (const Group& each : groups_) {
    const auto found = std::ranges::find(each.nodes, node);
    if (found == each.nodes.end()) {
      placeGroup(each);
      continue;
    }
    group = &each;
    for (auto earlier = each.nodes.begin(); earlier != found; ++earlier) {
      if (!layout_.hosts.contains(*earlier)) before.push_back(*earlier);
    }
    break;
  }
  if (group == nullptr) return {};
  Group part = *group;
  if (!before.empty()) placeNew(part, before);
  for (const NodeName& earlier : before) {
    const auto host = layout_.hosts.find(earlier);
    if (host == layout_.hosts.end()) continue;
    if (const auto index = ledger_.find(host->second)) staying_.emplace(earlier, *index);
  }
  const GroupState state = countGroup(part);
  const bool stays = layout_.hosts.contains(node);
  std::vector<Verdict> verdicts;
  std::vector<Rank> ranks;
  for (HostIndex host = 0; host < hosts_.size(); ++host) {
    verdicts.push_back(verdict(state, host));
    if (verdicts.back().kind == Verdict::Kind::possible) ranks.push_back(rank(state, host, Among::fleet));
  }
  if (stays) {
    for (Verdict& each : verdicts) {
      if (each.host == layout_.hosts.at(node)) each = {each.host, Verdict::Kind::chosen, "is there already"};
    }
  } else if (!ranks.empty()) {
    verdicts[std::ranges::min(ranks).host].kind = Verdict::Kind::chosen;
  }
  return verdicts;
}

std::vector<Verdict> explain(const std::vector<Host>& hosts, const std::vector<Group>& groups,
                             const std::vector<Present>& present, const NodeName& node) {
  return Placer(hosts, groups, present).judge(node);
}

}  // namespace berth::layout
