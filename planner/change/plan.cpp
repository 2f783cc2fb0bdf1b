// SPDX-License-Identifier: Apache-2.0
#include "planner/change/plan.h"

#include <algorithm>
#include <cassert>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "planner/change/reasons.h"
#include "planner/change/waves.h"

namespace berth::change {

using node::Blueprint;

namespace {

Change changeOf(Action action, const Blueprint& blueprint, const HostName& host, std::vector<std::string> reasons) {
  Change change;
  change.action = action;
  change.node = blueprint.name;
  change.pool = blueprint.pool;
  change.host = host;
  change.reasons = std::move(reasons);
  return change;
}

Candidate candidateOf(Change change, const InForce& now) {
  return {std::move(change), now.health == Health::ready, now.blueprint.index, now.leads};
}

/// One call of plan(): gathers as it goes.
class Planner {
public:
  Planner(const std::vector<Blueprint>& wanted, const std::vector<InForce>& present, const layout::Layout& layout,
          const Limits& limits, const Wishes& wishes, const Former& former, const ChangedVariables& changed)
      : wanted_(wanted),
        present_(present),
        layout_(layout),
        limits_(limits),
        wishes_(wishes),
        comparison_(former, changed) {
    byName_.reserve(present.size());
    for (const InForce& each : present) {
      byName_.emplace(each.blueprint.name, &each);
      ++members_[each.blueprint.pool];
    }
  }

  Plan plan(Leavers leavers) {
    if (leavers == Leavers::first) addLeaving();
    std::vector<std::pair<PoolName, std::vector<Candidate>>> pools;
    for (auto first = wanted_.begin(); first != wanted_.end();) {
      const auto last =
          std::find_if(first, wanted_.end(), [&](const Blueprint& each) { return each.pool != first->pool; });
      std::vector<Candidate> candidates;
      for (auto blueprint = first; blueprint != last; ++blueprint) consider(*blueprint, candidates);
      std::ranges::stable_sort(candidates, {}, [](const Candidate& each) {
        return std::tuple(each.takesAReadyNode, each.leads, each.index);
      });
      pools.emplace_back(first->pool, std::move(candidates));
      first = last;
    }
    std::stable_partition(pools.begin(), pools.end(),
                          [&](const auto& each) { return limits_.first.contains(each.first); });
    for (auto& [pool, candidates] : pools) addCanaries(pool, candidates);
    const std::size_t canaryWaves = hasCanaries_ ? plan_.waves.size() : 0;
    for (const auto& [pool, candidates] : pools) addWaves(pool, candidates);
    if (leavers == Leavers::last) addLeaving();
    if (plan_.waves.size() > canaryWaves) plan_.canaryWaves = canaryWaves;
    plan_.details = comparison_.takeDetails();
    return std::move(plan_);
  }

private:
  [[nodiscard]] bool isMeant(const NodeName& node) const { return wishes_.mean(node); }
  [[nodiscard]] bool isNamed(const NodeName& node) const { return wishes_.name(node); }

  /// Behind the waves there are; afterwards the pool has as many members as these leave it.
  void addWaves(const PoolName& pool, const std::vector<Candidate>& candidates) {
    std::uint32_t& members = members_[pool];
    Budget budget{.maxParallel = limits_.maxParallel};
    if (limits_.quorum.contains(pool)) budget.members = members;
    appendWaves(candidates, budget, plan_.waves);
    for (const Candidate& each : candidates) {
      if (each.change.action == Action::create) ++members;
      if (each.change.action == Action::destroy) --members;
    }
  }

  /// Takes the canaries out of `candidates`.
  void addCanaries(const PoolName& pool, std::vector<Candidate>& candidates) {
    std::vector<Candidate> canaries;
    std::vector<Candidate> others;
    for (Candidate& each : candidates) {
      const bool isCanary = each.change.action == Action::replace && canaries.size() < limits_.canary;
      (isCanary ? canaries : others).push_back(std::move(each));
    }
    hasCanaries_ = hasCanaries_ || !canaries.empty();
    addWaves(pool, canaries);
    candidates = std::move(others);
  }

  void consider(const Blueprint& wanted, std::vector<Candidate>& candidates) {
    const HostName* host = layout_.hostOf(wanted.name);
    assert(host != nullptr && "a plan is made only when each node has a place");
    const auto found = byName_.find(wanted.name);
    if (found == byName_.end()) {
      if (!isMeant(wanted.name)) return leaveOut();
      candidates.push_back({changeOf(Action::create, wanted, *host, {"new in pool \"" + wanted.pool.str() + "\""}),
                            false, wanted.index});
      return;
    }
    compare(*found->second, wanted, *host, candidates);
  }

