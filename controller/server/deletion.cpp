// SPDX-License-Identifier: Apache-2.0
#include "controller/server/deletion.h"

#include <algorithm>
#include <charconv>

#include "controller/server/convert.h"
#include "controller/server/revisions.h"
#include "planner/change/protect.h"
#include "planner/source/diagnostic.h"
#include "planner/spec/parse.h"

namespace berth::server {

using message::VolumeRow;
using message::VolumeState;
using message::reply::Error;
using message::reply::ErrorCode;

namespace {

using Which = message::request::DeleteVolumes::Which;

std::string nameOf(const Which& which) { return which.node.str() + "/" + which.volume.str(); }
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
    const auto* host = ledger().host(row.host);
    if (host == nullptr || host->ahead) {
      return refused(ErrorCode::unavailable,
                     "host " + row.host.str() + " has seen more than the controller's store: nothing is deleted there",
                     "see: berth describe host " + row.host.str());
    }
    if (auto why = inUse(row)) return why;
    if (auto why = underWay(row)) return why;
    return declared(row);
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
    return conflict("node " + row.node.str() + " is being removed from host " + row.host.str() + " and has volume " +
                        row.volume.name.str() + " until it is gone",
                    "try again when it is; see: berth get nodes");
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
    const auto& sent = std::get<message::Submission>(submission);
    const source::BundleFiles files(toPlanner(sent.files));
    const auto parsed = spec::parse(sent.specPath, files, toPlanner(sent.variables));
    const std::string revision =
        "revision " + std::to_string(cluster->revision.value()) + " of cluster " + row.cluster.str();
    if (!parsed.spec) {
      return conflict(
          "whether " + revision + " needs volume " + nameOf(row) + " cannot be told: its spec does not read",
          "apply a spec that does, or destroy the cluster");
    }
    for (const spec::Pool& pool : parsed.spec->pools) {
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

}  // namespace

std::optional<Error> deleteVolumes(Core& core, const message::request::DeleteVolumes& asked, const std::string& by,
                                   const fleet::Moment& moment) {
  if (asked.volumes.empty()) return refused(ErrorCode::invalid, "no volume is named", "see: berth get volumes");
  const auto rows = core.fleet().volumes();
  std::vector<VolumeRow> meant;
  Judge judge(core);
  for (const Which& which : asked.volumes) {
    auto found = find(rows, which);
    if (auto* error = std::get_if<Error>(&found)) return std::move(*error);
    auto& row = std::get<VolumeRow>(found);
    if (row.state == VolumeState::deleting) continue;
    if (auto why = judge.objection(row)) return why;
    meant.push_back(std::move(row));
  }
  for (const VolumeRow& row : meant) {
    core.ledger().condemn(store::VolumeRecord{row.host, row.cluster, row.node, row.volume});
    core.ledger().record(moment, "volume " + nameOf(row), "is to be deleted from " + row.host.str() + ", by " + by);
  }
  return std::nullopt;
}

}  // namespace berth::server
