// SPDX-License-Identifier: Apache-2.0
#include "planner/change/surge.h"

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "planner/change/waves.h"
#include "planner/layout/ledger.h"
#include "planner/node/compose.h"

namespace berth::change {

namespace {

using Healths = std::unordered_map<NodeName, Health>;

Healths healthsOf(const std::vector<InForce>& present) {
  Healths healths;
  for (const InForce& each : present) healths.emplace(each.blueprint.name, each.health);
  return healths;
}

/// A change that takes away a node which may well serve, and brings it back.
bool interrupts(const Change& change, const Healths& healths) {
  if (!takesDown(change) || change.action == Action::destroy) return false;
  const auto now = healths.find(change.node);
  return now != healths.end() && now->second != Health::notReady;
}

/// How many nodes of each pool.
std::map<PoolName, std::uint32_t> interruptedBy(const Plan& plan, const Healths& healths) {
  std::map<PoolName, std::uint32_t> counts;
  for (const Wave& wave : plan.waves) {
    for (const Change& change : wave) {
      if (interrupts(change, healths)) ++counts[change.pool];
    }
  }
  return counts;
}

std::unordered_set<NodeName> destroyedBy(const Plan& plan) {
  std::unordered_set<NodeName> names;
  for (const Wave& wave : plan.waves) {
    for (const Change& change : wave) {
      if (change.action == Action::destroy) names.insert(change.node);
    }
  }
  return names;
}

/// "while 3 nodes are replaced"
std::string reasonFor(const PoolName& pool, const Plan& plan, const Healths& healths) {
  std::vector<const Change*> changes;
  for (const Wave& wave : plan.waves) {
    for (const Change& change : wave) {
      if (change.pool == pool && interrupts(change, healths)) changes.push_back(&change);
    }
  }
  const auto verbOf = [](const Change& change) {
    if (change.action == Action::restart) return "restarted";
    return change.from ? "moved" : "replaced";
  };
  std::string verb = verbOf(*changes.front());
  for (const Change* each : changes) {
    if (verbOf(*each) != verb) verb = "changed";
  }
  const std::string who =
      changes.size() == 1 ? changes.front()->node.str() + " is " : std::to_string(changes.size()) + " nodes are ";
  return "max_surge: stands in while " + who + verb;
}

/// Those of one pool.
class Weaver {
public:
  Weaver(Plan& plan, const PoolName& pool, const Healths& healths, std::uint32_t maxParallel)
      : plan_(plan), pool_(pool), healths_(healths), maxParallel_(maxParallel) {}

  /// Before any of them is woven in: those that are there already and go only later are counted on until then.
  void keep(const std::vector<StandIn>& standIns) {
    bool isLater = false;
    for (Wave& wave : plan_.waves) {
      isLater = isLater || isOurs(wave);
      for (Change& change : wave) {
        if (!isLater || change.pool != pool_ || change.role != Role::former) continue;
        const auto standIn = std::ranges::find(standIns, change.node, &StandIn::node);
        if (standIn == standIns.end()) continue;
        change.host = standIn->host;
        change.role = Role::standIn;
      }
    }
  }

  void weave(const std::vector<StandIn>& standIns) {
    std::vector<Candidate> comers;
    std::vector<Candidate> leavers;
    const std::string why = reasonFor(pool_, plan_, healths_);
    for (const StandIn& each : standIns) {
      if (each.isToBeMade)
        comers.push_back({changeOf(each, each.now ? Action::replace : Action::create, why), false, each.index});
      if (!each.now) leavers.push_back({changeOf(each, Action::destroy, kOnlyStoodIn), true, each.index});
    }
    std::ranges::sort(comers, {}, &Candidate::index);
    std::ranges::sort(leavers, std::ranges::greater(), &Candidate::index);
    const auto first = std::ranges::find_if(plan_.waves, [&](const Wave& wave) { return isOurs(wave); });
    const auto before = static_cast<std::size_t>(first - plan_.waves.begin());
    auto behind = plan_.waves.size();
    while (!isOurs(plan_.waves[behind - 1])) --behind;
    // What stands in for canaries stays until they are promoted, as the other nodes wait for that.
    (void)insert(leavers, std::max(behind, plan_.canaryWaves));
    const auto inserted = insert(comers, before);
    if (before < plan_.canaryWaves) plan_.canaryWaves += inserted;
  }

private:
  /// It takes down a node of the pool, and brings it back. One that is down now may have come up by its turn; if not,
  /// it has not waited for that (rollout/decide.h).
  [[nodiscard]] bool isOurs(const Wave& wave) const {
    return std::ranges::any_of(wave, [&](const Change& change) {
      return change.pool == pool_ && takesDown(change) && change.action != Action::destroy;
    });
  }

