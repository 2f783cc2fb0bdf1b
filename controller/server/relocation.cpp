// SPDX-License-Identifier: Apache-2.0
#include "controller/server/relocation.h"

#include <algorithm>
#include <utility>

#include "controller/server/draining.h"

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

/// Nodes of one cluster that have to leave their hosts, or to be made anew where they are.
struct Leavers {
  std::vector<NodeName> nodes;
  /// The host that is being emptied; nothing when theirs are lost.
  std::optional<HostName> drains{};
  bool movesVolumes = false;
  /// They need new certificates.
  bool renews = false;
};

/// What a running rollout leaves to be done for nodes of lost hosts: nothing where a person has the say.
bool isOpenTo(const store::RolloutRecord& running) {
  const bool isFree = running.pace.canaryWaves == 0 || running.promoted;
  const bool isApply = running.kind == store::RolloutKind::apply && isFree;
  const bool isOwn = running.kind == store::RolloutKind::heal || running.kind == store::RolloutKind::drain ||
                     running.kind == store::RolloutKind::renew;
  return running.state == message::RolloutState::running && (isApply || isOwn);
}

/// What may be done for nodes that are to be made elsewhere; nothing where a person has the say, or will be done
/// anyway. A drain or a renewal is in no hurry: it waits for whatever is under way.
std::optional<Relocation> relocationFor(const Core& core, const ClusterName& cluster, Leavers leavers) {
  const auto* record = core.ledger().cluster(cluster);
  if (record == nullptr || record->state == store::ClusterState::destroying) return std::nullopt;
  const auto wantBack = core.rollouts().toRevert();
  if (std::ranges::find(wantBack, cluster, &store::RolloutRecord::cluster) != wantBack.end()) return std::nullopt;
  auto& nodes = leavers.nodes;
  Relocation relocation{cluster, {}, {}, false, std::move(leavers.drains), leavers.movesVolumes, leavers.renews};
  if (const auto* running = core.rollouts().running(cluster)) {
    if (relocation.drains || relocation.renews) return std::nullopt;
    const auto& changes = *core.rollouts().changesOf(running->id);
    std::erase_if(nodes, [&](const NodeName& node) { return isOnItsWay(changes, *core.ledger().node(node)); });
    if (nodes.empty() || !isOpenTo(*running)) return std::nullopt;
    relocation.carriesOn = running->kind == store::RolloutKind::apply;
  }
  const bool carriesOn = relocation.carriesOn;
  relocation.revision = carriesOn ? record->revision : core.ledger().node(nodes.front())->revision;
  for (const NodeName& node : nodes) {
    if (carriesOn || core.ledger().node(node)->revision == relocation.revision) relocation.nodes.push_back(node);
  }
  return relocation;
}

/// Those whose certificates are to be renewed, where nothing more urgent is to be done for their cluster.
void addRenewals(const Core& core, std::int64_t nowMs, std::map<ClusterName, Leavers>& leavers) {
  std::map<ClusterName, std::set<NodeName>> renewed;
  for (const auto& [key, secret] : core.ledger().secrets()) {
    const bool isDue = secret.inForce && secret.kind == secret::Kind::certificate && secret.expiresMs != 0 &&
                       secrets::isToBeRenewed(secret.madeMs, secret.expiresMs, nowMs);
    if (isDue && core.ledger().node(secret.node) != nullptr) renewed[key.cluster].insert(secret.node);
  }
  for (auto& [cluster, nodes] : renewed) {
    if (leavers.contains(cluster)) continue;
    leavers[cluster] = {.nodes = {nodes.begin(), nodes.end()}, .renews = true};
  }
}

/// By cluster, one host after the other; what is lost before what is drained, and that before what is renewed.
std::map<ClusterName, Leavers> leaversOf(const Core& core, const fleet::Moment& moment) {
  std::map<ClusterName, Leavers> leavers;
  for (const auto& [name, host] : core.ledger().hosts()) {
    if (core.fleet().state(name) != message::HostState::lost) continue;
    for (const NodeName& each : core.ledger().nodesOn(name)) {
      const auto& node = *core.ledger().node(each);
      if (core.fleet().isFenced(node)) leavers[node.cluster].nodes.push_back(each);
    }
  }
  for (const auto& [name, host] : core.ledger().hosts()) {
    if (!host.drain || host.drain->halted || !core.fleet().isDriven(name)) continue;
    for (const NodeName& each : movable(core, host)) {
      Leavers& of = leavers[core.ledger().node(each)->cluster];
      if (of.nodes.empty()) {
        of.drains = name;
        of.movesVolumes = host.drain->volumes == message::DrainVolumes::move;
      }
      if (of.drains == name) of.nodes.push_back(each);
    }
  }
  addRenewals(core, moment.wallMs, leavers);
  return leavers;
}

}  // namespace

