// SPDX-License-Identifier: Apache-2.0
#include "controller/server/healing.h"

#include <algorithm>

namespace berth::server {

namespace {

/// Between two attempts for one cluster, when something has changed and when nothing has.
constexpr std::chrono::seconds kSoon{2};
constexpr std::chrono::seconds kLater{30};

/// A change that is under way or still to come takes the node away from its lost host.
bool isOnItsWay(const std::vector<store::ChangeRecord>& changes, const store::NodeRecord& node) {
  return std::ranges::any_of(changes, [&](const store::ChangeRecord& change) {
    const bool isOpen = change.state != message::ChangeState::done && change.state != message::ChangeState::failed;
    return isOpen && change.target.name == node.name && change.target.host != node.host;
  });
}

/// What may be done for nodes that are to be made elsewhere; nothing where a person has the say, or will be done
/// anyway.
std::optional<Healing> healingFor(const Core& core, const ClusterName& cluster, std::vector<NodeName> nodes) {
  const auto* record = core.ledger().cluster(cluster);
  if (record == nullptr || record->state == store::ClusterState::destroying) return std::nullopt;
  const auto wantBack = core.rollouts().toRevert();
  if (std::ranges::find(wantBack, cluster, &store::RolloutRecord::cluster) != wantBack.end()) return std::nullopt;
  const auto* running = core.rollouts().running(cluster);
  Healing healing{cluster, {}, {}};
  if (running != nullptr) {
    const auto& changes = *core.rollouts().changesOf(running->id);
    std::erase_if(nodes, [&](const NodeName& node) { return isOnItsWay(changes, *core.ledger().node(node)); });
    if (nodes.empty()) return std::nullopt;
    const bool isFree = running->pace.canaryWaves == 0 || running->promoted;
    const bool isApply = running->kind == store::RolloutKind::apply && isFree;
    const bool isHeal = running->kind == store::RolloutKind::heal;
    if (running->state != message::RolloutState::running || (!isApply && !isHeal)) return std::nullopt;
    healing.carriesOn = isApply;
  }
  healing.revision = healing.carriesOn ? record->revision : core.ledger().node(nodes.front())->revision;
  for (const NodeName& node : nodes) {
    if (healing.carriesOn || core.ledger().node(node)->revision == healing.revision) healing.nodes.push_back(node);
  }
  return healing;
}

std::map<ClusterName, std::vector<NodeName>> lostNodes(const Core& core) {
  std::map<ClusterName, std::vector<NodeName>> lost;
  for (const auto& [name, host] : core.ledger().hosts()) {
    if (core.fleet().state(name) != message::HostState::lost) continue;
    for (const NodeName& each : core.ledger().nodesOn(name)) {
      const auto& node = *core.ledger().node(each);
      if (core.fleet().isFenced(node)) lost[node.cluster].push_back(each);
    }
  }
  return lost;
}

}  // namespace

message::PlanOptions Healing::options() const {
  message::PlanOptions options;
  if (carriesOn) return options;
  for (const NodeName& node : nodes) options.targets.push_back(node.str());
  return options;
}

void asOf(World& world, const Healing& healing, const message::Submission& submission) {
  world.inForce = healing.revision;
  world.current = submission;
}

message::Reply healed(Core& core, const Healing& healing, const message::Submission& submission, Proposal proposal,
                      const World& world, const fleet::Moment& moment) {
  const bool moves = std::ranges::any_of(proposal.changes, [&](const store::ChangeRecord& change) {
    return std::ranges::find(healing.nodes, change.target.name) != healing.nodes.end();
  });
  if (!moves) {
    const auto& warnings = proposal.row.warnings;
    const auto about = std::ranges::find_if(warnings, [&](const message::FindingRow& row) {
      return row.message.starts_with(healing.nodes.front().str() + " ");
    });
    return message::reply::Error{message::reply::ErrorCode::conflict,
                                 about == warnings.end() ? "there is no place for them" : about->message,
                                 {},
                                 {}};
  }
  const auto* running = core.rollouts().running(healing.cluster);
  const OperatorName by = running == nullptr ? *OperatorName::parse("berth") : running->by;
  return accept(core, submission, std::move(proposal), world, by, moment, {Cause::Kind::hostLoss, std::nullopt});
}

std::vector<Healing> Healer::due(const Core& core, TimePoint now) {
  std::vector<Healing> due;
  auto lost = lostNodes(core);
  std::erase_if(attempts_, [&](const auto& each) { return !lost.contains(each.first); });
  for (auto& [cluster, nodes] : lost) {
    const auto tried = attempts_.find(cluster);
    if (tried != attempts_.end()) {
      const bool isSame = tried->second.version == core.ledger().version();
      if (now - tried->second.at < (isSame ? kLater : kSoon)) continue;
    }
    auto healing = healingFor(core, cluster, std::move(nodes));
    if (!healing) continue;
    Attempt& attempt = attempts_[cluster];
    attempt.version = core.ledger().version();
    attempt.at = now;
    due.push_back(*std::move(healing));
  }
  return due;
}

bool Healer::isWanted(const Core& core, const Healing& healing) {
  auto lost = lostNodes(core);
  const auto found = lost.find(healing.cluster);
  return found != lost.end() && healingFor(core, healing.cluster, std::move(found->second)) == healing;
}

void Healer::failed(Core& core, const Healing& healing, const std::string& why, const fleet::Moment& moment) {
  Attempt& attempt = attempts_[healing.cluster];
  if (std::exchange(attempt.complaint, why) == why) return;
  core.ledger().record(moment, "cluster " + healing.cluster.str(),
                       "nodes of lost hosts cannot be made elsewhere: " + why + "; tried again from time to time");
}

}  // namespace berth::server
