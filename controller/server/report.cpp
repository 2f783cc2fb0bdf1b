// SPDX-License-Identifier: Apache-2.0
#include "controller/server/report.h"

#include <algorithm>

#include "controller/rollout/transitions.h"
#include "controller/server/draining.h"
#include "controller/server/lock_desk.h"

namespace berth::server {

namespace {

message::NodeRow rowOf(const store::NodeRecord& node, const fleet::Standing& standing) {
  message::NodeRow row;
  row.name = node.name;
  row.cluster = node.cluster;
  row.pool = node.pool;
  row.host = node.host;
  row.address = node.address;
  row.mac = node.nic.mac;
  row.incarnation = node.incarnation;
  row.status = standing.status;
  row.known = standing.known;
  row.revision = node.revision;
  row.image = node.image;
  row.vcpus = node.size.vcpus;
  row.memory = node.size.memory;
  row.disk = node.size.disk;
  row.tags = node.tags;
  // Under DHCP the guest says which address it got.
  if (row.address.empty() && !standing.status.addresses.empty()) row.address = standing.status.addresses.front();
  return row;
}

/// Of an instance that is to go: its agent may not have heard of that yet.
fleet::Standing standingOf(const Core& core, const store::TombstoneRecord& tombstone) {
  fleet::Standing standing = core.fleet().standing(tombstone);
  standing.status.phase = message::Phase::stopping;
  return standing;
}

/// What becomes of a node whose host is lost, and when.
std::string waitOf(const Core& core, const store::NodeRecord& node) {
  const std::string host = "host " + node.host.str() + " is lost";
  const auto fencedIn = core.fleet().fencedIn(node);
  if (!fencedIn) return host + "; the node waits for it to come back";
  if (core.fleet().isCutOff()) return host + ", and so are too many others to make the node elsewhere";
  if (fencedIn->count() == 0) return host + "; the node is made elsewhere as soon as there is a place";
  return host + "; the node is made elsewhere in " + std::to_string(fencedIn->count()) + "s, unless it comes back";
}

}  // namespace

message::HostRow hostRow(const Core& core, const HostName& host, TimePoint now) {
  message::HostRow row = core.fleet().describe(host, now);
  row.reserved = core.rollouts().reserved(host);
  const auto* record = core.ledger().host(host);
  // That a host is not heard matters more than what was said of it.
  if (record != nullptr && row.state == message::HostState::ready) {
    if (record->duty == message::Duty::cordoned) row.state = message::HostState::cordoned;
    if (record->duty == message::Duty::draining) row.state = message::HostState::draining;
  }
  if (record != nullptr) row.drain = drainRow(core, *record);
  return row;
}

message::NodeRow nodeRow(const Core& core, const store::NodeRecord& node) {
  const auto* condemned = core.ledger().condemned(node.name);
  if (condemned == nullptr) {
    message::NodeRow row = rowOf(node, core.fleet().standing(node));
    if (const auto moving = core.fleet().moving(node.name)) {
      row.status.reason = "its volumes are on their way: " + fleet::inWords(*moving);
    }
    if (core.fleet().state(node.host) == message::HostState::lost) row.status.reason = waitOf(core, node);
    if (auto lock = lockOf(core, node.name)) {
      row.lock = lock->state;
      row.lockReason = std::move(lock->reason);
    }
    return row;
  }
  message::NodeRow row = rowOf(node, standingOf(core, *condemned));
  if (row.status.reason.empty()) row.status.reason = "its former instance is being removed";
  return row;
}

std::vector<message::NodeRow> nodeRows(const Core& core, const std::optional<ClusterName>& cluster) {
  std::vector<message::NodeRow> rows;
  for (const auto& [name, node] : core.ledger().nodes()) {
    if (!cluster || node.cluster == *cluster) rows.push_back(nodeRow(core, node));
  }
  for (const auto& [uuid, tombstone] : core.ledger().tombstones()) {
    const bool replaced = core.ledger().node(tombstone.was.name) != nullptr;
    if (replaced || (cluster && tombstone.was.cluster != *cluster)) continue;
    rows.push_back(rowOf(tombstone.was, standingOf(core, tombstone)));
  }
  return rows;
}

std::vector<message::VolumeRow> volumeRows(const Core& core, const std::optional<ClusterName>& cluster) {
  auto rows = core.fleet().volumes();
  if (cluster) std::erase_if(rows, [&](const message::VolumeRow& row) { return row.cluster != *cluster; });
  return rows;
}

message::RolloutRow rolloutRow(const Core& core, const store::RolloutRecord& rollout,
                               const std::vector<store::ChangeRecord>& changes, const fleet::Moment& moment) {
  message::RolloutRow row;
  row.id = rollout.id;
  row.cluster = rollout.cluster;
  row.from = rollout.from;
  row.to = rollout.to;
  row.state = rollout.state;
  row.reason = rollout.isUnderWay() ? core.rollouts().waitingFor(rollout.id) : rollout.reason;
  if (const auto deadline = core.rollouts().deadlineOf(rollout.id)) {
    row.deadlineMs =
        moment.wallMs + std::chrono::duration_cast<std::chrono::milliseconds>(*deadline - moment.now).count();
  }
  row.startedMs = rollout.startedMs;
  row.endedMs = rollout.endedMs;
  row.changes = static_cast<std::uint32_t>(changes.size());
  row.done =
      static_cast<std::uint32_t>(std::ranges::count(changes, message::ChangeState::done, &store::ChangeRecord::state));
  return row;
}

message::RolloutChangeRow changeRow(const Core& core, const store::ChangeRecord& change) {
  message::RolloutChangeRow row;
  row.wave = change.wave + 1;
  row.change = {change.action, change.target.name, change.target.host, change.reasons};
  row.state = change.state;
  row.startedMs = change.startedMs;
  row.endedMs = change.endedMs;
  row.status.instance = change.target.id();
  const auto* condemned = core.ledger().condemned(change.target.name);
  const auto* node = core.ledger().node(change.target.name);
  if (rollout::isInFlight(change.state) && condemned != nullptr) {
    row.status = standingOf(core, *condemned).status;
  } else if (node != nullptr && node->instance == change.target.instance) {
    row.status = core.fleet().standing(*node).status;
    if (const auto moving = core.fleet().moving(node->name)) {
      row.status.reason = fleet::inWords(*moving);
      row.status.fetched = moving->copied;
      row.status.expected = moving->total;
    }
  }
  if (change.state == message::ChangeState::failed && !change.reason.empty()) row.status.reason = change.reason;
  return row;
}

store::Result<message::ClusterRow> clusterRow(Core& core, const store::ClusterRecord& cluster) {
  message::ClusterRow row;
  row.name = cluster.name;
  row.revision = cluster.revision;
  for (const auto* node : core.ledger().nodesOf(cluster.name)) {
    ++row.nodes;
    const bool going = core.ledger().condemned(node->name) != nullptr;
    if (!going && core.fleet().standing(*node).isReady()) ++row.ready;
  }
  if (cluster.state == store::ClusterState::destroying) row.state = "destroying";
  auto read = core.store().revision(cluster.name, cluster.revision);
  if (auto* failed = std::get_if<store::Failure>(&read)) return std::move(*failed);
  if (auto& revision = std::get<std::optional<store::RevisionRecord>>(read)) {
    row.image = revision->submission.image;
    row.imageDeclared = revision->imageDeclared;
  }
  return row;
}

message::EventRow eventRow(const store::EventRecord& event) {
  return {event.sequence, event.timeMs, event.subject, event.message};
}

}  // namespace berth::server