message::PlanOptions Relocation::options() const {
  message::PlanOptions options;
  if (carriesOn) return options;
  for (const NodeName& node : nodes) options.targets.push_back(node.str());
  if (movesVolumes) options.volumes = message::PlanOptions::Volumes::move;
  return options;
}

void asOf(World& world, const Relocation& relocation, const message::Submission& submission) {
  world.inForce = relocation.revision;
  world.current = submission;
  world.byPerson = false;
}

message::Reply relocated(Core& core, const Relocation& relocation, const message::Submission& submission,
                         Proposal proposal, const World& world, const fleet::Moment& moment) {
  const bool moves = std::ranges::any_of(proposal.changes, [&](const store::ChangeRecord& change) {
    return std::ranges::find(relocation.nodes, change.target.name) != relocation.nodes.end();
  });
  if (!moves) {
    const auto& warnings = proposal.row.warnings;
    const auto about = std::ranges::find_if(warnings, [&](const message::FindingRow& row) {
      return row.message.starts_with(relocation.nodes.front().str() + " ");
    });
    return message::reply::Error{message::reply::ErrorCode::conflict,
                                 about != warnings.end() ? about->message
                                 : relocation.renews     ? "their spec has no certificate for them any more"
                                                         : "there is no place for them",
                                 {},
                                 {}};
  }
  Cause cause{.kind = Cause::Kind::hostLoss};
  OperatorName by = *OperatorName::parse("berth");
  if (const auto* running = core.rollouts().running(relocation.cluster)) by = running->by;
  if (relocation.renews) cause.kind = Cause::Kind::renewal;
  if (relocation.drains) {
    store::HostRecord host = *core.ledger().host(*relocation.drains);
    cause = {.kind = Cause::Kind::drain, .drains = relocation.drains};
    by = host.drain->by;
    host.drain->obstacle.clear();
    core.ledger().put(std::move(host));
  }
  return accept(core, submission, std::move(proposal), world, by, moment, cause);
}

std::vector<Relocation> Relocator::due(const Core& core, const fleet::Moment& moment) {
  std::vector<Relocation> due;
  const TimePoint now = moment.now;
  auto leavers = leaversOf(core, moment);
  std::erase_if(attempts_, [&](const auto& each) { return !leavers.contains(each.first); });
  for (auto& [cluster, of] : leavers) {
    const auto tried = attempts_.find(cluster);
    if (tried != attempts_.end()) {
      const bool isSame = tried->second.version == core.ledger().version();
      if (now - tried->second.at < (isSame ? kLater : kSoon)) continue;
    }
    auto relocation = relocationFor(core, cluster, std::move(of));
    if (!relocation) continue;
    Attempt& attempt = attempts_[cluster];
    attempt.version = core.ledger().version();
    attempt.at = now;
    due.push_back(*std::move(relocation));
  }
  return due;
}

bool Relocator::isWanted(const Core& core, const Relocation& relocation, const fleet::Moment& moment) {
  auto leavers = leaversOf(core, moment);
  const auto found = leavers.find(relocation.cluster);
  return found != leavers.end() && relocationFor(core, relocation.cluster, std::move(found->second)) == relocation;
}

void Relocator::failed(Core& core, const Relocation& relocation, const std::string& why, const fleet::Moment& moment) {
  Attempt& attempt = attempts_[relocation.cluster];
  if (std::exchange(attempt.complaint, why) == why) return;
  const std::string of = relocation.drains ? "host " + relocation.drains->str() : "lost hosts";
  const std::string what =
      relocation.renews ? "certificates cannot be renewed: " : "nodes of " + of + " cannot be made elsewhere: ";
  core.ledger().record(moment, "cluster " + relocation.cluster.str(), what + why + "; tried again from time to time");
  if (!relocation.drains) return;
  store::HostRecord host = *core.ledger().host(*relocation.drains);
  if (!host.drain) return;
  host.drain->obstacle = why;
  core.ledger().put(std::move(host));
}

}  // namespace berth::server