  void compare(const InForce& now, const Blueprint& wanted, const HostName& host, std::vector<Candidate>& candidates) {
    Difference difference = comparison_.compare(now.blueprint, wanted);
    if (wishes_.replace.contains(wanted.name)) {
      difference.depth = Depth::machine;
      difference.reasons.emplace_back("asked for by --replace");
    }
    const bool moves = host != now.host;
    const bool thaws = wanted.drift != spec::Drift::freeze || isNamed(wanted.name);
    if (now.frozen && !thaws && (difference.depth != Depth::same || moves)) {
      plan_.frozen.insert(wanted.name);
      return;
    }
    if (wishes_.restart.contains(wanted.name) && difference.depth != Depth::machine && !moves) {
      candidates.push_back(candidateOf(changeOf(Action::restart, wanted, host, {"asked for by a restart"}), now));
      candidates.back().change.thaws = true;
      if (difference.depth == Depth::same) return;
    }
    if (difference.depth == Depth::same && !moves) {
      ++plan_.unchanged;
      return;
    }
    if (!isMeant(wanted.name)) return leaveOut();
    if (difference.depth == Depth::machine || moves) {
      if (moves) difference.reasons.push_back(leavingReason(wanted.name, now.host));
      Change change = changeOf(Action::replace, wanted, host, std::move(difference.reasons));
      if (moves) change.from = now.host;
      change.detail = difference.detail;
      change.thaws = thaws;
      candidates.push_back(candidateOf(std::move(change), now));
      return;
    }
    Change change = changeOf(Action::update, wanted, now.host, std::move(difference.reasons));
    change.effect = difference.depth == Depth::nextBoot ? Effect::nextBoot : Effect::now;
    plan_.updates.push_back(std::move(change));
  }

  /// Why a node cannot stay on its host.
  [[nodiscard]] std::string leavingReason(const NodeName& node, const HostName& host) const {
    const auto why = layout_.leaving.find(node);
    return host.str() + " " + (why == layout_.leaving.end() ? "has no place for it" : why->second);
  }

  void leaveOut() { ++plan_.leftOut; }

  /// Nodes that the spec no longer has: pool by pool by name, the highest index first.
  void addLeaving() {
    std::unordered_set<NodeName> staying;
    std::unordered_map<PoolName, std::uint32_t> pools;
    for (const Blueprint& each : wanted_) {
      staying.insert(each.name);
      ++pools[each.pool];
    }
    std::vector<Candidate> candidates;
    for (const InForce& now : present_) {
      if (staying.contains(now.blueprint.name)) continue;
      if (!isMeant(now.blueprint.name)) {
        leaveOut();
        continue;
      }
      const bool thaws = now.blueprint.drift != spec::Drift::freeze || isNamed(now.blueprint.name);
      if (now.frozen && !thaws) {
        plan_.frozen.insert(now.blueprint.name);
        continue;
      }
      const std::string pool = "pool \"" + now.blueprint.pool.str() + "\"";
      const auto count = pools.find(now.blueprint.pool);
      std::string why = count == pools.end() ? "the spec has no nodes in " + pool + " any more"
                                             : pool + " has only " + std::to_string(count->second) + " now";
      if (now.standsIn) why = kOnlyStoodIn;
      Change change = changeOf(Action::destroy, now.blueprint, now.host, {std::move(why)});
      if (now.standsIn) change.role = Role::former;
      change.thaws = thaws;
      candidates.push_back(candidateOf(std::move(change), now));
    }
    std::ranges::sort(candidates, [](const Candidate& left, const Candidate& right) {
      return std::tuple(left.change.pool, right.index, left.change.node) <
             std::tuple(right.change.pool, left.index, right.change.node);
    });
    for (auto first = candidates.begin(); first != candidates.end();) {
      const auto last = std::find_if(first, candidates.end(),
                                     [&](const Candidate& each) { return each.change.pool != first->change.pool; });
      addWaves(first->change.pool, {first, last});
      first = last;
    }
  }

  const std::vector<Blueprint>& wanted_;
  const std::vector<InForce>& present_;
  const layout::Layout& layout_;
  const Limits& limits_;
  const Wishes& wishes_;
  std::unordered_map<NodeName, const InForce*> byName_;
  /// Nodes that each pool has after the waves so far.
  std::unordered_map<PoolName, std::uint32_t> members_;
  Comparison comparison_;
  bool hasCanaries_ = false;
  Plan plan_;
};

}  // namespace

Plan plan(const std::vector<Blueprint>& wanted, const std::vector<InForce>& present, const layout::Layout& layout,
          const Limits& limits, Leavers leavers, const Wishes& wishes, const Former& former,
          const ChangedVariables& changed) {
  return Planner(wanted, present, layout, limits, wishes, former, changed).plan(leavers);
}

Plan planDestroy(const std::vector<InForce>& present) {
  std::vector<Candidate> candidates;
  candidates.reserve(present.size());
  for (const InForce& each : present) {
    candidates.push_back(
        candidateOf(changeOf(Action::destroy, each.blueprint, each.host, {"the cluster is destroyed"}), each));
  }
  std::ranges::sort(candidates, [](const Candidate& left, const Candidate& right) {
    return std::tuple(left.change.pool, right.index) < std::tuple(right.change.pool, left.index);
  });
  Plan plan;
  appendWaves(candidates, {.maxParallel = static_cast<std::uint32_t>(candidates.size())}, plan.waves);
  return plan;
}

}  // namespace berth::change
