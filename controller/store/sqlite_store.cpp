// SPDX-License-Identifier: Apache-2.0
#include "controller/store/sqlite_store.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/store/columns.h"
#include "controller/store/rows.h"
#include "controller/store/schema.h"
#include "controller/store/sqlite.h"

namespace berth::store {

namespace {

namespace fs = std::filesystem;

constexpr const char* kFileName = "berth.db";

/// Under this name the master key seals the fleet's own, by which it is known again.
constexpr const char* kKeyCheck = "check";

constexpr const char* kRestoreHint =
    "restore a copy of berth.db with its -wal file, or begin a new fleet with berth-controller init in another place; "
    "no node is touched meanwhile";

Failure::Kind kindOf(int code) {
  switch (code) {
    case SQLITE_FULL: return Failure::Kind::full;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Failure::Kind::busy;
    case SQLITE_CORRUPT:
    case SQLITE_CONSTRAINT:
    case SQLITE_NOTADB: return Failure::Kind::corrupt;
    default: return Failure::Kind::io;
  }
}

std::string hintFor(Failure::Kind kind) {
  switch (kind) {
    case Failure::Kind::corrupt:
    case Failure::Kind::foreign:
    case Failure::Kind::absent: return kRestoreHint;
    case Failure::Kind::newer: return "start the version of berth-controller that wrote it, or a later one";
    case Failure::Kind::busy: return "stop the other one first: only one controller may lead a fleet";
    case Failure::Kind::full: return "make space on the file system that holds the store";
    case Failure::Kind::io: return "look at the disk and at the system's log";
  }
  return {};
}

Failure failure(Failure::Kind kind, std::string message) { return {kind, std::move(message), hintFor(kind)}; }

/// Does `work`; what it throws becomes a Failure that says what was attempted.
template <class Work>
auto guarded(const fs::path& file, const char* attempted, Work work) -> Result<decltype(work())> {
  try {
    return work();
  } catch (const SqliteError& error) {
    return failure(kindOf(error.code()), std::string(attempted) + " " + file.string() + ": " + error.what());
  } catch (const BadValue& error) {
    return failure(Failure::Kind::corrupt, std::string(attempted) + " " + file.string() + ": " + error.what());
  }
}

std::string reasonOf(int error) { return std::generic_category().message(error); }

/// One file descriptor.
class Descriptor {
public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

private:
  int fd_;
};

void configure(Database& db) {
  db.execute("PRAGMA foreign_keys = ON");
  db.execute("PRAGMA journal_mode = WAL");
  db.execute("PRAGMA synchronous = FULL");
  // Specs hold secrets: what is deleted is overwritten.
  db.execute("PRAGMA secure_delete = ON");
}

std::optional<Failure> inspect(Database& db, const fs::path& file) {
  const std::int64_t application = db.number("PRAGMA application_id");
  const std::int64_t version = db.number("PRAGMA user_version");
  const auto known = static_cast<std::int64_t>(migrations().size());
  if (application != kApplicationId) {
    return failure(Failure::Kind::foreign, file.string() + " is not a store of Berth");
  }
  if (version > known) {
    return failure(Failure::Kind::newer, file.string() + " has version " + std::to_string(version) +
                                             ", this program knows up to " + std::to_string(known));
  }
  Statement check(db, "PRAGMA quick_check(1)");
  if (!check.step() || check.text(0) != "ok") {
    return failure(Failure::Kind::corrupt, file.string() + " is damaged: " + check.text(0));
  }
  return std::nullopt;
}

/// Makes `directory` with mode 0700; one that is there keeps its owner and must not be open to others.
std::optional<Failure> makePrivate(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory.parent_path(), error);
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return failure(Failure::Kind::io, "make " + directory.string() + ": " + reasonOf(errno));
  }
  if (chmod(directory.c_str(), 0700) != 0) {
    return failure(Failure::Kind::io, "make " + directory.string() + " private: " + reasonOf(errno));
  }
  return std::nullopt;
}

