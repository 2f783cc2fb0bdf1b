// SPDX-License-Identifier: Apache-2.0
//
// Volumes as people see them: what hosts were told to make, beside what they say that they have. Neither alone is
// enough: a record outlives its node, and a disk may be there that an older copy of the store knows nothing of.
#include <algorithm>
#include <array>
#include <cstdio>

#include "controller/fleet/fleet.h"

namespace berth::fleet {

namespace {

using message::VolumeState;

/// Of a volume that its host, which has told of its volumes, did not name.
VolumeState withoutItsDisk(VolumeState state) {
  if (state == VolumeState::deleting || state == VolumeState::copying) return state;
  return state == VolumeState::orphan ? VolumeState::missing : VolumeState::awaited;
}

/// Of one volume: those that were ordered, beside those that its host says it has.
std::vector<message::SnapshotRow> snapshotRows(const std::vector<const store::SnapshotRecord*>& records,
                                               const message::VolumeStatus* told) {
  using message::SnapshotState;
  std::map<message::SnapshotName, message::SnapshotRow> rows;
  for (const auto* record : records) {
    auto state = record->made ? SnapshotState::made : SnapshotState::awaited;
    if (record->deleteUntil) state = SnapshotState::deleting;
    rows.emplace(record->name, message::SnapshotRow{record->name, state, 0, record->size, Bytes()});
  }
  if (told != nullptr) {
    for (auto& [name, row] : rows) {
      const bool isThere =
          std::ranges::find(told->snapshots, name, &message::SnapshotStatus::name) != told->snapshots.end();
      if (!isThere && row.state == SnapshotState::made) row.state = SnapshotState::missing;
    }
    for (const auto& each : told->snapshots) {
      auto& row = rows.try_emplace(each.name, message::SnapshotRow{each.name, SnapshotState::stranger, 0, {}, {}})
                      .first->second;
      row.takenMs = each.takenMs;
      row.size = each.size;
      row.used = each.used;
    }
  }
  std::vector<message::SnapshotRow> all;
  for (auto& [name, row] : rows) all.push_back(std::move(row));
  return all;
}

}  // namespace

std::vector<message::VolumeRow> Fleet::volumes() const {
  std::map<Ledger::VolumeKey, message::VolumeRow> rows;
  for (const auto& [key, record] : ledger_.volumes()) {
    auto state = ledger_.isInUse(record) ? VolumeState::attached : VolumeState::orphan;
    if (record.movedTo) state = VolumeState::moved;
    if (record.incoming) state = VolumeState::copying;
    if (record.deleteUntil) state = VolumeState::deleting;
    message::VolumeRow row{key.node, record.cluster, record.volume, key.host, state, Bytes()};
    if (record.restore) row.restoring = record.restore->from;
    if (record.movedTo) row.peer = *record.movedTo;
    if (record.incoming) row.peer = record.incoming->from;
    if (const auto* move = moveOf(record)) {
      row.copied = move->copied;
      row.compared = move->compared;
      row.total = move->total;
    }
    rows.emplace(key, std::move(row));
  }
  for (const auto& [host, session] : sessions_) {
    if (!session.volumes) continue;
    for (const message::VolumeStatus& told : *session.volumes) {
      const message::VolumeRow stranger{told.node, told.cluster, told.volume, host, VolumeState::stranger, Bytes()};
      rows.try_emplace({told.node, told.volume.name, host}, stranger).first->second.actual = told.volume.size;
    }
  }
  std::vector<message::VolumeRow> all;
  all.reserve(rows.size());
  for (auto& [key, row] : rows) {
    const auto session = sessions_.find(key.host);
    const bool isTold = session != sessions_.end() && session->second.volumes;
    if (isTold && row.actual == Bytes()) row.state = withoutItsDisk(row.state);
    const message::VolumeStatus* told = nullptr;
    if (isTold) {
      for (const auto& each : *session->second.volumes)
        if (each.node == key.node && each.volume.name == key.volume) told = &each;
    }
    row.snapshots = snapshotRows(ledger_.snapshotsOf(key), told);
    all.push_back(std::move(row));
  }
  return all;
}

const message::VolumeMoveStatus* Fleet::moveOf(const store::VolumeRecord& volume) const {
  const auto session = sessions_.find(volume.host);
  if (!volume.incoming || session == sessions_.end()) return nullptr;
  const auto& moves = session->second.moves;
  const auto found = std::ranges::find_if(moves, [&](const message::VolumeMoveStatus& each) {
    return each.node == volume.node && each.volume == volume.volume.name && each.at == volume.incoming->at;
  });
  return found == moves.end() ? nullptr : &*found;
}

std::optional<Moving> Fleet::moving(const NodeName& node) const {
  std::optional<Moving> all;
  for (const auto* volume : ledger_.incomingOf(node)) {
    Moving& sum = all ? *all : all.emplace();
    sum.from = volume->incoming->from;
    const auto* move = moveOf(*volume);
    if (move == nullptr) continue;
    sum.copied += move->copied;
    sum.compared += move->compared;
    sum.total += move->total;
    if (sum.failure.empty()) sum.failure = move->failure;
  }
  return all;
}

std::string inWords(const Moving& moving) {
  constexpr double kGiB = 1024.0 * 1024 * 1024;
  const auto gib = [](std::uint64_t bytes) {
    std::array<char, 32> text{};
    (void)std::snprintf(text.data(), text.size(), "%.1f", static_cast<double>(bytes) / kGiB);
    return std::string(text.data());
  };
  const bool compares = moving.total != 0 && moving.copied >= moving.total;
  std::string text = compares ? "comparing " + gib(moving.compared) : "copying " + gib(moving.copied);
  if (moving.total != 0) text += " of " + gib(moving.total) + " GiB";
  if (moving.total == 0) text = "copying";
  text += (compares ? " with " : " from ") + moving.from.str();
  return moving.failure.empty() ? text : text + "; " + moving.failure;
}

}  // namespace berth::fleet
