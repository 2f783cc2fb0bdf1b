// SPDX-License-Identifier: Apache-2.0
//
// The store of a single controller: one SQLite file, mode 0600, in a directory of mode 0700 (specs hold secrets).
//
//   <state>/
//     berth.db            everything of records.h
//     berth.db-wal, -shm  SQLite's own; belong to berth.db and must be copied with it
//     lock                held while a controller runs: two on one file would both believe they lead
//
// Write-ahead log with synchronous=FULL: each commit is one fsync, and a crash at any instruction leaves the state
// before or after it.
#pragma once

#include <filesystem>
#include <memory>

#include "controller/secrets/master_key.h"
#include "controller/store/store.h"

namespace berth::store {

class Database;

class SqliteStore final : public Store {
public:
  /// Makes a new store in `directory`, which is made too. Refused where there is one already.
  [[nodiscard]] static std::optional<Failure> create(const std::filesystem::path& directory, const Uuid& fleet);
  /// Opens the store and brings it to this version. Refuses what is absent, foreign, newer, corrupt or in use: an empty
  /// store in the place of a lost one would look like an order to forget everything.
  [[nodiscard]] static Result<std::unique_ptr<SqliteStore>> open(const std::filesystem::path& directory);

  ~SqliteStore() override;
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  /// True when what is secret in it was sealed with a master key, which it takes from then on.
  [[nodiscard]] Result<bool> isSealed();
  /// Node specs and sensitive variables are sealed with this key from now on, and those that are there too. Refuses
  /// another key than the first. The key outlives the store.
  [[nodiscard]] std::optional<Failure> useKey(const secrets::MasterKey& key);

  [[nodiscard]] Result<Epoch> beginEpoch() override;
  [[nodiscard]] Result<Snapshot> load() override;
  [[nodiscard]] std::optional<Failure> commit(const Transaction& transaction) override;
  [[nodiscard]] Result<std::optional<std::string>> spec(const Digest& digest) override;
  [[nodiscard]] Result<std::optional<RevisionRecord>> revision(const ClusterName& cluster, Revision number) override;
  [[nodiscard]] Result<std::vector<RolloutRecord>> rollouts(const std::optional<ClusterName>& cluster,
                                                            std::uint32_t limit) override;
  [[nodiscard]] Result<std::optional<RolloutRecord>> rollout(RolloutId id) override;
  [[nodiscard]] Result<std::vector<ChangeRecord>> changes(RolloutId id) override;
  [[nodiscard]] Result<std::vector<PastChange>> pastChanges(const ClusterName& cluster, std::uint32_t limit) override;
  [[nodiscard]] Result<std::vector<EventRecord>> events(Sequence after, std::uint32_t limit) override;
  [[nodiscard]] Result<std::vector<EventRecord>> eventsAbout(const std::string& subject, std::uint32_t limit) override;

  /// A copy of everything as it is now, in one new file that can take the place of berth.db. A controller may run
  /// meanwhile.
  [[nodiscard]] static std::optional<Failure> backUp(const std::filesystem::path& directory,
                                                     const std::filesystem::path& file);

private:
  struct State;
  explicit SqliteStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace berth::store
