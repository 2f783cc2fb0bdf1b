// SPDX-License-Identifier: Apache-2.0
#include "controller/server/volume_orders.h"

#include <algorithm>
#include <charconv>

#include "controller/server/revisions.h"
#include "planner/change/protect.h"
#include "planner/source/diagnostic.h"
#include "protocol/message/limits.h"
#include "protocol/message/words.h"

namespace berth::server {

using message::SnapshotRow;
using message::SnapshotState;
using message::VolumeRow;
using message::VolumeState;
using message::reply::Error;
using message::reply::ErrorCode;

namespace {

using Which = message::request::VolumeChoice;

std::string nameOf(const Which& which) {
  return which.node.str() + "/" + which.volume.str() + (which.snapshot.empty() ? "" : "@" + which.snapshot.str());
}
std::string nameOf(const VolumeRow& row) { return row.node.str() + "/" + row.volume.name.str(); }

Error refused(ErrorCode code, std::string message, std::string hint) {
  return {code, std::move(message), std::move(hint), {}};
}
Error conflict(std::string message, std::string hint) {
  return refused(ErrorCode::conflict, std::move(message), std::move(hint));
}

/// The one row that is meant.
std::variant<VolumeRow, Error> find(const std::vector<VolumeRow>& rows, const Which& which) {
  std::vector<const VolumeRow*> found;
  std::vector<std::string> names;
  for (const VolumeRow& row : rows) {
    names.push_back(nameOf(row));
    const bool isIt = row.node == which.node && row.volume.name == which.volume;
    if (isIt && (!which.host || row.host == *which.host)) found.push_back(&row);
  }
  if (found.size() == 1) return *found.front();
  if (found.empty()) {
    const auto near = source::nearest(nameOf(which), names);
    return refused(ErrorCode::notFound,
                   "there is no volume " + nameOf(which) + (which.host ? " on host " + which.host->str() : ""),
                   near && *near != nameOf(which) ? "did you mean " + *near + "?" : "see: berth get volumes");
  }
  std::string hosts;
  for (const VolumeRow* row : found) hosts += (hosts.empty() ? "" : " and ") + row->host.str();
  return conflict("there is a volume " + nameOf(which) + " on " + hosts, "say which one: --host HOST");
}

/// Of a node that has the name of one of this pool.
std::optional<std::uint32_t> indexIn(const ClusterName& cluster, const PoolName& pool, const NodeName& node) {
  const std::string& name = node.str();
  const std::size_t dash = name.rfind('-');
  std::uint32_t index = 0;
  const char* const end = name.data() + name.size();
  if (dash == std::string::npos) return std::nullopt;
  const auto [stop, error] = std::from_chars(name.data() + dash + 1, end, index);
  if (error != std::errc() || stop != end || spec::nodeName(cluster, pool, index) != node) return std::nullopt;
  return index;
}

class Judge {
public:
  explicit Judge(Core& core) : core_(core) {}

  /// Why it may not be deleted; empty when it may.
  [[nodiscard]] std::optional<Error> objection(const VolumeRow& row) {
    if (auto why = ahead(row)) return why;
    if (auto why = inUse(row)) return why;
    if (auto why = underWay(row)) return why;
    if (auto why = fallback(row)) return why;
    return declared(row);
  }

  /// Why nothing at all may be done with it.
  [[nodiscard]] std::optional<Error> ahead(const VolumeRow& row) const {
    const auto* host = ledger().host(row.host);
    if (host != nullptr && !host->ahead) return std::nullopt;
    return refused(ErrorCode::unavailable,
                   "host " + row.host.str() + " has seen more than the controller's store: nothing is changed there",
                   "see: berth describe host " + row.host.str());
  }

  /// Why it may not be overwritten.
  [[nodiscard]] std::optional<Error> objectionToRestore(const VolumeRow& row) const {
    if (auto why = ahead(row)) return why;
    if (auto why = underWay(row)) return why;
    const auto* node = ledger().node(row.node);
    if (node == nullptr || node->host != row.host) return ledger().condemned(row.node) ? inUse(row) : std::nullopt;
    const auto standing = core_.fleet().standing(*node);
    const bool isOff = standing.known && standing.status.phase == message::Phase::stopped;
    if (node->power == message::Power::off && isOff) return std::nullopt;
    return conflict("node " + row.node.str() + " is not stopped", "stop it first: berth stop " + row.node.str());
  }

private:
  [[nodiscard]] const fleet::Ledger& ledger() const { return core_.ledger(); }

