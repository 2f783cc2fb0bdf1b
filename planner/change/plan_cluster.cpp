// SPDX-License-Identifier: Apache-2.0
#include "planner/change/plan_cluster.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "planner/change/artifacts.h"
#include "planner/change/data_safety.h"
#include "planner/change/growth.h"
#include "planner/change/placing.h"
#include "planner/change/surge.h"
#include "planner/change/volumes.h"
#include "planner/change/wishes.h"
#include "planner/layout/explain.h"
#include "planner/layout/survive.h"
#include "planner/node/compose.h"
#include "planner/spec/parse.h"

namespace berth::change {

using source::error;
using source::Findings;

namespace {

void append(Findings& findings, const Findings& more) { findings.insert(findings.end(), more.begin(), more.end()); }

Hosts hostsOf(const std::vector<InForce>& present) {
  Hosts hosts;
  for (const InForce& each : present) hosts.emplace(each.blueprint.name, each.host);
  return hosts;
}

std::vector<node::HeldAddress> heldBy(const std::vector<InForce>& present) {
  std::vector<node::HeldAddress> held;
  for (const InForce& each : present) {
    const node::Blueprint& now = each.blueprint;
    for (const node::Nic& nic : now.nics) {
      if (nic.address) held.push_back({now.cluster, now.name, nic.attachment, nic.source, *nic.address});
    }
  }
  return held;
}

/// Present nodes as the layout sees them; without those that leave when these go first. Who is not meant stays.
std::vector<layout::Present> reservedBy(const std::vector<InForce>& present, const std::unordered_set<NodeName>& wanted,
                                        Leavers leavers, const Wishes& wishes) {
  std::vector<layout::Present> reserved;
  for (const InForce& each : present) {
    const NodeName& name = each.blueprint.name;
    const bool isMeant = wishes.mean(name);
    // One that is frozen does not go, whoever wants its room.
    const bool stays = each.frozen && each.blueprint.drift == spec::Drift::freeze && !wishes.name(name);
    if (leavers == Leavers::first && isMeant && !stays && !wanted.contains(name)) continue;
    layout::Amount amount = needsOf(each.blueprint);
    if (each.reserved) {
      amount.vcpus = std::max(amount.vcpus, each.reserved->vcpus);
      amount.memory = std::max(amount.memory, each.reserved->memory);
    }
    // The volumes of those that leave stay, and are counted as such.
    if (!wanted.contains(name)) amount.volumes = {};
    const bool goes = each.abandoned && isMeant;
    reserved.push_back({name, each.host, amount, goes});
  }
  return reserved;
}

Limits limitsOf(const spec::Spec& spec) {
  Limits limits{.maxParallel = spec.update.maxParallel, .canary = spec.update.canary};
  for (const spec::Pool& pool : spec.pools) {
    if (pool.quorum) limits.quorum.insert(*pool.name);
    if (spec.stack && spec.stack->hasServers(*pool.name)) limits.first.insert(*pool.name);
  }
  return limits;
}

/// One finding for each pool and reason, since nodes of a pool lack the same.
void tellUnplaced(const spec::Spec& spec, const layout::Layout& layout, Findings& findings) {
  for (const spec::Pool& pool : spec.pools) {
    const std::string prefix = spec.cluster->str() + "-" + pool.name->str() + "-";
    std::vector<const layout::Unplaced*> unplaced;
    for (const layout::Unplaced& each : layout.unplaced) {
      const std::string& name = each.node.str();
      if (name.starts_with(prefix) && name.find('-', prefix.size()) == std::string::npos) unplaced.push_back(&each);
    }
    if (unplaced.empty()) continue;
    std::string who = unplaced.front()->node.str();
    if (unplaced.size() > 1) who += " and " + std::to_string(unplaced.size() - 1) + " more";
    findings.push_back(error(pool.count.mark, "no place for " + who + ": " + unplaced.front()->reason,
                             unplaced.front()->advice.empty()
                                 ? "add hosts, free some, or ask for less; see berth get hosts"
                                 : "enough for one more: " + unplaced.front()->advice));
  }
}

/// Nodes that a host which is lost or to be emptied keeps.
void tellHeldBack(const spec::Spec& spec, const std::vector<layout::Host>& hosts, const layout::Layout& layout,
                  Findings& findings) {
  for (const auto& [node, reason] : layout.heldBack) {
    const HostName& host = *layout.hostOf(node);
    const auto found = std::ranges::find(hosts, host, &layout::Host::name);
    const bool isLost = found != hosts.end() && found->state == layout::HostState::lost;
    findings.push_back({.severity = source::Severity::warning,
                        .where = spec.cluster.mark,
                        .message = node.str() + " stays on " + host.str() +
                                   (isLost ? ", which is lost: " : ", which is to be emptied: ") + reason,
                        .hint = {}});
  }
}

/// What the cluster must be able to do without, when all is as planned. New nodes are refused where it could not; where
/// none is added, it is not this plan that made it so.
void tellFragile(const Inputs& inputs, const std::vector<layout::Host>& hosts, const spec::Spec& spec,
                 const std::vector<layout::Group>& groups, const layout::Layout& layout, Findings& findings) {
  if (*spec.layout.survive != spec::Layout::Survive::oneHost) return;
  const Hosts was = hostsOf(inputs.present);
  std::vector<layout::Present> after;
  bool addsNodes = false;
  for (const layout::Group& group : groups) {
    for (const layout::Node& node : group.nodes) {
      const HostName* host = layout.hostOf(node.name);
      if (host == nullptr) continue;
      after.push_back({node.name, *host, node.needs.value_or(group.needs)});
      const auto before = was.find(node.name);
      addsNodes = addsNodes || before == was.end() || before->second != *host;
    }
  }
  layout::Standing standing(hosts, groups, after);
  const std::vector<layout::Loss> fragile = layout::losses(standing);
  if (fragile.empty()) return;
  const layout::Loss& first = fragile.front();
  std::string who = first.homeless.front().node.str();
  if (first.homeless.size() > 1) who += " and " + std::to_string(first.homeless.size() - 1) + " more";
  std::string message =
      "without host " + first.host.str() + " there would be no place for " + who + ": " + first.homeless.front().reason;
  if (fragile.size() > 1) {
    message +=
        "; nor without " + std::to_string(fragile.size() - 1) + (fragile.size() == 2 ? " other host" : " others");
  }
  findings.push_back({.severity = addsNodes ? source::Severity::error : source::Severity::warning,
                      .where = spec.layout.survive.mark,
                      .message = std::move(message),
                      .hint = "add hosts, ask for less, or say survive: nothing"});
}

/// Nodes that only a person who names them may change.
void tellFrozen(const spec::Spec& spec, const Plan& plan, const std::unordered_set<NodeName>& wanted,
                Findings& findings) {
  for (const NodeName& node : plan.frozen) {
    const std::string& name = node.str();
    findings.push_back({.severity = source::Severity::warning,
                        .where = spec.cluster.mark,
                        .message = name + " is frozen, and stays as it is: somebody on its host stopped or removed it",
                        .hint = wanted.contains(node)
                                    ? "to mend it: berth restart " + name + ", or berth replace " + name
                                    : "to let it go: berth apply --target " + name});
  }
}

/// Where volumes are to follow their nodes, these go only to hosts whose agents can take them.
void holdBackNonTakers(const spec::Spec& spec, const std::set<HostName>& takers, std::vector<layout::Host>& hosts,
                       Findings& findings) {
  const HeldBack told{"no node is moved to ", "its agent is an older one, or cannot tell where other agents reach it",
                      "update berth-agent there, or say peers: in its agent.yaml"};
  holdBackOthers(takers, told, spec.cluster.mark, hosts, findings);
}

void carryVolumes(const Inputs& inputs, Outcome& outcome) {
  std::unordered_map<NodeName, const node::Blueprint*> wanted;
  for (const node::Blueprint& each : outcome.blueprints) wanted.emplace(each.name, &each);
  for (Wave& wave : outcome.plan.waves) {
    for (Change& change : wave) {
      const auto node = wanted.find(change.node);
      if (change.action != Action::replace || node == wanted.end()) continue;
      change.carried = carriedTo(change.host, *node->second, inputs.volumes);
      for (const node::Volume& volume : change.carried) {
        change.reasons.push_back("volume " + volume.name.str() + " follows it: " + volume.size.str() +
                                 " at most are copied while it is off");
      }
    }
  }
}

void tellForeign(const spec::Spec& spec, const std::vector<NodeName>& foreign, Findings& findings) {
  if (foreign.empty()) return;
  const std::unordered_set<NodeName> others(foreign.begin(), foreign.end());
  for (const spec::Pool& pool : spec.pools) {
    const auto names = node::nodeNames(spec, pool);
    const auto taken = std::ranges::find_if(names, [&](const NodeName& name) { return others.contains(name); });
    if (taken == names.end()) continue;
    findings.push_back(error(pool.name.mark, "another cluster has a node " + taken->str() + " already",
                             "give the pool or the cluster another name"));
  }
}

/// Nodes that ask before they reboot are told where.
void askAt(const std::optional<spec::LockServer>& server, Outcome& outcome) {
  auto& updates = outcome.spec->osUpdates;
  if (!updates || !updates->asksFirst()) return;
  updates->server = server;
  if (server) return;
  outcome.findings.push_back(error(updates->strategy.mark,
                                   "fleet_lock asks the controller before each reboot, and this one answers no nodes",
                                   "set http: { listen: \"*:7403\" } in controller.yaml, or use periodic or off"));
}

}  // namespace

Outcome checkCluster(std::string_view specPath, const source::Files& files, const spec::Givens& givens,
                     const node::Site& site) {
  Outcome outcome;
  spec::Parsed parsed = spec::parse(specPath, files, givens);
  outcome.findings = std::move(parsed.findings);
  outcome.spec = std::move(parsed.spec);
  if (!outcome.spec) return outcome;
  node::Composed composed = node::compose(*outcome.spec, files, std::nullopt, {}, {}, site);
  outcome.blueprints = std::move(composed.blueprints);
  append(outcome.findings, composed.findings);
  append(outcome.findings, unsafeConfigs(outcome.blueprints, {}));
  // Whoever has errors to mend is not told of matters of taste as well.
  if (source::hasErrors(outcome.findings)) return outcome;
  append(outcome.findings, composed.advice);
  return outcome;
}

Outcome planCluster(const Inputs& inputs) {
  Outcome outcome;
  spec::Parsed parsed = spec::parse(inputs.specPath, inputs.files, inputs.givens);
  outcome.findings = std::move(parsed.findings);
  outcome.spec = std::move(parsed.spec);
  if (!outcome.spec) return outcome;
  askAt(inputs.lockServer, outcome);
  const spec::Spec& spec = *outcome.spec;
  tellForeign(spec, inputs.foreign, outcome.findings);

  std::vector<node::HeldAddress> held = heldBy(inputs.present);
  for (node::HeldAddress each : inputs.held) {
    // No wave of this plan frees it, whoever has it.
    each.cluster = ClusterName();
    held.push_back(std::move(each));
  }
  const secret::Values secrets = inputs.secrets ? inputs.secrets(node::wantedSecrets(spec, held)) : secret::Values();
  node::Composed composed = node::compose(spec, inputs.files, inputs.image, held, secrets);
  outcome.blueprints = std::move(composed.blueprints);
  append(outcome.findings, composed.findings);
  if (source::hasErrors(outcome.findings)) return outcome;

  append(outcome.findings, changedSeal(inputs.former, spec));
  append(outcome.findings, shrunkVolumes(outcome.blueprints, inputs.present));
  append(outcome.findings, unsafeConfigs(outcome.blueprints, inputs.present));
  Wishes wishes =
      wishesOf(inputs.targets, inputs.replace, inputs.restart, outcome.blueprints, inputs.present, outcome.findings);
  if (source::hasErrors(outcome.findings)) return outcome;
  wishes.byPerson = inputs.byPerson;
  std::unordered_set<NodeName> wanted;
  for (const node::Blueprint& each : outcome.blueprints) wanted.insert(each.name);
  std::vector<layout::Group> groups = groupsOf(spec);
  std::vector<layout::Host> hosts = inputs.hosts;
  if (inputs.leavers == VolumesOfLeavers::move) holdBackNonTakers(spec, inputs.takers, hosts, outcome.findings);
  holdBackOlderAgents(outcome.blueprints, inputs.handers, hosts, spec.cluster.mark, outcome.findings);
  for (std::string& conflict : pinToVolumes(groups, inputs.volumes, hosts, inputs.leavers)) {
    outcome.findings.push_back(error(spec.cluster.mark, std::move(conflict), "a node stays where its volumes are"));
  }
  if (source::hasErrors(outcome.findings)) return outcome;
  reserveOrphans(hosts, inputs.volumes, outcome.blueprints);
  Leavers leavers = composed.leaversFirst ? Leavers::first : Leavers::last;
  outcome.layout = layout::place(hosts, groups, reservedBy(inputs.present, wanted, leavers, wishes));
  if (!outcome.layout.unplaced.empty() && leavers == Leavers::last) {
    // Leaving nodes are better kept until the new ones are up. Where there is no room for both, they go first.
    layout::Layout roomier = layout::place(hosts, groups, reservedBy(inputs.present, wanted, Leavers::first, wishes));
    if (roomier.unplaced.size() < outcome.layout.unplaced.size()) {
      outcome.layout = std::move(roomier);
      leavers = Leavers::first;
    }
  }
  if (inputs.explained) {
    outcome.explanation =
        layout::explain(hosts, groups, reservedBy(inputs.present, wanted, leavers, wishes), *inputs.explained);
  }
  tellUnplaced(spec, outcome.layout, outcome.findings);
  tellHeldBack(spec, hosts, outcome.layout, outcome.findings);
  if (outcome.layout.unplaced.empty()) tellFragile(inputs, hosts, spec, groups, outcome.layout, outcome.findings);
  if (source::hasErrors(outcome.findings)) return outcome;
  outcome.plan = plan(outcome.blueprints, inputs.present, outcome.layout, limitsOf(spec), leavers, wishes,
                      inputs.former, changedVariables(inputs.former, spec));
  if (leavers == Leavers::first) {
    append(outcome.findings,
           growthWithoutRoom(outcome.plan, outcome.blueprints,
                             reservedBy(inputs.present, wanted, Leavers::last, wishes), hosts, spec.cluster.mark));
  }
  tellFrozen(spec, outcome.plan, wanted, outcome.findings);
  Surge surge = addStandIns({.spec = spec,
                             .files = inputs.files,
                             .image = inputs.image,
                             .held = held,
                             .present = inputs.present,
                             .foreign = inputs.foreign,
                             .hosts = hosts,
                             .groups = groups,
                             .layout = outcome.layout,
                             .reserved = reservedBy(inputs.present, wanted, leavers, wishes),
                             .leavers = leavers,
                             .secrets = secrets},
                            outcome.plan);
  outcome.standIns = std::move(surge.blueprints);
  append(outcome.findings, surge.findings);
  append(outcome.findings, unhandedArtifacts(outcome.plan, outcome.blueprints, inputs.handers, spec.cluster.mark));
  carryVolumes(inputs, outcome);
  outcome.protections = protect(inputs.protections, declaredIn(spec), inputs.next);
  append(outcome.findings,
         violations(outcome.plan, outcome.protections, removedVolumes(outcome.blueprints, inputs.present)));
  tellHeldByOthers(outcome.plan, wishes, outcome.blueprints, inputs.present, outcome.findings);
  outcome.risks = risksOf(outcome.plan, inputs.present, limitsOf(spec).quorum);
  return outcome;
}

}  // namespace berth::change
