// SPDX-License-Identifier: Apache-2.0
#include "planner/change/risk.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace berth::change {

namespace {

/// A pool as it is between two waves.
struct Standing {
  std::uint32_t nodes = 0;
  std::uint32_t ready = 0;
};

class Watch {
public:
  Watch(const std::vector<InForce>& present, const std::set<PoolName>& quorumPools) : quorumPools_(quorumPools) {
    for (const InForce& each : present) {
      Standing& pool = pools_[each.blueprint.pool];
      ++pool.nodes;
      const auto kept = std::ranges::count_if(each.blueprint.volumes, &node::Volume::keep);
      if (kept > 0) volumes_[each.blueprint.name] = static_cast<std::uint32_t>(kept);
      if (each.health != Health::ready) continue;
      ++pool.ready;
      ready_.insert(each.blueprint.name);
    }
  }

  std::vector<PoolRisk> during(const Wave& wave) {
    std::map<PoolName, PoolRisk> risks;
    std::map<PoolName, std::uint32_t> readyTaken;
    for (const Change& change : wave) {
      if (!takesDown(change)) continue;
      ++risks[change.pool].down;
      if (change.action != Action::destroy) risks[change.pool].volumes += volumesOf(change.node);
      for (const node::Volume& volume : change.carried) risks[change.pool].copied += volume.size;
      if (ready_.contains(change.node)) ++readyTaken[change.pool];
    }
    std::vector<PoolRisk> told;
    for (auto& [name, risk] : risks) {
      const Standing& pool = pools_[name];
      risk.pool = name;
      risk.nodes = pool.nodes;
      if (quorumPools_.contains(name)) {
        risk.quorum = pool.nodes / 2 + 1;
        risk.margin = static_cast<std::int32_t>(pool.ready) - static_cast<std::int32_t>(readyTaken[name]) -
                      static_cast<std::int32_t>(risk.quorum);
      }
      told.push_back(risk);
    }
    return told;
  }

  /// The wave has gone well: what it touched is ready, or gone.
  void carryOut(const Wave& wave) {
    for (const Change& change : wave) {
      Standing& pool = pools_[change.pool];
      const bool wasReady = ready_.contains(change.node);
      switch (change.action) {
        case Action::create:
          ++pool.nodes;
          ++pool.ready;
          ready_.insert(change.node);
          break;
        case Action::replace:
        case Action::restart:
          if (!wasReady) ++pool.ready;
          ready_.insert(change.node);
          break;
        case Action::destroy:
          --pool.nodes;
          if (wasReady) --pool.ready;
          ready_.erase(change.node);
          break;
        case Action::update: break;
      }
    }
  }

private:
  [[nodiscard]] std::uint32_t volumesOf(const NodeName& node) const {
    const auto found = volumes_.find(node);
    return found == volumes_.end() ? 0 : found->second;
  }

  const std::set<PoolName>& quorumPools_;
  std::unordered_map<PoolName, Standing> pools_;
  std::unordered_set<NodeName> ready_;
  /// How many kept ones each node has.
  std::unordered_map<NodeName, std::uint32_t> volumes_;
};

std::chrono::milliseconds median(std::vector<std::chrono::milliseconds> times) {
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::ranges::nth_element(times, middle);
  return *middle;
}

}  // namespace

std::vector<std::vector<PoolRisk>> risksOf(const Plan& plan, const std::vector<InForce>& present,
                                           const std::set<PoolName>& quorumPools) {
  Watch watch(present, quorumPools);
  std::vector<std::vector<PoolRisk>> risks;
  risks.reserve(plan.waves.size());
  for (const Wave& wave : plan.waves) {
    risks.push_back(watch.during(wave));
    watch.carryOut(wave);
  }
  return risks;
}

std::optional<Estimate> estimate(const Plan& plan, const Past& past) {
  Estimate estimate;
  std::map<Action, std::chrono::milliseconds> medians;
  for (const auto& [action, times] : past) {
    if (!times.empty()) medians[action] = median(times);
  }
  std::set<Action> used;
  for (const Wave& wave : plan.waves) {
    std::chrono::milliseconds slowest{0};
    for (const Change& change : wave) {
      const auto known = medians.find(change.action);
      if (known == medians.end()) return std::nullopt;
      slowest = std::max(slowest, known->second);
      used.insert(change.action);
    }
    estimate.time += slowest;
  }
  for (const Action each : used) estimate.judgedBy += static_cast<std::uint32_t>(past.at(each).size());
  return estimate;
}

}  // namespace berth::change
