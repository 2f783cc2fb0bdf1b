// SPDX-License-Identifier: Apache-2.0
#include "controller/server/foresight.h"

#include <algorithm>

#include "controller/server/answer.h"
#include "controller/server/convert.h"
#include "planner/change/placing.h"
#include "planner/layout/ledger.h"
#include "planner/layout/rebalance.h"
#include "planner/layout/simulate.h"
#include "planner/spec/parse.h"

namespace berth::server {

namespace request = message::request;
namespace reply = message::reply;
using message::Reply;
using reply::ErrorCode;

namespace {

/// Moves in one answer.
constexpr std::uint32_t kMostMoves = 1000;

layout::Amount without(const layout::Amount& all, const layout::Amount& part) {
  return {.vcpus = all.vcpus > part.vcpus ? all.vcpus - part.vcpus : 0,
          .memory = all.memory - part.memory,
          .disk = all.disk - part.disk,
          .volumes = all.volumes - part.volumes};
}

/// The pools of all clusters, by what their specs in force say.
class FleetSpecs {
public:
  explicit FleetSpecs(const FleetWorld& fleet) {
    change::Hosts hosts;
    for (const layout::Present& each : fleet.present) hosts.emplace(each.node, each.host);
    for (const auto& cluster : fleet.clusters) {
      const source::BundleFiles files(toPlanner(cluster.submission.files));
      auto parsed = spec::parse(cluster.submission.specPath, files);
      if (!parsed.spec) {
        unreadable_ = cluster.name;
        continue;
      }
      for (layout::Group& group : change::fleetGroupsOf(*parsed.spec, hosts)) {
        clusterOf_.push_back(cluster.name);
        groups_.push_back(std::move(group));
      }
    }
  }

  /// Set when a spec in force cannot be read by this controller.
  [[nodiscard]] const std::optional<ClusterName>& unreadable() const { return unreadable_; }
  [[nodiscard]] std::vector<layout::Group>& groups() { return groups_; }
  [[nodiscard]] const ClusterName& clusterOf(std::size_t group) const { return clusterOf_[group]; }

  [[nodiscard]] layout::Group* find(const message::PoolOf& pool) {
    const auto found =
        std::ranges::find(groups_, change::fleetName(pool.cluster, pool.pool.str()), &layout::Group::name);
    return found == groups_.end() ? nullptr : &*found;
  }

