// SPDX-License-Identifier: Apache-2.0
//
// Records as rows and back. Reading is strict: a row that this program would not have written throws BadValue, and
// becomes "the store is damaged", never a host with an empty name.
#pragma once

#include <vector>

#include "controller/secrets/master_key.h"
#include "controller/store/sqlite.h"
#include "controller/store/store.h"

namespace berth::store {

/// What node specs and sensitive variables are sealed with; null where they are not.
using Key = const secrets::MasterKey*;

/// Carries out one write; the caller has the transaction.
void carryOut(Database& db, const Write& write, Key key);

/// Seals what was written before there was a key, a row at a time; the caller has the transaction.
void sealOlder(Database& db, const secrets::MasterKey& key);

[[nodiscard]] std::vector<HostRecord> readHosts(Database& db);
[[nodiscard]] std::vector<identity::StoredToken> readTokens(Database& db);
[[nodiscard]] std::vector<OperatorRecord> readOperators(Database& db);
[[nodiscard]] std::vector<ClusterRecord> readClusters(Database& db);
[[nodiscard]] std::vector<NodeRecord> readNodes(Database& db);
[[nodiscard]] std::vector<TombstoneRecord> readTombstones(Database& db);
[[nodiscard]] std::vector<VolumeRecord> readVolumes(Database& db);
[[nodiscard]] std::vector<SnapshotRecord> readSnapshots(Database& db);
[[nodiscard]] std::vector<SecretRecord> readSecrets(Database& db);
[[nodiscard]] std::vector<LockRecord> readLocks(Database& db);
[[nodiscard]] std::map<NodeName, Incarnation> readIncarnations(Database& db);
[[nodiscard]] std::map<ClusterName, Revision> readRevisions(Database& db);
[[nodiscard]] std::optional<RevisionRecord> readRevision(Database& db, const ClusterName& cluster, Revision number,
                                                         Key key);
[[nodiscard]] std::optional<std::string> readSpec(Database& db, const Digest& digest, Key key);

/// What follows FROM rollouts, such as "WHERE id = ?", with its parameters bound.
template <class... Values>
[[nodiscard]] std::vector<RolloutRecord> readRollouts(Database& db, const std::string& rest, const Values&... values);
[[nodiscard]] std::vector<RolloutRecord> readRolloutRows(Statement& statement);
[[nodiscard]] std::vector<ChangeRecord> readChanges(Database& db, RolloutId rollout);
[[nodiscard]] std::vector<EventRecord> readEventRows(Statement& statement);

extern const char* const kRolloutColumns;

template <class... Values>
std::vector<RolloutRecord> readRollouts(Database& db, const std::string& rest, const Values&... values) {
  Statement statement(db, std::string("SELECT ") + kRolloutColumns + " FROM rollouts " + rest);
  statement.bind(values...);
  return readRolloutRows(statement);
}

}  // namespace berth::store