Result<Descriptor> lock(const fs::path& directory) {
  const fs::path path = directory / "lock";
  Descriptor fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() < 0) return failure(Failure::Kind::io, "open " + path.string() + ": " + reasonOf(errno));
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return failure(Failure::Kind::busy, "another berth-controller uses " + directory.string());
  }
  return fd;
}

/// Fills a new file under another name: what bears the store's name is whole.
void fill(const fs::path& file, const Uuid& fleet) {
  Database db(file);
  db.execute(("PRAGMA application_id = " + std::to_string(kApplicationId)).c_str());
  configure(db);
  migrate(db, static_cast<std::int64_t>(migrations().size()));
  Statement(db, "INSERT INTO fleet(id, uuid, epoch) VALUES (1, ?, 0)")
      .run(std::span<const std::uint8_t>(fleet.bytes()));
  // Back to one file, so that renaming it moves all of it.
  db.execute("PRAGMA journal_mode = DELETE");
}

void syncDirectory(const fs::path& directory) {
  const Descriptor fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() >= 0) fsync(fd.get());
}

}  // namespace

struct SqliteStore::State {
  fs::path file;
  Descriptor lock;
  Database db;
  Key key = nullptr;

  State(fs::path path, Descriptor held) : file(std::move(path)), lock(std::move(held)), db(file) {}
};

SqliteStore::SqliteStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
SqliteStore::~SqliteStore() = default;

std::optional<Failure> SqliteStore::create(const fs::path& directory, const Uuid& fleet) {
  if (auto failed = makePrivate(directory)) return failed;
  auto held = lock(directory);
  if (auto* failed = std::get_if<Failure>(&held)) return *failed;

  const fs::path file = directory / kFileName;
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(file, ignored))) {
    return Failure{Failure::Kind::busy, file.string() + " is there already",
                   "a fleet is made once; to begin another one, name another --state-dir"};
  }
  const fs::path fresh = directory / "berth.db.new";
  fs::remove(fresh, ignored);
  {
    const Descriptor fd(::open(fresh.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (fd.get() < 0) return failure(Failure::Kind::io, "make " + fresh.string() + ": " + reasonOf(errno));
  }
  auto filled = guarded(fresh, "make", [&] { return fill(fresh, fleet), true; });
  if (auto* failed = std::get_if<Failure>(&filled)) return *failed;
  if (::rename(fresh.c_str(), file.c_str()) != 0) {
    return failure(Failure::Kind::io, "name " + file.string() + ": " + reasonOf(errno));
  }
  syncDirectory(directory);
  return std::nullopt;
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const fs::path& directory) {
  const fs::path file = directory / kFileName;
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return failure(Failure::Kind::absent, "there is no store at " + file.string());
  auto held = lock(directory);
  if (auto* failed = std::get_if<Failure>(&held)) return *failed;
  chmod(file.c_str(), 0600);

  std::optional<Failure> refused;
  auto opened = guarded(file, "open", [&]() -> std::unique_ptr<SqliteStore> {
    auto state = std::make_unique<State>(file, std::move(std::get<Descriptor>(held)));
    refused = inspect(state->db, file);
    if (refused) return nullptr;
    configure(state->db);
    migrate(state->db, static_cast<std::int64_t>(migrations().size()));
    return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(state)));
  });
  if (refused) return *std::move(refused);
  return opened;
}

Result<bool> SqliteStore::isSealed() {
  return guarded(state_->file, "read",
                 [&] { return state_->db.number("SELECT key_check IS NOT NULL FROM fleet") != 0; });
}