  [[nodiscard]] std::optional<Error> inUse(const VolumeRow& row) const {
    const auto* record = ledger().volume({row.node, row.volume.name, row.host});
    if (record == nullptr || !ledger().isInUse(*record)) return std::nullopt;
    if (const auto* node = ledger().node(row.node); node != nullptr && node->host == row.host) {
      return conflict(
          "node " + row.node.str() + " has volume " + row.volume.name.str(),
          "take the volume or the node out of the spec and apply it, or: berth destroy " + row.cluster.str());
    }
    if (!ledger().incomingOf(row.node).empty())
      return conflict(
          "volume " + nameOf(row) + " is being copied from host " + row.host.str() + " to where its node is",
          "it is deleted here when its node is ready there; see: berth get volumes");
    return conflict("node " + row.node.str() + " is being removed from host " + row.host.str() + " and has volume " +
                        row.volume.name.str() + " until it is gone",
                    "try again when it is; see: berth get nodes");
  }

  /// I2: what was left behind is the only good one until the node has been up with its copy; then it goes by itself.
  [[nodiscard]] std::optional<Error> fallback(const VolumeRow& row) const {
    const auto* record = ledger().volume({row.node, row.volume.name, row.host});
    const auto* node = ledger().node(row.node);
    if (record == nullptr || !record->movedTo || node == nullptr) return std::nullopt;
    const bool hasIt =
        std::ranges::any_of(node->volumes, [&](const auto& each) { return each.name == row.volume.name; });
    if (!hasIt) return std::nullopt;
    return conflict("volume " + nameOf(row) + " was copied to host " + record->movedTo->str() + ", and node " +
                        row.node.str() + " has not been ready with the copy yet",
                    "it is deleted from host " + row.host.str() +
                        " when the node is ready there; or take the volume or the node out of the spec and apply it");
  }

  /// A rollout may yet make the node, or go back to where it was.
  [[nodiscard]] std::optional<Error> underWay(const VolumeRow& row) const {
    const auto toRevert = core_.rollouts().toRevert();
    const bool reverts = std::ranges::find(toRevert, row.cluster, &store::RolloutRecord::cluster) != toRevert.end();
    if (core_.rollouts().running(row.cluster) == nullptr && !reverts) return std::nullopt;
    return conflict("a rollout of cluster " + row.cluster.str() + " is under way, and may want volume " + nameOf(row),
                    "wait for its end: berth rollout status " + row.cluster.str() + " --watch");
  }

  [[nodiscard]] std::optional<Error> declared(const VolumeRow& row) {
    const auto* cluster = ledger().cluster(row.cluster);
    if (cluster == nullptr) return std::nullopt;
    auto submission = submissionOf(core_, row.cluster, {});
    if (auto* error = std::get_if<Error>(&submission)) return std::move(*error);
    const auto spec = specOf(std::get<message::Submission>(submission));
    const std::string revision =
        "revision " + std::to_string(cluster->revision.value()) + " of cluster " + row.cluster.str();
    if (!spec) {
      return conflict(
          "whether " + revision + " needs volume " + nameOf(row) + " cannot be told: its spec does not read",
          "apply a spec that does, or destroy the cluster");
    }
    for (const spec::Pool& pool : spec->pools) {
      const auto index = indexIn(row.cluster, *pool.name, row.node);
      if (!index || *index >= *pool.count) continue;
      if (std::ranges::none_of(pool.volumes, [&](const auto& each) { return *each.name == row.volume.name; })) continue;
      return conflict(
          revision + " declares volume " + row.volume.name.str() + " of node " + row.node.str(),
          "take the volume or the node out of the spec and apply it, or: berth destroy " + row.cluster.str());
    }
    return protectedBy(row, cluster->protections);
  }

  /// What was protected stays so, even when the lines that said it are gone.
  [[nodiscard]] static std::optional<Error> protectedBy(const VolumeRow& row, const change::Protections& protections) {
    for (const auto& each : protections) {
      const std::size_t at = each.first.find("pool ");
      const auto pool = at == std::string::npos ? std::nullopt : PoolName::parse(each.first.substr(at + 5));
      if (!pool || !indexIn(row.cluster, *pool, row.node)) continue;
      if (at != 0 && !each.first.starts_with("volume " + row.volume.name.str() + " of ")) continue;
      return conflict("volume " + nameOf(row) + " may not be deleted: " + change::inWords(each),
                      "to take that back, first apply a spec that has it and says protect: false");
    }
    return std::nullopt;
  }

