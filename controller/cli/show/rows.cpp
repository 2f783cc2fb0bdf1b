// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/rows.h"

#include "controller/cli/show/humanise.h"
#include "controller/cli/show/text.h"
#include "planner/image/stream.h"
#include "protocol/message/words.h"

namespace berth::show {

using message::ChangeState;
using message::HostState;
using message::LockState;
using message::Phase;
using message::RolloutState;
using message::SnapshotState;
using message::VolumeState;

namespace {

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : std::string(between)) + part;
  return out;
}

std::string deviceOf(const message::VolumeRow& volume) { return "/dev/disk/by-id/virtio-" + volume.volume.name.str(); }

std::string share(std::uint64_t part, std::uint64_t whole) {
  return std::to_string(part) + "/" + std::to_string(whole);
}

std::string share(Bytes part, Bytes whole) { return size(part) + "/" + size(whole); }

std::string lastSeen(const message::HostRow& host) {
  return host.lastSeenMs < 0 ? "never" : duration(std::chrono::milliseconds(host.lastSeenMs));
}

std::string took(const message::RolloutRow& rollout, WallTime now) {
  const std::int64_t end = rollout.endedMs == 0 ? millis(now) : rollout.endedMs;
  return duration(std::chrono::milliseconds(end - rollout.startedMs));
}

/// A cluster is shown as ready only when every one of its nodes is.
Cell stateOf(const message::ClusterRow& cluster) {
  if (!cluster.state.empty()) return {cluster.state, Tone::busy};
  if (cluster.ready == cluster.nodes) return {"ready", Tone::good};
  return {"not ready", Tone::busy};
}

constexpr auto kRight = Align::right;
constexpr auto kLeft = Align::left;

}  // namespace

std::vector<Column> columns(std::initializer_list<Column> narrow, std::initializer_list<Column> wide, Breadth breadth) {
  std::vector<Column> all(narrow);
  if (breadth == Breadth::wide) all.insert(all.end(), wide);
  return all;
}

void append(std::vector<Cell>& row, std::initializer_list<Cell> more, Breadth breadth) {
  if (breadth == Breadth::wide) row.insert(row.end(), more);
}

Tone toneOf(Phase phase) {
  switch (phase) {
    case Phase::ready: return Tone::good;
    case Phase::failed:
    case Phase::degraded: return Tone::bad;
    case Phase::pending:
    case Phase::fetching:
    case Phase::creating:
    case Phase::booting:
    case Phase::stopping: return Tone::busy;
    case Phase::stopped:
    case Phase::gone: return Tone::faint;
  }
  return Tone::plain;
}

Tone toneOf(HostState state) {
  switch (state) {
    case HostState::joined: return Tone::busy;
    case HostState::ready: return Tone::good;
    case HostState::lost: return Tone::bad;
    case HostState::cordoned:
    case HostState::draining: return Tone::busy;
  }
  return Tone::plain;
}

Tone toneOf(VolumeState state) {
  switch (state) {
    case VolumeState::awaited: return Tone::busy;
    case VolumeState::attached: return Tone::good;
    case VolumeState::orphan:
    case VolumeState::copying:
    case VolumeState::moved:
    case VolumeState::deleting: return Tone::busy;
    case VolumeState::missing:
    case VolumeState::stranger: return Tone::bad;
  }
  return Tone::plain;
}

Tone toneOf(SnapshotState state) {
  switch (state) {
    case SnapshotState::made: return Tone::good;
    case SnapshotState::awaited:
    case SnapshotState::deleting: return Tone::busy;
    case SnapshotState::missing:
    case SnapshotState::stranger: return Tone::bad;
  }
  return Tone::plain;
}

Tone toneOf(LockState state) {
  switch (state) {
    case LockState::waiting: return Tone::plain;
    case LockState::granted:
    case LockState::rebooting:
    case LockState::back: return Tone::busy;
  }
  return Tone::plain;
}

Tone toneOf(RolloutState state) {
  switch (state) {
    case RolloutState::running:
    case RolloutState::paused:
    case RolloutState::reverting: return Tone::busy;
    case RolloutState::failed:
    case RolloutState::reverted: return Tone::bad;
    case RolloutState::done: return Tone::good;
    case RolloutState::superseded:
    case RolloutState::aborted: return Tone::faint;
  }
  return Tone::plain;
}

Tone toneOf(ChangeState state) {
  switch (state) {
    case ChangeState::waiting: return Tone::faint;
    case ChangeState::stopping:
    case ChangeState::copying:
    case ChangeState::starting: return Tone::busy;
    case ChangeState::done: return Tone::good;
    case ChangeState::failed: return Tone::bad;
  }
  return Tone::plain;
}