  [[nodiscard]] Change changeOf(const StandIn& standIn, Action action, const std::string& why) const {
    Change change;
    change.action = action;
    change.node = standIn.node;
    change.pool = pool_;
    change.host = standIn.host;
    if (standIn.now && *standIn.now != standIn.host) change.from = standIn.now;
    change.reasons = {why};
    change.role = Role::standIn;
    return change;
  }

  /// How many waves that took.
  std::size_t insert(const std::vector<Candidate>& candidates, std::size_t at) {
    std::vector<Wave> waves;
    appendWaves(candidates, {.maxParallel = maxParallel_}, waves);
    plan_.waves.insert(plan_.waves.begin() + static_cast<std::ptrdiff_t>(at), waves.begin(), waves.end());
    return waves.size();
  }

  Plan& plan_;
  const PoolName& pool_;
  const Healths& healths_;
  const std::uint32_t maxParallel_;
};

/// One call of addStandIns(): gathers as it goes.
class Gathering {
public:
  Gathering(const PlannedFrom& from, const Plan& plan)
      : from_(from), foreign_(from.foreign.begin(), from.foreign.end()), destroyed_(destroyedBy(plan)) {
    for (const InForce& each : from.present) present_.emplace(each.blueprint.name, &each);
    const auto interrupted = interruptedBy(plan, healthsOf(from.present));
    for (std::size_t pool = 0; pool < from.spec.pools.size(); ++pool) {
      const spec::Pool& each = from.spec.pools[pool];
      const auto count = interrupted.find(*each.name);
      if (*each.maxSurge == 0 || count == interrupted.end()) continue;
      const std::uint32_t wanted = std::min(*each.maxSurge, count->second);
      const std::uint32_t there = sparesOf(each);
      if (there < wanted) choose(pool, wanted - there);
    }
  }

  std::vector<StandIn> run(Surge& surge) {
    if (places_.empty()) return {};
    std::vector<node::Blueprint> blueprints;
    for (node::Beyond& each :
         node::composeBeyond(from_.spec, from_.files, from_.image, from_.held, places_, from_.secrets)) {
      if (each.blueprint) {
        blueprints.push_back(*std::move(each.blueprint));
      } else {
        problems_[each.place.pool].push_back(std::move(each.problem));
      }
    }
    const layout::Layout layout = placed(blueprints);
    std::vector<StandIn> standIns;
    for (node::Blueprint& each : blueprints) {
      const HostName* host = layout.hostOf(each.name);
      if (host == nullptr) continue;
      StandIn& standIn = standIns.emplace_back(StandIn{each.name, each.pool, each.index, *host});
      if (const auto found = present_.find(each.name); found != present_.end()) {
        const InForce& now = *found->second;
        standIn.now = now.host;
        const bool isSame = node::machineDigest(now.blueprint) == node::machineDigest(each);
        standIn.isToBeMade = now.health != Health::ready || !isSame || now.host != *host;
      }
      if (!standIn.isToBeMade) continue;
      surge.blueprints.push_back(std::move(each));
    }
    for (const layout::Unplaced& each : layout.unplaced) note(each, blueprints);
    tellLacking(surge.findings);
    return standIns;
  }

private:
  /// Members beyond its count that serve, and leave only later.
  [[nodiscard]] std::uint32_t sparesOf(const spec::Pool& pool) const {
    return static_cast<std::uint32_t>(std::ranges::count_if(from_.present, [&](const InForce& each) {
      const bool isBeyond = each.blueprint.pool == *pool.name && each.blueprint.index >= *pool.count;
      const bool goesFirst = from_.leavers == Leavers::first && destroyed_.contains(each.blueprint.name);
      return isBeyond && !each.standsIn && !goesFirst && each.health == Health::ready;
    }));
  }

  /// The next indices behind the pool's count that nobody has but who stood in before.
  void choose(std::size_t pool, std::uint32_t lack) {
    lacks_[pool] = lack;
    const spec::Pool& each = from_.spec.pools[pool];
    std::uint32_t chosen = 0;
    const std::size_t most = lack + present_.size() + foreign_.size();
    for (std::uint32_t index = *each.count; chosen < lack && index - *each.count < most; ++index) {
      const NodeName name = spec::nodeName(*from_.spec.cluster, *each.name, index);
      const auto now = present_.find(name);
      const bool isFree = now == present_.end() || canStandInAgain(*now->second);
      if (name.empty() || foreign_.contains(name) || !isFree) continue;
      places_.push_back({pool, index});
      ++chosen;
    }
  }

