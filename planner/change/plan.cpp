// SPDX-License-Identifier: Apache-2.0
#include "planner/change/plan.h"

#include <algorithm>
#include <cassert>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "planner/change/reasons.h"

namespace berth::change {

using node::Blueprint;

namespace {

/// A change that waits for its place in a wave.
struct Candidate {
  Change change;
  /// Nodes that are not ready come first: touching them takes nothing away.
  bool takesAReadyNode = false;
  std::uint32_t index = 0;
};

Candidate createOf(const Blueprint& wanted, const HostName& host) {
  Change change{.action = Action::create,
                .node = wanted.name,
                .pool = wanted.pool,
                .host = host,
                .from = std::nullopt,
                .reasons = {"new in pool \"" + wanted.pool.str() + "\""}};
  return {std::move(change), false, wanted.index};
}

/// `leaving` says why the node cannot stay on its host, where it goes to another one.
Candidate replaceOf(const InForce& now, const Blueprint& wanted, const HostName& host, const std::string& leaving,
                    std::vector<std::string> reasons) {
  Change change{.action = Action::replace,
                .node = wanted.name,
                .pool = wanted.pool,
                .host = host,
                .from = std::nullopt,
                .reasons = std::move(reasons)};
  if (host != now.host) {
    change.from = now.host;
    change.reasons.push_back(now.host.str() + " " + leaving);
  }
  return {std::move(change), now.health == Health::ready, wanted.index};
}

Candidate destroyOf(const InForce& now, std::string reason) {
  Change change{.action = Action::destroy,
                .node = now.blueprint.name,
                .pool = now.blueprint.pool,
                .host = now.host,
                .from = std::nullopt,
                .reasons = {std::move(reason)}};
  return {std::move(change), now.health == Health::ready, now.blueprint.index};
}

void appendWaves(const std::vector<Candidate>& candidates, std::uint32_t most, std::vector<Wave>& waves) {
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (i % most == 0) waves.emplace_back();
    waves.back().push_back(candidates[i].change);
  }
}

/// Nodes that the spec no longer has: pool by pool by name, the highest index first.
std::vector<Wave> leavingWaves(const std::vector<Blueprint>& wanted, const std::vector<InForce>& present,
                               std::uint32_t most) {
  std::unordered_set<NodeName> staying;
  std::unordered_map<PoolName, std::uint32_t> pools;
  for (const Blueprint& each : wanted) {
    staying.insert(each.name);
    ++pools[each.pool];
  }
  std::vector<Candidate> candidates;
  for (const InForce& now : present) {
    if (staying.contains(now.blueprint.name)) continue;
    const std::string pool = "pool \"" + now.blueprint.pool.str() + "\"";
    const auto count = pools.find(now.blueprint.pool);
    candidates.push_back(destroyOf(now, count == pools.end()
                                            ? "the spec has no nodes in " + pool + " any more"
                                            : pool + " has only " + std::to_string(count->second) + " now"));
  }
  std::ranges::sort(candidates, [](const Candidate& left, const Candidate& right) {
    return std::tuple(left.change.pool, right.index, left.change.node) <
           std::tuple(right.change.pool, left.index, right.change.node);
  });
  std::vector<Wave> waves;
  for (auto first = candidates.begin(); first != candidates.end();) {
    const auto last = std::find_if(first, candidates.end(),
                                   [&](const Candidate& each) { return each.change.pool != first->change.pool; });
    appendWaves({first, last}, most, waves);
    first = last;
  }
  return waves;
}

}  // namespace

Plan plan(const std::vector<Blueprint>& wanted, const std::vector<InForce>& present, const layout::Layout& layout,
          Limits limits, Leavers leavers) {
  const std::uint32_t most = std::max<std::uint32_t>(limits.maxParallel, 1);
  std::unordered_map<NodeName, const InForce*> byName;
  byName.reserve(present.size());
  for (const InForce& each : present) byName.emplace(each.blueprint.name, &each);

  Plan plan;
  Comparison comparison;
  std::vector<Wave> leaving = leavingWaves(wanted, present, most);
  if (leavers == Leavers::first) plan.waves.swap(leaving);
  for (auto first = wanted.begin(); first != wanted.end();) {
    const auto last =
        std::find_if(first, wanted.end(), [&](const Blueprint& each) { return each.pool != first->pool; });
    std::vector<Candidate> candidates;
    for (auto blueprint = first; blueprint != last; ++blueprint) {
      const HostName* host = layout.hostOf(blueprint->name);
      assert(host != nullptr && "a plan is made only when each node has a place");
      const auto now = byName.find(blueprint->name);
      if (now == byName.end()) {
        candidates.push_back(createOf(*blueprint, *host));
        continue;
      }
      Difference difference = comparison.compare(now->second->blueprint, *blueprint);
      if (difference.depth == Depth::machine || *host != now->second->host) {
        const auto why = layout.leaving.find(blueprint->name);
        candidates.push_back(replaceOf(*now->second, *blueprint, *host,
                                       why == layout.leaving.end() ? "has no place for it" : why->second,
                                       std::move(difference.reasons)));
      } else if (difference.depth == Depth::live) {
        plan.live.push_back({Action::live, blueprint->name, blueprint->pool, now->second->host, std::nullopt,
                             std::move(difference.reasons)});
      } else {
        ++plan.unchanged;
      }
    }
    std::ranges::stable_sort(candidates, {},
                             [](const Candidate& each) { return std::tuple(each.takesAReadyNode, each.index); });
    appendWaves(candidates, most, plan.waves);
    first = last;
  }
  for (Wave& wave : leaving) plan.waves.push_back(std::move(wave));
  return plan;
}

Plan planDestroy(const std::vector<InForce>& present) {
  std::vector<Candidate> candidates;
  candidates.reserve(present.size());
  for (const InForce& each : present) candidates.push_back(destroyOf(each, "the cluster is destroyed"));
  std::ranges::sort(candidates, [](const Candidate& left, const Candidate& right) {
    return std::tuple(left.change.pool, right.index) < std::tuple(right.change.pool, left.index);
  });
  Plan plan;
  if (!candidates.empty()) appendWaves(candidates, static_cast<std::uint32_t>(candidates.size()), plan.waves);
  return plan;
}

}  // namespace berth::change