std::string nameOf(const message::VolumeRow& volume) { return volume.node.str() + "/" + volume.volume.name.str(); }

std::string nameOf(const Snapshot& snapshot) { return nameOf(snapshot.of) + "@" + snapshot.row.name.str(); }

std::string revisions(Revision from, Revision to) {
  return (from.value() == 0 ? "new" : std::to_string(from.value())) + " → " + std::to_string(to.value());
}

std::string pairs(const std::map<std::string, std::string>& labels) {
  std::string out;
  for (const auto& [key, value] : labels) {
    out += out.empty() ? "" : ", ";
    out += key;
    out += "=";
    out += value;
  }
  return out;
}

std::string reasonOf(const message::InstanceStatus& status) {
  if (const std::string trouble = message::troubleOf(status.tools); status.phase == Phase::ready && !trouble.empty())
    return trouble;
  if (status.phase != Phase::fetching || status.fetched == 0) {
    const std::string pending = joined(status.pending, ", ");
    return status.reason.empty() || pending.empty() ? status.reason + pending : status.reason + "; " + pending;
  }
  std::string progress = size(Bytes(status.fetched));
  if (status.expected > 0) progress += " of " + size(Bytes(status.expected));
  return status.reason.empty() ? progress : progress + ", " + status.reason;
}

Cell phaseCell(const message::NodeRow& node) {
  if (!node.known) return {"unknown", Tone::bad};
  return {std::string(toString(node.status.phase)), toneOf(node.status.phase)};
}

Cell updateCell(const message::NodeRow& node) {
  if (!node.lock) return {};
  const std::string reason = node.lockReason.empty() ? "" : ": " + oneLine(node.lockReason);
  return {std::string(toString(*node.lock)) + reason, toneOf(*node.lock)};
}

std::string drainOf(const message::HostRow& host) {
  if (!host.drain) return {};
  return count(host.drain->left, "node") + " to go" + (host.drain->halted ? ", halted: " : ": ") +
         oneLine(host.drain->waitingFor);
}

Table hostTable(const std::vector<message::HostRow>& hosts, Breadth breadth) {
  Table table(columns({{"HOST"},
                       {"STATE"},
                       {"NODES", kRight},
                       {"VCPUS", kRight},
                       {"MEMORY", kRight},
                       {"SEEN", kRight},
                       {"CONDITION", kLeft, Fit::cut}},
                      {{"ZONE"},
                       {"DISK", kRight},
                       {"VOLUMES", kRight},
                       {"VOLUME POOL"},
                       {"KVM"},
                       {"AGENT"},
                       {"GENERATION"},
                       {"LABELS"}},
                      breadth));
  for (const message::HostRow& host : hosts) {
    const std::string troubles = joined(host.conditions, "; ");
    std::vector<Cell> row = {{host.name.str()},
                             {std::string(toString(host.state)), toneOf(host.state)},
                             {std::to_string(host.nodes)},
                             {share(host.reserved.vcpus, host.capacity.vcpus)},
                             {share(host.reserved.memory, host.capacity.memory)},
                             {lastSeen(host)},
                             troubles.empty() ? Cell{drainOf(host), toneOf(host.state)} : Cell{troubles, Tone::bad}};
    append(row,
           {{host.zone},
            {share(host.reserved.disk, host.capacity.disk)},
            {host.capacity.volumes == Bytes() ? std::string() : share(host.reserved.volumes, host.capacity.volumes)},
            {host.volumePool},
            {host.kvm ? "yes" : "no"},
            {host.agentVersion},
            {share(host.reached.value(), host.desired.value())},
            {pairs(host.labels)}},
           breadth);
    table.add(std::move(row));
  }
  return table;
}

Table nodeTable(const std::vector<message::NodeRow>& nodes, Breadth breadth, WallTime now) {
  Table table(columns({{"NODE"}, {"HOST"}, {"PHASE"}, {"SINCE", kRight}, {"ADDRESS"}, {"REASON", kLeft, Fit::cut}},
                      {{"CLUSTER"},
                       {"POOL"},
                       {"INCARNATION", kRight},
                       {"REVISION", kRight},
                       {"RESTARTS", kRight},
                       {"VCPUS", kRight},
                       {"MEMORY", kRight},
                       {"DISK", kRight},
                       {"MAC"},
                       {"IMAGE"},
                       {"STREAM"},
                       {"RELEASE"},
                       {"STAGED"},
                       {"UPDATE"}},
                      breadth));
  for (const message::NodeRow& node : nodes) {
    const std::string lost = "last known: " + std::string(toString(node.status.phase));
    std::vector<Cell> row = {{node.name.str()}, {node.host.str()},
                             phaseCell(node),   {age(node.status.sinceMs, now)},
                             {node.address},    {node.known ? reasonOf(node.status) : lost}};
    append(row,
           {{node.cluster.str()},
            {node.pool.str()},
            {std::to_string(node.incarnation.value())},
            {std::to_string(node.revision.value())},
            {std::to_string(node.status.restarts)},
            {std::to_string(node.vcpus)},
            {size(node.memory)},
            {size(node.disk)},
            {node.mac},
            {node.image},
            {image::streamOfVersion(node.status.os.running).value_or("")},
            {node.status.os.running},
            {node.status.os.staged},
            updateCell(node)},
           breadth);
    table.add(std::move(row));
  }
  return table;
}

