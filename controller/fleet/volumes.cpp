// SPDX-License-Identifier: Apache-2.0
//
// Volumes as people see them: what hosts were told to make, beside what they say that they have. Neither alone is
// enough: a record outlives its node, and a disk may be there that an older copy of the store knows nothing of.
#include "controller/fleet/fleet.h"

namespace berth::fleet {

namespace {

using message::VolumeState;

/// Of a volume that its host, which has told of its volumes, did not name.
VolumeState withoutItsDisk(VolumeState state) {
  if (state == VolumeState::deleting) return state;
  return state == VolumeState::orphan ? VolumeState::missing : VolumeState::awaited;
}

}  // namespace

std::vector<message::VolumeRow> Fleet::volumes() const {
  std::map<Ledger::VolumeKey, message::VolumeRow> rows;
  for (const auto& [key, record] : ledger_.volumes()) {
    auto state = ledger_.isInUse(record) ? VolumeState::attached : VolumeState::orphan;
    if (record.deleteUntil) state = VolumeState::deleting;
    rows.emplace(key, message::VolumeRow{key.node, record.cluster, record.volume, key.host, state, Bytes()});
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
    all.push_back(std::move(row));
  }
  return all;
}

}  // namespace berth::fleet