std::optional<Failure> SqliteStore::useKey(const secrets::MasterKey& key) {
  std::optional<Failure> refused;
  auto used = guarded(state_->file, "seal what is in", [&] {
    Database& db = state_->db;
    Statement row(db, "SELECT uuid, key_check FROM fleet");
    if (!row.step()) throw BadValue("the fleet has no row");
    Columns columns(row);
    const std::string fleet = columns.uuid().str();
    if (!columns.isNull()) {
      const auto check = columns.blob();
      const auto opened = key.open(kKeyCheck, {reinterpret_cast<const char*>(check.data()), check.size()});
      if (opened == fleet) return true;
      refused = Failure{Failure::Kind::foreign, state_->file.string() + " was sealed with another master key",
                        "give back the one that it was sealed with; without it, its secrets are lost"};
      return false;
    }
    row.reset();
    Scope scope(db);
    sealOlder(db, key);
    const std::string check = key.seal(kKeyCheck, fleet);
    Statement(db, "UPDATE fleet SET key_check = ?")
        .run(std::span(reinterpret_cast<const std::uint8_t*>(check.data()), check.size()));
    scope.commit();
    // What was plain is not left behind in the log either.
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    return true;
  });
  if (refused) return refused;
  if (auto* failed = std::get_if<Failure>(&used)) return std::move(*failed);
  state_->key = &key;
  return std::nullopt;
}

Result<Epoch> SqliteStore::beginEpoch() {
  return guarded(state_->file, "begin an epoch in", [&] {
    Scope scope(state_->db);
    state_->db.execute("UPDATE fleet SET epoch = epoch + 1");
    const auto epoch = state_->db.number("SELECT epoch FROM fleet");
    scope.commit();
    return Epoch(static_cast<std::uint64_t>(epoch));
  });
}

Result<Snapshot> SqliteStore::load() {
  return guarded(state_->file, "read", [&] {
    Database& db = state_->db;
    Snapshot snapshot;
    Statement fleet(db, "SELECT uuid, epoch FROM fleet");
    if (!fleet.step()) throw BadValue("the fleet has no row");
    Columns row(fleet);
    snapshot.fleet = row.uuid();
    snapshot.epoch = row.counter<Epoch>();
    snapshot.hosts = readHosts(db);
    snapshot.tokens = readTokens(db);
    snapshot.operators = readOperators(db);
    snapshot.clusters = readClusters(db);
    snapshot.nodes = readNodes(db);
    snapshot.tombstones = readTombstones(db);
    snapshot.volumes = readVolumes(db);
    snapshot.snapshots = readSnapshots(db);
    snapshot.secrets = readSecrets(db);
    snapshot.locks = readLocks(db);
    snapshot.rollouts = readRollouts(db, "WHERE state IN ('running', 'paused', 'reverting') ORDER BY id");
    for (const RolloutRecord& rollout : snapshot.rollouts) {
      for (ChangeRecord& change : readChanges(db, rollout.id)) snapshot.changes.push_back(std::move(change));
    }
    snapshot.incarnations = readIncarnations(db);
    snapshot.revisions = readRevisions(db);
    snapshot.lastRollout =
        RolloutId(static_cast<std::uint64_t>(db.number("SELECT coalesce(max(id), 0) FROM rollouts")));
    snapshot.lastEvent =
        Sequence(static_cast<std::uint64_t>(db.number("SELECT coalesce(max(sequence), 0) FROM events")));
    return snapshot;
  });
}

std::optional<Failure> SqliteStore::commit(const Transaction& transaction) {
  if (transaction.empty()) return std::nullopt;
  auto done = guarded(state_->file, "write to", [&] {
    Scope scope(state_->db);
    for (const Write& write : transaction) carryOut(state_->db, write, state_->key);
    scope.commit();
    return true;
  });
  if (auto* failed = std::get_if<Failure>(&done)) return std::move(*failed);
  return std::nullopt;
}

Result<std::optional<std::string>> SqliteStore::spec(const Digest& digest) {
  return guarded(state_->file, "read a spec from", [&] { return readSpec(state_->db, digest, state_->key); });
}