/// "copying 3.1GiB of 50GiB from vh1", "moved to vh2": of one that is on its way, how far it is.
static std::string stateOf(const message::VolumeRow& volume) {
  std::string text(toString(volume.state));
  if (volume.state == VolumeState::moved) return text + " to " + volume.peer.str();
  if (volume.state != VolumeState::copying) return text;
  const bool compares = volume.total != 0 && volume.copied >= volume.total;
  if (compares) text = "comparing";
  if (volume.total != 0)
    text += " " + size(Bytes(compares ? volume.compared : volume.copied)) + " of " + size(Bytes(volume.total));
  return text + (compares ? " with " : " from ") + volume.peer.str();
}

Table volumeTable(const std::vector<message::VolumeRow>& volumes, Breadth breadth) {
  Table table(columns({{"NODE"}, {"VOLUME"}, {"HOST"}, {"SIZE", kRight}, {"STATE"}, {"KEEP"}},
                      {{"CLUSTER"}, {"THERE", kRight}, {"DEVICE"}}, breadth));
  for (const message::VolumeRow& volume : volumes) {
    std::vector<Cell> row = {
        {volume.node.str()},
        {volume.volume.name.str()},
        {volume.host.str()},
        {size(volume.volume.size)},
        volume.restoring.empty() ? Cell{stateOf(volume), toneOf(volume.state)} : Cell{"restoring", Tone::busy},
        {volume.volume.keep ? "yes" : "no"}};
    append(
        row,
        {{volume.cluster.str()}, {volume.actual == Bytes() ? std::string() : size(volume.actual)}, {deviceOf(volume)}},
        breadth);
    table.add(std::move(row));
  }
  return table;
}

Table lockTable(const std::vector<message::LockRow>& locks, Breadth breadth, WallTime now) {
  Table table(columns({{"NODE"}, {"HOST"}, {"STATE"}, {"SINCE", kRight}, {"REASON", kLeft, Fit::cut}},
                      {{"CLUSTER"}, {"POOL"}, {"GROUP"}}, breadth));
  for (const message::LockRow& lock : locks) {
    std::vector<Cell> row = {{lock.node.str()},
                             {lock.host.str()},
                             {std::string(toString(lock.state)), toneOf(lock.state)},
                             {age(lock.sinceMs, now)},
                             {oneLine(lock.reason)}};
    append(row, {{lock.cluster.str()}, {lock.pool.str()}, {oneLine(lock.group)}}, breadth);
    table.add(std::move(row));
  }
  return table;
}

std::vector<Snapshot> snapshotsOf(const std::vector<message::VolumeRow>& volumes) {
  std::vector<Snapshot> all;
  for (const message::VolumeRow& volume : volumes)
    for (const message::SnapshotRow& row : volume.snapshots) all.push_back({volume, row});
  return all;
}

Table snapshotTable(const std::vector<Snapshot>& snapshots, WallTime now) {
  Table table({{"VOLUME"}, {"SNAPSHOT"}, {"HOST"}, {"AGE", kRight}, {"SIZE", kRight}, {"USED", kRight}, {"STATE"}});
  for (const Snapshot& each : snapshots) {
    table.add({{nameOf(each.of)},
               {each.row.name.str()},
               {each.of.host.str()},
               {age(each.row.takenMs, now)},
               {size(each.row.size)},
               {each.row.used == Bytes() ? std::string("-") : size(each.row.used)},
               {std::string(toString(each.row.state)), toneOf(each.row.state)}});
  }
  return table;
}

