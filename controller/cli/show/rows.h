// SPDX-License-Identifier: Apache-2.0
//
// What `berth get` prints: one table per kind of thing. The narrow ones fit 80 columns with names of usual length;
// `-o wide` has all columns.
#pragma once

#include <initializer_list>
#include <vector>

#include "controller/cli/show/table.h"
#include "protocol/message/operator.h"
#include "words/clock.h"

namespace berth::show {

enum class Breadth { narrow, wide };

/// Those of a narrow table, and behind them those that only a wide one has; append() does the same for a row.
[[nodiscard]] std::vector<Column> columns(std::initializer_list<Column> narrow, std::initializer_list<Column> wide,
                                          Breadth breadth);
void append(std::vector<Cell>& row, std::initializer_list<Cell> more, Breadth breadth);

[[nodiscard]] Table hostTable(const std::vector<message::HostRow>& hosts, Breadth breadth);
[[nodiscard]] Table nodeTable(const std::vector<message::NodeRow>& nodes, Breadth breadth, WallTime now);
[[nodiscard]] Table volumeTable(const std::vector<message::VolumeRow>& volumes, Breadth breadth);
[[nodiscard]] Table lockTable(const std::vector<message::LockRow>& locks, Breadth breadth, WallTime now);
/// A snapshot with the volume that it is of.
struct Snapshot {
  message::VolumeRow of;
  message::SnapshotRow row;
};
[[nodiscard]] std::vector<Snapshot> snapshotsOf(const std::vector<message::VolumeRow>& volumes);
[[nodiscard]] Table snapshotTable(const std::vector<Snapshot>& snapshots, WallTime now);
[[nodiscard]] Table clusterTable(const std::vector<message::ClusterRow>& clusters, Breadth breadth);
[[nodiscard]] Table rolloutTable(const std::vector<message::RolloutRow>& rollouts, Breadth breadth, WallTime now);
[[nodiscard]] Table eventTable(const std::vector<message::EventRow>& events, Breadth breadth, WallTime now);
[[nodiscard]] Table secretTable(const std::vector<message::SecretRow>& secrets, Breadth breadth, WallTime now);
[[nodiscard]] Table operatorTable(const std::vector<message::OperatorRow>& operators);
[[nodiscard]] Table changeTable(const std::vector<message::RolloutChangeRow>& changes, WallTime now);

/// The phase as a person should take it: the last one known of a lost host's node is shown as unknown.
[[nodiscard]] Cell phaseCell(const message::NodeRow& node);
/// How far it is with a reboot into a new release, and what holds that up: "waiting: budget: prod-client-3 is down (1
/// of 1)"; empty where it has asked for none.
[[nodiscard]] Cell updateCell(const message::NodeRow& node);
/// The reason, and while fetching how far that is.
[[nodiscard]] std::string reasonOf(const message::InstanceStatus& status);
/// "2 nodes to go: prod-web-1 on vh2: booting"; empty for a host that is not being emptied.
[[nodiscard]] std::string drainOf(const message::HostRow& host);
[[nodiscard]] Tone toneOf(message::Phase phase);
[[nodiscard]] Tone toneOf(message::HostState state);
[[nodiscard]] Tone toneOf(message::VolumeState state);
[[nodiscard]] Tone toneOf(message::SnapshotState state);
[[nodiscard]] Tone toneOf(message::LockState state);
[[nodiscard]] Tone toneOf(message::RolloutState state);
[[nodiscard]] Tone toneOf(message::ChangeState state);

/// "prod-server-0/data"
[[nodiscard]] std::string nameOf(const message::VolumeRow& volume);
/// "prod-server-0/data@before"
[[nodiscard]] std::string nameOf(const Snapshot& snapshot);
/// "1 → 2", or "new → 1".
[[nodiscard]] std::string revisions(Revision from, Revision to);
/// "zone=a, disk=ssd"
[[nodiscard]] std::string pairs(const std::map<std::string, std::string>& labels);

}  // namespace berth::show