  Core& core_;
};

const SnapshotRow* snapshotOf(const VolumeRow& row, const message::SnapshotName& name) {
  const auto found = std::ranges::find(row.snapshots, name, &SnapshotRow::name);
  return found == row.snapshots.end() ? nullptr : &*found;
}

Error noSuchSnapshot(const VolumeRow& row, const Which& which) {
  std::vector<std::string> names;
  for (const SnapshotRow& each : row.snapshots) names.push_back(each.name.str());
  const auto near = source::nearest(which.snapshot.str(), names);
  return refused(ErrorCode::notFound, "there is no snapshot " + nameOf(which),
                 near ? "did you mean " + nameOf(row) + "@" + *near + "?" : "see: berth volume snapshots");
}

/// An order about this volume that is still to be carried out.
std::optional<Error> underOrder(const VolumeRow& row) {
  std::string what;
  if (row.state == VolumeState::deleting) what = "is being deleted";
  if (row.state == VolumeState::copying) what = "is on its way from host " + row.peer.str();
  if (row.state == VolumeState::moved) what = "is on host " + row.peer.str() + " by now";
  if (!row.restoring.empty()) what = "is being restored from " + row.restoring.str();
  for (const SnapshotRow& each : row.snapshots) {
    if (each.state == SnapshotState::awaited) what = "is being copied to snapshot " + each.name.str();
    if (each.state == SnapshotState::deleting) what = "has a snapshot that is being deleted, " + each.name.str();
  }
  if (what.empty()) return std::nullopt;
  return conflict("volume " + nameOf(row) + " " + what, "try again when that is done; see: berth volume snapshots");
}

bool isNamed(const std::vector<Which>& volumes, const VolumeRow& row, const message::SnapshotName& snapshot) {
  return std::ranges::any_of(volumes, [&](const Which& which) {
    return which.node == row.node && which.volume == row.volume.name && which.snapshot == snapshot;
  });
}

/// Snapshots are of no use to anybody who does not know whose they were, so they go first, or with it.
std::optional<Error> leftBehind(const VolumeRow& row, const std::vector<Which>& volumes) {
  for (const SnapshotRow& each : row.snapshots) {
    if (each.state == SnapshotState::deleting || isNamed(volumes, row, each.name)) continue;
    const std::string name = nameOf(row) + "@" + each.name.str();
    return conflict("volume " + nameOf(row) + " has snapshot " + each.name.str(),
                    "delete it with the volume: berth volume delete " + nameOf(row) + " " + name);
  }
  return std::nullopt;
}

store::SnapshotRecord recordOf(const VolumeRow& row, const message::SnapshotName& name, Bytes size) {
  return {row.host, row.cluster, row.node, row.volume.name, name, size, Generation()};
}

struct Meant {
  VolumeRow row;
  /// Of a snapshot; null for the volume itself.
  std::optional<SnapshotRow> snapshot;
};

/// What is to be deleted by this name; nothing when that is under way already.
std::variant<std::optional<Meant>, Error> deletable(Judge& judge, const std::vector<VolumeRow>& rows,
                                                    const std::vector<Which>& all, const Which& which) {
  auto found = find(rows, which);
  if (auto* error = std::get_if<Error>(&found)) return std::move(*error);
  auto& row = std::get<VolumeRow>(found);
  if (which.snapshot.empty()) {
    if (row.state == VolumeState::deleting) return std::optional<Meant>();
    if (auto why = judge.objection(row)) return *std::move(why);
    if (auto why = leftBehind(row, all)) return *std::move(why);
    return Meant{std::move(row), {}};
  }
  const SnapshotRow* snapshot = snapshotOf(row, which.snapshot);
  if (snapshot == nullptr) return noSuchSnapshot(row, which);
  if (snapshot->state == SnapshotState::deleting) return std::optional<Meant>();
  if (auto why = judge.ahead(row)) return *std::move(why);
  // One that is not made yet is thereby taken back.
  if (row.restoring == which.snapshot && !isNamed(all, row, {})) return *underOrder(row);
  SnapshotRow copy = *snapshot;
  return Meant{std::move(row), std::move(copy)};
}

void condemn(fleet::Ledger& ledger, const Meant& meant) {
  const VolumeRow& row = meant.row;
  if (!meant.snapshot) return ledger.condemn(store::VolumeRecord{row.host, row.cluster, row.node, row.volume});
  const auto* known = ledger.snapshot({{row.node, row.volume.name, row.host}, meant.snapshot->name});
  ledger.condemn(known != nullptr ? *known : recordOf(row, meant.snapshot->name, meant.snapshot->size));
}

}  // namespace

std::optional<Error> deleteVolumes(Core& core, const message::request::DeleteVolumes& asked, const std::string& by,
                                   const fleet::Moment& moment) {
  if (asked.volumes.empty()) return refused(ErrorCode::invalid, "no volume is named", "see: berth get volumes");
  const auto rows = core.fleet().volumes();
  std::vector<Meant> meant;
  Judge judge(core);
  for (const Which& which : asked.volumes) {
    auto found = deletable(judge, rows, asked.volumes, which);
    if (auto* error = std::get_if<Error>(&found)) return std::move(*error);
    if (auto& one = std::get<std::optional<Meant>>(found)) meant.push_back(*std::move(one));
  }
  for (const Meant& each : meant) {
    condemn(core.ledger(), each);
    core.ledger().record(moment, "volume " + nameOf(each.row),
                         (each.snapshot ? "snapshot " + each.snapshot->name.str() + " is" : std::string("is")) +
                             " to be deleted from " + each.row.host.str() + ", by " + by);
  }
  return std::nullopt;
}

std::optional<Error> snapshotVolume(Core& core, const Which& what, const std::string& by, const fleet::Moment& moment) {
  const auto rows = core.fleet().volumes();
  auto found = find(rows, {what.node, what.volume, what.host, {}});
  if (auto* error = std::get_if<Error>(&found)) return std::move(*error);
  const auto& row = std::get<VolumeRow>(found);
  if (what.snapshot.empty()) return refused(ErrorCode::invalid, "the snapshot has no name", "give it one: --name NAME");
  if (auto why = Judge(core).ahead(row)) return why;
  if (snapshotOf(row, what.snapshot) != nullptr)
    return conflict("there is a snapshot " + nameOf(what) + " already", "give this one another name: --name NAME");
  if (auto why = underOrder(row)) return why;
  if (row.state != VolumeState::attached && row.state != VolumeState::orphan)
    return conflict("volume " + nameOf(row) + " is " + std::string(message::toString(row.state)) +
                        ": there is nothing that could be copied",
                    "see: berth get volumes");
  if (row.snapshots.size() >= message::kMaxSnapshots)
    return conflict("volume " + nameOf(row) + " has " + std::to_string(row.snapshots.size()) + " snapshots already",
                    "delete some that nobody needs: berth volume snapshots " + nameOf(row));
  const Bytes size = std::max(row.volume.size, row.actual);
  message::Capacity capacity = core.ledger().host(row.host)->capacity;
  message::Capacity reserved = core.rollouts().reserved(row.host);
  const Bytes has = volumesIn(capacity, capacity);
  const Bytes taken = volumesIn(reserved, capacity);
  if (taken + size > has) {
    return conflict("host " + row.host.str() + " has no room for another " + size.str() + ": " + taken.str() + " of " +
                        has.str() + " are taken",
                    "a snapshot may grow to the size of its volume; delete what nobody needs: berth volume snapshots");
  }
  core.ledger().take(recordOf(row, what.snapshot, size));
  core.ledger().record(moment, "volume " + nameOf(row), "snapshot " + what.snapshot.str() + " is to be made, by " + by);
  return std::nullopt;
}

std::optional<Error> restoreVolume(Core& core, const Which& what, const std::string& by, const fleet::Moment& moment) {
  const auto rows = core.fleet().volumes();
  auto found = find(rows, {what.node, what.volume, what.host, {}});
  if (auto* error = std::get_if<Error>(&found)) return std::move(*error);
  const auto& row = std::get<VolumeRow>(found);
  const SnapshotRow* snapshot = snapshotOf(row, what.snapshot);
  if (snapshot == nullptr) return noSuchSnapshot(row, what);
  if (auto why = underOrder(row)) return why;
  if (snapshot->state != SnapshotState::made)
    return conflict("snapshot " + nameOf(what) + " is " + std::string(message::toString(snapshot->state)),
                    "see: berth volume snapshots " + nameOf(row));
  if (auto why = Judge(core).objectionToRestore(row)) return why;
  const fleet::Ledger::VolumeKey key{row.node, row.volume.name, row.host};
  if (core.ledger().volume(key) == nullptr)
    return conflict("the controller never asked for volume " + nameOf(row), "see: berth get volumes");
  core.ledger().restore(key, what.snapshot);
  core.ledger().record(moment, "volume " + nameOf(row), "is to be restored from " + what.snapshot.str() + ", by " + by);
  return std::nullopt;
}

}  // namespace berth::server