  /// It stood in before, leaves only later, and can be made anew where that is needed.
  [[nodiscard]] bool canStandInAgain(const InForce& node) const {
    const auto host = std::ranges::find(from_.hosts, node.host, &layout::Host::name);
    return node.standsIn && from_.leavers == Leavers::last && destroyed_.contains(node.blueprint.name) &&
           node.health != Health::unknown && !node.abandoned && host != from_.hosts.end() &&
           host->state == layout::HostState::ready;
  }

  /// All other nodes stay where the layout has them, and keep what they have until they are there.
  [[nodiscard]] layout::Layout placed(const std::vector<node::Blueprint>& blueprints) const {
    std::vector<layout::Host> hosts = from_.hosts;
    std::unordered_map<HostName, layout::Host*> byName;
    for (layout::Host& each : hosts) {
      if (each.state != layout::HostState::ready) each.state = layout::HostState::cordoned;
      byName.emplace(each.name, &each);
    }
    std::vector<layout::Group> groups = from_.groups;
    std::unordered_set<NodeName> named;
    for (const node::Blueprint& each : blueprints) {
      const auto group = std::ranges::find(groups, each.pool.str(), &layout::Group::name);
      group->nodes.push_back(layout::Node{each.name});
      named.insert(each.name);
    }
    std::vector<layout::Present> present;
    std::unordered_set<NodeName> kept;
    for (layout::Present each : from_.reserved) {
      const HostName* host = from_.layout.hostOf(each.node);
      if (named.contains(each.node) || (host != nullptr && *host == each.host)) {
        each.abandoned = false;
        kept.insert(each.node);
        present.push_back(std::move(each));
      } else if (const auto found = byName.find(each.host); found != byName.end()) {
        layout::Amount& reserved = found->second->reserved;
        reserved = reserved + each.reserved;
      }
    }
    for (const layout::Group& group : from_.groups) {
      for (const layout::Node& node : group.nodes) {
        const HostName* host = from_.layout.hostOf(node.name);
        if (host != nullptr && !kept.contains(node.name))
          present.push_back({node.name, *host, node.needs.value_or(group.needs)});
      }
    }
    return layout::place(hosts, groups, present);
  }

  void note(const layout::Unplaced& unplaced, const std::vector<node::Blueprint>& blueprints) {
    const auto blueprint = std::ranges::find(blueprints, unplaced.node, &node::Blueprint::name);
    if (blueprint == blueprints.end()) return;
    const auto pool =
        std::ranges::find_if(from_.spec.pools, [&](const spec::Pool& each) { return *each.name == blueprint->pool; });
    problems_[static_cast<std::size_t>(pool - from_.spec.pools.begin())].push_back(
        "no place for " + unplaced.node.str() + ": " + unplaced.reason);
  }

  void tellLacking(source::Findings& findings) const {
    for (const auto& [number, problems] : problems_) {
      const spec::Pool& pool = from_.spec.pools[number];
      const std::string lack = std::to_string(problems.size()) + " of " + std::to_string(lacks_.at(number));
      findings.push_back({.severity = source::Severity::warning,
                          .where = pool.maxSurge.mark,
                          .message = "pool \"" + pool.name->str() + "\" goes without " + lack +
                                     " nodes that would stand in (max_surge): " + problems.front(),
                          .hint = "fewer than " + std::to_string(*pool.count) + " of its nodes may serve meanwhile"});
    }
  }

  const PlannedFrom& from_;
  const std::unordered_set<NodeName> foreign_;
  const std::unordered_set<NodeName> destroyed_;
  std::unordered_map<NodeName, const InForce*> present_;
  /// By the number of the pool, as are the problems.
  std::map<std::size_t, std::uint32_t> lacks_;
  std::vector<node::PlaceBeyond> places_;
  std::map<std::size_t, std::vector<std::string>> problems_;
};

}  // namespace

void weave(Plan& plan, const std::vector<StandIn>& standIns, const std::vector<InForce>& present,
           std::uint32_t maxParallel) {
  const Healths healths = healthsOf(present);
  std::map<PoolName, std::vector<StandIn>> byPool;
  for (const StandIn& each : standIns) byPool[each.pool].push_back(each);
  for (const auto& [pool, count] : interruptedBy(plan, healths)) {
    Weaver(plan, pool, healths, maxParallel).keep(byPool[pool]);
  }
  for (const auto& [pool, each] : byPool) {
    if (!each.empty()) Weaver(plan, pool, healths, maxParallel).weave(each);
  }
}

Surge addStandIns(const PlannedFrom& from, Plan& plan) {
  Surge surge;
  const std::vector<StandIn> standIns = Gathering(from, plan).run(surge);
  weave(plan, standIns, from.present, from.spec.update.maxParallel);
  return surge;
}

}  // namespace berth::change