Table clusterTable(const std::vector<message::ClusterRow>& clusters, Breadth breadth) {
  Table table(columns({{"CLUSTER"}, {"STATE"}, {"READY", kRight}, {"REVISION", kRight}},
                      {{"IMAGE"}, {"DECLARED"}, {"DIGEST"}}, breadth));
  for (const message::ClusterRow& cluster : clusters) {
    std::vector<Cell> row = {{cluster.name.str()},
                             stateOf(cluster),
                             {share(cluster.ready, cluster.nodes)},
                             {std::to_string(cluster.revision.value())}};
    const bool known = cluster.image.contentDigest || cluster.image.packedDigest;
    append(row,
           {{cluster.image.label}, {cluster.imageDeclared}, {known ? cluster.image.id().shortHex() : std::string()}},
           breadth);
    table.add(std::move(row));
  }
  return table;
}

Table rolloutTable(const std::vector<message::RolloutRow>& rollouts, Breadth breadth, WallTime now) {
  Table table(columns({{"ROLLOUT", kRight},
                       {"CLUSTER"},
                       {"REVISION"},
                       {"STATE"},
                       {"DONE", kRight},
                       {"BEGAN", kRight},
                       {"TOOK", kRight},
                       {"REASON", kLeft, Fit::cut}},
                      {{"STARTED"}, {"ENDED"}}, breadth));
  for (const message::RolloutRow& rollout : rollouts) {
    std::vector<Cell> row = {{std::to_string(rollout.id.value())},
                             {rollout.cluster.str()},
                             {revisions(rollout.from, rollout.to)},
                             {std::string(toString(rollout.state)), toneOf(rollout.state)},
                             {share(rollout.done, rollout.changes)},
                             {age(rollout.startedMs, now)},
                             {took(rollout, now)},
                             {rollout.reason}};
    append(row, {{timestamp(rollout.startedMs)}, {timestamp(rollout.endedMs)}}, breadth);
    table.add(std::move(row));
  }
  return table;
}

Table eventTable(const std::vector<message::EventRow>& events, Breadth breadth, WallTime now) {
  if (breadth == Breadth::wide) {
    Table table({{"EVENT", kRight}, {"TIME"}, {"SUBJECT"}, {"MESSAGE", kLeft, Fit::cut}});
    for (const message::EventRow& event : events) {
      table.add(
          {{std::to_string(event.sequence.value())}, {timestamp(event.timeMs)}, {event.subject}, {event.message}});
    }
    return table;
  }
  Table table({{"AGE", kRight}, {"SUBJECT"}, {"MESSAGE", kLeft, Fit::cut}});
  for (const message::EventRow& event : events) table.add({{age(event.timeMs, now)}, {event.subject}, {event.message}});
  return table;
}

Table secretTable(const std::vector<message::SecretRow>& secrets, Breadth breadth, WallTime now) {
  Table table(columns({{"SECRET"}, {"KIND"}, {"VERSION", kRight}, {"STATE"}, {"AGE", kRight}, {"BY"}, {"VALID UNTIL"}},
                      {{"NODE"}, {"MADE"}}, breadth));
  for (const message::SecretRow& secret : secrets) {
    const bool hasEnded = secret.expiresMs != 0 && secret.expiresMs < millis(now);
    std::vector<Cell> row = {{secret.name.str()},
                             {std::string(toString(secret.kind))},
                             {std::to_string(secret.version)},
                             {secret.inForce ? "in force" : "waiting", secret.inForce ? Tone::plain : Tone::busy},
                             {age(secret.madeMs, now)},
                             {secret.by.str()},
                             {timestamp(secret.expiresMs), hasEnded ? Tone::bad : Tone::plain}};
    append(row, {{secret.node.str()}, {timestamp(secret.madeMs)}}, breadth);
    table.add(std::move(row));
  }
  return table;
}

Table operatorTable(const std::vector<message::OperatorRow>& operators) {
  Table table({{"USER"}, {"ROLE"}, {"PUBLIC KEY"}});
  for (const message::OperatorRow& row : operators) {
    table.add({{row.name.str()}, {std::string(toString(row.role))}, {row.publicKey}});
  }
  return table;
}

Table changeTable(const std::vector<message::RolloutChangeRow>& changes, WallTime now) {
  Table table(
      {{"WAVE", kRight}, {"NODE"}, {"ACTION"}, {"HOST"}, {"STATE"}, {"TOOK", kRight}, {"REASON", kLeft, Fit::cut}});
  for (const message::RolloutChangeRow& change : changes) {
    const std::int64_t end = change.endedMs == 0 ? millis(now) : change.endedMs;
    const std::string span = change.startedMs == 0 ? "" : duration(std::chrono::milliseconds(end - change.startedMs));
    table.add({{std::to_string(change.wave)},
               {change.change.node.str()},
               {std::string(toString(change.change.action))},
               {change.change.host.str()},
               {std::string(toString(change.state)), toneOf(change.state)},
               {span},
               {reasonOf(change.status)}});
  }
  return table;
}

}  // namespace berth::show
