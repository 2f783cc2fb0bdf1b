// SPDX-License-Identifier: Apache-2.0
#include "controller/server/draining.h"

#include <algorithm>
#include <set>

#include "protocol/message/words.h"

namespace berth::server {

namespace {

using message::DrainVolumes;
using message::Duty;

bool hasVolumesOn(const Core& core, const NodeName& node, const HostName& host) {
  return std::ranges::any_of(core.ledger().volumesOn(host), [&](const auto& key) { return key.node == node; });
}

/// "prod-db-0 and 2 more"
std::string inWords(const std::vector<NodeName>& nodes) {
  std::string text = nodes.front().str();
  if (nodes.size() > 1) text += " and " + std::to_string(nodes.size() - 1) + " more";
  return text;
}

/// The rollouts that empty this host.
std::vector<const store::RolloutRecord*> rolloutsOf(const Core& core, const HostName& host) {
  std::vector<const store::RolloutRecord*> found;
  for (const auto& [name, cluster] : core.ledger().clusters()) {
    const auto* running = core.rollouts().running(name);
    if (running != nullptr && running->drains == host) found.push_back(running);
  }
  return found;
}

/// Something is on its way to the host, or is just being taken away from it.
bool isBusy(const Core& core, const HostName& host) {
  if (!rolloutsOf(core, host).empty()) return true;
  const auto& tombstones = core.ledger().tombstonesOn(host);
  if (std::ranges::any_of(tombstones, [&](const Uuid& uuid) { return !core.ledger().tombstones().at(uuid).fenced; })) {
    return true;
  }
  for (const auto& [name, cluster] : core.ledger().clusters()) {
    const auto* running = core.rollouts().running(name);
    if (running == nullptr) continue;
    const auto isComing = [&](const store::ChangeRecord& change) {
      return change.target.host == host && change.state == message::ChangeState::waiting &&
             change.action != message::Action::destroy;
    };
    if (std::ranges::any_of(*core.rollouts().changesOf(running->id), isComing)) return true;
  }
  return false;
}

/// What it has begun goes on; the host takes no nodes from then on.
void endDrain(Core& core, const HostName& name, Duty after, const std::string& why, const fleet::Moment& moment) {
  store::HostRecord host = *core.ledger().host(name);
  host.duty = after;
  host.drain.reset();
  core.ledger().put(std::move(host));
  core.ledger().record(moment, "host " + name.str(), why);
  for (const auto* rollout : rolloutsOf(core, name)) {
    const ClusterName cluster = rollout->cluster;
    using Verb = message::request::SteerRollout::Verb;
    (void)core.rollouts().steer(cluster, Verb::abort, "the end of the drain of " + name.str(), moment);
  }
}

/// Why nothing moves at present, or what does.
std::string waitingFor(const Core& core, const store::HostRecord& host, const std::vector<NodeName>& left) {
  const store::Drain& drain = *host.drain;
  const auto rollouts = rolloutsOf(core, host.name);
  if (!rollouts.empty()) return core.rollouts().waitingFor(rollouts.front()->id);
  if (drain.halted) return drain.obstacle + "; to go on: berth drain " + host.name.str();
  if (left.empty()) return "what has left it is being removed";
  if (core.fleet().state(host.name) == message::HostState::lost) return "the host is lost";
  const auto nodes = movable(core, host);
  if (nodes.empty()) {
    return inWords(left) + (left.size() == 1 ? " has its volumes here" : " have their volumes here") +
           "; a person has to say what becomes of them";
  }
  const ClusterName& cluster = core.ledger().node(nodes.front())->cluster;
  if (const auto* running = core.rollouts().running(cluster)) {
    return "rollout " + std::to_string(running->id.value()) + " of cluster " + cluster.str() + " is under way";
  }
  return drain.obstacle.empty() ? inWords(nodes) + " is about to be moved" : drain.obstacle;
}

}  // namespace

void setDuty(Core& core, const message::request::SetDuty& set, const OperatorName& by, const fleet::Moment& moment) {
  const store::HostRecord& found = *core.ledger().host(set.host);
  if (found.duty == set.duty && set.duty != Duty::draining) return;
  const std::string said = "is " + std::string(toString(set.duty)) + " now, by operator " + by.str();
  if (set.duty != Duty::draining) return endDrain(core, set.host, set.duty, said, moment);
  store::HostRecord host = found;
  host.duty = set.duty;
  store::Drain& drain = host.drain.emplace();
  drain.by = by;
  drain.sinceMs = moment.wallMs;
  if (set.deadline.count() != 0) {
    drain.deadlineMs = moment.wallMs + std::chrono::milliseconds(set.deadline).count();
  }
  drain.volumes = set.volumes;
  core.ledger().put(std::move(host));
  core.ledger().record(moment, "host " + set.host.str(), said);
}

void mindDrains(Core& core, const fleet::Moment& moment) {
  std::vector<HostName> draining;
  for (const auto& [name, host] : core.ledger().hosts()) {
    if (host.drain) draining.push_back(name);
  }
  for (const HostName& name : draining) {
    const store::HostRecord& host = *core.ledger().host(name);
    const auto left = leaving(core, host);
    if (left.empty() && !isBusy(core, name)) {
      const auto& staying = core.ledger().nodesOn(name);
      const std::string who = staying.empty() ? "" : inWords({staying.begin(), staying.end()});
      const std::string why =
          staying.empty() ? "is empty"
                          : "is drained; with their volumes " + who + (staying.size() == 1 ? " stays" : " stay");
      endDrain(core, name, Duty::cordoned, why + "; it takes no nodes until: berth uncordon " + name.str(), moment);
      continue;
    }
    const std::int64_t deadline = host.drain->deadlineMs;
    if (deadline == 0 || moment.wallMs < deadline) continue;
    std::string why = "its drain is given up at its deadline: ";
    why += left.empty() ? "what has left it is not gone yet"
                        : inWords(left) + " is left (" + waitingFor(core, host, left) + ")";
    endDrain(core, name, Duty::cordoned, why, moment);
  }
}

std::vector<NodeName> leaving(const Core& core, const store::HostRecord& host) {
  std::vector<NodeName> nodes;
  if (!host.drain) return nodes;
  const bool skips = host.drain->volumes == DrainVolumes::skip;
  for (const NodeName& node : core.ledger().nodesOn(host.name)) {
    if (!skips || !hasVolumesOn(core, node, host.name)) nodes.push_back(node);
  }
  return nodes;
}

std::vector<NodeName> movable(const Core& core, const store::HostRecord& host) {
  std::vector<NodeName> nodes = leaving(core, host);
  std::erase_if(nodes, [&](const NodeName& node) { return hasVolumesOn(core, node, host.name); });
  return nodes;
}

std::optional<message::DrainRow> drainRow(const Core& core, const store::HostRecord& host) {
  if (!host.drain) return std::nullopt;
  const auto left = leaving(core, host);
  return message::DrainRow{.left = static_cast<std::uint32_t>(left.size()),
                           .halted = host.drain->halted,
                           .waitingFor = waitingFor(core, host, left),
                           .deadlineMs = host.drain->deadlineMs};
}

}  // namespace berth::server