  /// The pool as the error of a person who named one that is not there.
  [[nodiscard]] Reply missing(const message::PoolOf& pool) const {
    std::vector<std::string> names;
    for (const layout::Group& group : groups_) names.push_back(group.name);
    const std::string name = change::fleetName(pool.cluster, pool.pool.str());
    const auto near = source::nearest(name, names);
    return refusal(ErrorCode::notFound, "there is no pool \"" + name + "\"",
                   near ? "did you mean \"" + *near + "\"?" : "pools are named with their cluster: prod/client");
  }

private:
  std::vector<layout::Group> groups_;
  std::vector<ClusterName> clusterOf_;
  std::optional<ClusterName> unreadable_;
};

/// As if the pool had so many nodes; those that it loses are gone.
void resize(layout::Group& group, const message::GrowthRow& growth, std::vector<layout::Present>& present) {
  const std::size_t before = group.nodes.size();
  for (std::size_t index = growth.count; index < before; ++index) {
    std::erase_if(present, [&](const layout::Present& each) { return each.node == group.nodes[index].name; });
  }
  if (growth.count < before) group.nodes.resize(growth.count);
  for (std::size_t index = before; index < growth.count; ++index) {
    group.nodes.push_back({spec::nodeName(growth.pool.cluster, growth.pool.pool, static_cast<std::uint32_t>(index))});
  }
}

std::optional<HostName> hostIfAny(const HostName& host) { return host.empty() ? std::nullopt : std::optional(host); }

reply::Simulated toMessage(const layout::Foretold& told, const std::vector<message::ShapeRow>& asked) {
  reply::Simulated row;
  row.nodes = told.nodes;
  for (const auto& each : told.placed) row.placed.push_back({each.node, hostIfAny(each.from), each.to, {}, {}});
  for (const auto& each : told.homeless) {
    row.placed.push_back({each.node, std::nullopt, std::nullopt, each.reason, each.advice});
  }
  for (const auto& each : told.pinned) row.pinned.push_back({each.node, each.host, each.host, {}, {}});
  for (std::size_t i = 0; i < told.fits.size(); ++i) {
    const layout::Fit& fit = told.fits[i];
    message::ShapeRow shape = asked[i];
    shape.needs = {fit.shape.needs.vcpus, fit.shape.needs.memory, fit.shape.needs.disk, fit.shape.needs.volumes};
    row.fits.push_back({shape, fit.count, fit.surviving, fit.limit});
  }
  for (const layout::Loss& loss : told.fragile) {
    message::LossRow& each = row.fragile.emplace_back();
    each.host = loss.host;
    each.nodes = loss.nodes;
    each.pinned = loss.pinned;
    for (const layout::Unplaced& homeless : loss.homeless) each.homeless.push_back(homeless.node);
    each.reason = loss.homeless.front().reason;
  }
  return row;
}

Reply answerTo(const request::Simulate& question, const FleetWorld& fleet, FleetSpecs& specs) {
  layout::WhatIf whatIf{.hosts = fleet.hosts, .groups = {}, .present = fleet.present, .lost = question.lose, .fit = {}};
  for (const HostName& host : question.lose) {
    if (std::ranges::find(fleet.hosts, host, &layout::Host::name) == fleet.hosts.end()) {
      return refusal(ErrorCode::notFound, "there is no host \"" + host.str() + "\"", "see: berth get hosts");
    }
  }
  for (const message::GrowthRow& growth : question.grow) {
    layout::Group* group = specs.find(growth.pool);
    if (group == nullptr) return specs.missing(growth.pool);
    if (growth.count > spec::kMaxNodesOfPool) {
      return refusal(ErrorCode::invalid, "a pool has at most " + std::to_string(spec::kMaxNodesOfPool) + " nodes");
    }
    resize(*group, growth, whatIf.present);
  }
  for (const message::ShapeRow& shape : question.fit) {
    if (shape.pool && specs.find(*shape.pool) == nullptr) return specs.missing(*shape.pool);
    whatIf.fit.push_back({.group = shape.pool ? change::fleetName(shape.pool->cluster, shape.pool->pool.str()) : "",
                          .needs = toPlanner(shape.needs)});
  }
  whatIf.groups = std::move(specs.groups());
  return toMessage(layout::simulate(whatIf), question.fit);
}

message::Gain toMessage(layout::Move::Gain gain) {
  switch (gain) {
    case layout::Move::Gain::apart: return message::Gain::apart;
    case layout::Move::Gain::near: return message::Gain::near;
    case layout::Move::Gain::spread: return message::Gain::spread;
    case layout::Move::Gain::balance: return message::Gain::balance;
    case layout::Move::Gain::pack: return message::Gain::pack;
  }
  return message::Gain::balance;
}

Reply answerTo(const request::Rebalance& question, const FleetWorld& fleet, FleetSpecs& specs) {
  const auto known = std::ranges::find_if(
      fleet.clusters, [&](const FleetWorld::Cluster& each) { return question.cluster == each.name; });
  if (question.cluster && known == fleet.clusters.end()) {
    return refusal(ErrorCode::notFound, "there is no cluster \"" + question.cluster->str() + "\"",
                   "see: berth get clusters");
  }
  layout::Movable movable;
  const std::vector<layout::Group>& groups = specs.groups();
  for (layout::GroupIndex group = 0; group < groups.size(); ++group) {
    // Nodes that are packed are moved only where their cluster is asked about: else the others would pull them apart.
    const bool isMeant = question.cluster ? specs.clusterOf(group) == *question.cluster
                                          : groups[group].rules.prefer == layout::Prefer::balance;
    if (isMeant) movable.push_back(group);
  }
  layout::Standing standing(fleet.hosts, groups, fleet.present);
  const std::uint32_t most = std::min(question.most == 0 ? kMostMoves : question.most, kMostMoves);
  reply::Rebalanced row;
  for (const layout::Move& move : layout::rebalance(standing, movable, most)) {
    row.moves.push_back({move.node, move.from, move.to, toMessage(move.gain), move.reason});
  }
  return row;
}

message::Verdict toMessage(layout::Verdict::Kind kind) {
  switch (kind) {
    case layout::Verdict::Kind::chosen: return message::Verdict::chosen;
    case layout::Verdict::Kind::possible: return message::Verdict::possible;
    case layout::Verdict::Kind::impossible: return message::Verdict::impossible;
  }
  return message::Verdict::impossible;
}

}  // namespace

std::variant<FleetWorld, store::Failure> lookAtFleet(Core& core) {
  const fleet::Ledger& ledger = core.ledger();
  FleetWorld fleet;
  for (const auto& [name, record] : ledger.clusters()) {
    auto read = core.store().revision(name, record.revision);
    if (auto* failed = std::get_if<store::Failure>(&read)) return std::move(*failed);
    auto& revision = std::get<std::optional<store::RevisionRecord>>(read);
    if (revision) fleet.clusters.push_back({name, std::move(revision->submission)});
  }
  std::map<HostName, layout::Amount> ours;
  for (const auto& [name, node] : ledger.nodes()) {
    const layout::Amount size = toPlanner(node.size);
    fleet.present.push_back({name, node.host, size});
    layout::Amount& sum = ours[node.host];
    sum = sum + size;
  }
  for (const auto& [name, host] : ledger.hosts()) {
    fleet.hosts.push_back({.name = name,
                           .zone = host.zone,
                           .labels = host.labels,
                           .capacity = toPlanner(host.capacity),
                           .reserved = without(toPlanner(core.rollouts().reserved(name)), ours[name]),
                           .state = layoutState(core, host)});
  }
  return fleet;
}

Reply foresee(const Foresight& question, const FleetWorld& fleet) {
  FleetSpecs specs(fleet);
  if (specs.unreadable()) {
    return refusal(ErrorCode::internal,
                   "this controller cannot read the spec of cluster " + specs.unreadable()->str() + " that is in force",
                   "apply it anew");
  }
  return std::visit([&](const auto& asked) { return answerTo(asked, fleet, specs); }, question);
}

Reply explain(const message::Submission& submission, const NodeName& node, const World& world) {
  auto outcome = planFor(submission, world, {}, node);
  if (auto* error = std::get_if<Error>(&outcome)) return std::move(*error);
  const auto& explanation = std::get<Planned>(outcome).outcome.explanation;
  if (!explanation) {
    return refusal(ErrorCode::notFound, "the spec has no node \"" + node.str() + "\"",
                   "nodes are named <cluster>-<pool>-<index>");
  }
  message::ExplanationRow row{.node = node,
                              .host = explanation->host,
                              .why = explanation->why,
                              .leaving = explanation->leaving,
                              .advice = explanation->advice,
                              .verdicts = {}};
  for (const layout::Verdict& each : explanation->verdicts) {
    row.verdicts.push_back({each.host, toMessage(each.kind), each.cause, each.reason});
  }
  return reply::Explained{std::move(row)};
}

}  // namespace berth::server