Result<std::optional<RevisionRecord>> SqliteStore::revision(const ClusterName& cluster, Revision number) {
  return guarded(state_->file, "read a revision from",
                 [&] { return readRevision(state_->db, cluster, number, state_->key); });
}

Result<std::vector<RolloutRecord>> SqliteStore::rollouts(const std::optional<ClusterName>& cluster,
                                                         std::uint32_t limit) {
  return guarded(state_->file, "read rollouts from", [&] {
    if (!cluster) return readRollouts(state_->db, "ORDER BY id DESC LIMIT ?", limit);
    return readRollouts(state_->db, "WHERE cluster = ? ORDER BY id DESC LIMIT ?", cluster->str(), limit);
  });
}

Result<std::optional<RolloutRecord>> SqliteStore::rollout(RolloutId id) {
  return guarded(state_->file, "read a rollout from", [&]() -> std::optional<RolloutRecord> {
    auto found = readRollouts(state_->db, "WHERE id = ?", id.value());
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
  });
}

Result<std::vector<ChangeRecord>> SqliteStore::changes(RolloutId id) {
  return guarded(state_->file, "read changes from", [&] { return readChanges(state_->db, id); });
}

Result<std::vector<PastChange>> SqliteStore::pastChanges(const ClusterName& cluster, std::uint32_t limit) {
  return guarded(state_->file, "read changes from", [&] {
    // A few rollouts are enough to judge by, and keep the question short however long the history is.
    Statement statement(state_->db,
                        "SELECT action, max(ended_ms - started_ms, 0) FROM changes WHERE state = 'done' AND rollout IN "
                        "(SELECT id FROM rollouts WHERE cluster = ? ORDER BY id DESC LIMIT 20) "
                        "ORDER BY rollout DESC, ordinal DESC LIMIT ?");
    statement.bind(cluster.str(), limit);
    std::vector<PastChange> changes;
    while (statement.step()) {
      Columns row(statement);
      PastChange& change = changes.emplace_back();
      change.action = row.word<message::Action>();
      change.took = std::chrono::milliseconds(row.integer());
    }
    return changes;
  });
}

Result<std::vector<EventRecord>> SqliteStore::events(Sequence after, std::uint32_t limit) {
  return guarded(state_->file, "read events from", [&] {
    Statement statement(state_->db,
                        "SELECT sequence, time_ms, subject, message FROM events "
                        "WHERE sequence > ? ORDER BY sequence LIMIT ?");
    statement.bind(after.value(), limit);
    return readEventRows(statement);
  });
}

Result<std::vector<EventRecord>> SqliteStore::eventsAbout(const std::string& subject, std::uint32_t limit) {
  return guarded(state_->file, "read events from", [&] {
    Statement statement(state_->db,
                        "SELECT * FROM (SELECT sequence, time_ms, subject, message FROM events "
                        "WHERE subject = ? ORDER BY sequence DESC LIMIT ?) ORDER BY sequence");
    statement.bind(subject, limit);
    return readEventRows(statement);
  });
}

std::optional<Failure> SqliteStore::backUp(const fs::path& directory, const fs::path& file) {
  const fs::path from = directory / kFileName;
  std::error_code ignored;
  if (!fs::exists(from, ignored)) return failure(Failure::Kind::absent, "there is no store at " + from.string());
  // Made here, so that it is private from its first byte; SQLite fills a file that is empty.
  const Descriptor fd(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() < 0) {
    return Failure{Failure::Kind::io, "make " + file.string() + ": " + reasonOf(errno),
                   "name a file that is not there"};
  }
  auto done = guarded(file, "write a copy to", [&] {
    Database db(from);
    Statement(db, "VACUUM INTO ?").run(file.string());
    return true;
  });
  if (auto* failed = std::get_if<Failure>(&done)) return std::move(*failed);
  fsync(fd.get());
  return std::nullopt;
}

}  // namespace berth::store
