// SPDX-License-Identifier: Apache-2.0
#include "controller/store/sqlite_store.h"

#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "controller/store/memory_store.h"
#include "controller/store/schema.h"
#include "tests/unit/controller/store/records_for_tests.h"

namespace berth::store {
namespace {

namespace fs = std::filesystem;
using namespace berth::store::test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SqliteStoreOnDisk : public testing::Test {
protected:
  SqliteStoreOnDisk() {
    std::string pattern = testing::TempDir() + "berth-store-XXXXXX";
    base_ = ::mkdtemp(pattern.data());
  }
  ~SqliteStoreOnDisk() override { fs::remove_all(base_); }

  [[nodiscard]] fs::path directory() const { return base_ / "state"; }
  [[nodiscard]] fs::path file() const { return directory() / "berth.db"; }

  [[nodiscard]] std::unique_ptr<SqliteStore> openStore() const {
    auto opened = SqliteStore::open(directory());
    if (const auto* failed = std::get_if<Failure>(&opened)) ADD_FAILURE() << failed->message;
    return std::move(std::get<std::unique_ptr<SqliteStore>>(opened));
  }
  [[nodiscard]] std::unique_ptr<SqliteStore> freshStore() const {
    EXPECT_FALSE(SqliteStore::create(directory(), kFleet).has_value());
    return openStore();
  }
  [[nodiscard]] Failure refusal() const {
    auto opened = SqliteStore::open(directory());
    EXPECT_TRUE(std::holds_alternative<Failure>(opened)) << "opened what it should refuse";
    const auto* failed = std::get_if<Failure>(&opened);
    return failed == nullptr ? Failure{} : *failed;
  }
  static Snapshot loaded(Store& store) { return std::get<Snapshot>(store.load()); }
  static void commit(Store& store, const Transaction& transaction) {
    const auto failed = store.commit(transaction);
    EXPECT_FALSE(failed.has_value()) << failed->message;
  }

  fs::path base_;
};

mode_t modeOf(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

TEST_F(SqliteStoreOnDisk, IsForItsOwnerAlone) {
  const auto store = freshStore();
  commit(*store, foundation());
  EXPECT_EQ(modeOf(directory()), 0700);
  for (const char* name : {"berth.db", "berth.db-wal", "lock"}) EXPECT_EQ(modeOf(directory() / name), 0600) << name;
}

TEST_F(SqliteStoreOnDisk, HasEveryFieldAgainAfterAReopen) {
  TombstoneRecord tombstone{node("prod-server-9", "gone", 8)};
  identity::StoredToken token{.id = "0011223344556677",
                              .verifier = {1, 2, 3},
                              .host = *HostName::parse("vh9"),
                              .expires = WallTime(std::chrono::milliseconds(77))};
  const OperatorRecord alice{*OperatorName::parse("alice"), message::Role::operator_, keyOf(200), 12};
  const EventRecord event{Sequence(1), 50, "host vh1", "is heard"};
  const VolumeRecord volume{*HostName::parse("vh1"),
                            *ClusterName::parse("prod"),
                            *NodeName::parse("prod-server-2"),
                            {*VolumeName::parse("data"), 50_GiB, true},
                            Generation(6),
                            VolumeRecord::Restore{*message::SnapshotName::parse("before"), Generation(5)},
                            VolumeRecord::Incoming{*HostName::parse("vh2"), Generation(9)},
                            *HostName::parse("vh3")};
  const SnapshotRecord snapshot{
      volume.host, volume.cluster, volume.node, volume.volume.name, *message::SnapshotName::parse("before"),
      40_GiB,      Generation(4),  true,        Generation(7)};
  const SecretRecord secret = secretRecord("tls/prod-server-2", 3);
  {
    const auto store = freshStore();
    Transaction all = foundation();
    all.insert(all.end(),
               {token, alice, tombstone, volume, snapshot, secret, lock("prod-server-2"),
                rollout(1, message::RolloutState::running), change(1, 0, "one"), change(1, 1, "two"), event});
    commit(*store, all);
  }
  const auto store = openStore();
  const Snapshot held = loaded(*store);
  EXPECT_EQ(held.fleet, kFleet);
  EXPECT_THAT(held.hosts, ElementsAre(host("vh1", 1)));
  ASSERT_EQ(held.tokens.size(), 1u);
  EXPECT_EQ(held.tokens[0].id, token.id);
  EXPECT_EQ(held.tokens[0].verifier, token.verifier);
  EXPECT_EQ(held.tokens[0].expires, token.expires);
  EXPECT_THAT(held.operators, ElementsAre(alice));
  EXPECT_THAT(held.clusters, ElementsAre(cluster(1)));
  EXPECT_THAT(held.nodes, ElementsAre(node("prod-server-2", "one")));
  EXPECT_THAT(held.tombstones, ElementsAre(tombstone));
  EXPECT_THAT(held.volumes, ElementsAre(volume));
  EXPECT_THAT(held.snapshots, ElementsAre(snapshot));
  EXPECT_THAT(held.secrets, ElementsAre(secret));
  EXPECT_THAT(held.locks, ElementsAre(lock("prod-server-2")));
  EXPECT_THAT(held.rollouts, ElementsAre(rollout(1, message::RolloutState::running)));
  EXPECT_THAT(held.changes, ElementsAre(change(1, 0, "one"), change(1, 1, "two")));
  EXPECT_EQ(held.lastRollout, RolloutId(1));
  EXPECT_EQ(held.lastEvent, Sequence(1));
  EXPECT_EQ(held.revisions.at(*ClusterName::parse("prod")), Revision(1));

  const auto kept = std::get<std::optional<RevisionRecord>>(store->revision(*ClusterName::parse("prod"), Revision(1)));
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->submission.specPath, "prod.yaml");
  EXPECT_EQ(kept->submission.files, submission().files);
  EXPECT_EQ(kept->submission.image, submission().image);
  EXPECT_EQ(kept->submission.variables, submission().variables);
  EXPECT_EQ(kept->imageDeclared, "stream: stable");
  EXPECT_EQ(std::get<std::optional<std::string>>(store->spec(Digest::of("one"))), "one");
  EXPECT_THAT(std::get<std::vector<EventRecord>>(store->events(Sequence(0), 10)), ElementsAre(event));
}

TEST_F(SqliteStoreOnDisk, RaisesTheEpochAtEachBeginning) {
  auto store = freshStore();
  EXPECT_EQ(std::get<Epoch>(store->beginEpoch()), Epoch(1));
  store.reset();
  store = openStore();
  EXPECT_EQ(std::get<Epoch>(store->beginEpoch()), Epoch(2));
  EXPECT_EQ(loaded(*store).epoch, Epoch(2));
}

TEST_F(SqliteStoreOnDisk, ReplacesARecordByItsKeyAndForgetsWhatWasCleared) {
  const auto store = freshStore();
  commit(*store, foundation());
  HostRecord changed = host("vh1", 1);
  changed.ahead.reset();
  changed.lastEvent.reset();
  changed.zone = "b";
  commit(*store, {changed});
  EXPECT_THAT(loaded(*store).hosts, ElementsAre(changed));
}

TEST_F(SqliteStoreOnDisk, CarriesOutAllOfATransactionOrNothing) {
  const auto store = freshStore();
  // The node's host is not there: the foreign key refuses the second write, and with it the first.
  const auto failed = store->commit({spec("one"), node("prod-server-2", "one")});
  ASSERT_TRUE(failed.has_value());
  EXPECT_EQ(std::get<std::optional<std::string>>(store->spec(Digest::of("one"))), std::nullopt);
  commit(*store, foundation());
}

TEST_F(SqliteStoreOnDisk, NeverUsesAnIncarnationTwiceEvenAfterADestroy) {
  const auto store = freshStore();
  commit(*store, foundation());
  commit(*store, {RemoveNode{*NodeName::parse("prod-server-2")}, RemoveCluster{*ClusterName::parse("prod")}});
  const Snapshot snapshot = loaded(*store);
  EXPECT_THAT(snapshot.nodes, IsEmpty());
  EXPECT_EQ(snapshot.incarnations.at(*NodeName::parse("prod-server-2")), Incarnation(3));
  EXPECT_EQ(snapshot.revisions.at(*ClusterName::parse("prod")), Revision(1)) << "revisions are kept for ever";
}

TEST_F(SqliteStoreOnDisk, RefusesToForgetAHostThatHasNodes) {
  const auto store = freshStore();
  commit(*store, foundation());
  EXPECT_TRUE(store->commit({RemoveHost{*HostName::parse("vh1")}}).has_value());
  EXPECT_EQ(loaded(*store).hosts.size(), 1u);
}

TEST_F(SqliteStoreOnDisk, DropsSpecsThatNobodyWillNeedAgain) {
  const auto store = freshStore();
  commit(*store, foundation());
  ChangeRecord done = change(1, 1, "of a change that is done");
  done.state = message::ChangeState::done;
  ChangeRecord ended = change(2, 0, "of a rollout that has ended");
  commit(*store, {spec("awaited"), spec("of a change that is done"), spec("of a rollout that has ended"),
                  rollout(1, message::RolloutState::running), rollout(2, message::RolloutState::failed),
                  change(1, 0, "awaited"), done, ended, DropUnusedSpecs{}});
  const auto has = [&](const std::string& encoded) {
    return std::get<std::optional<std::string>>(store->spec(Digest::of(encoded))).has_value();
  };
  EXPECT_TRUE(has("one")) << "a node in force has it";
  EXPECT_TRUE(has("awaited"));
  EXPECT_FALSE(has("of a change that is done"));
  EXPECT_FALSE(has("of a rollout that has ended"));
}

TEST_F(SqliteStoreOnDisk, KeepsABoundedNumberOfEvents) {
  const auto store = freshStore();
  Transaction many;
  for (std::uint64_t i = 1; i <= kEventsKept + 10; ++i) many.emplace_back(EventRecord{Sequence(i), 0, "host a", "x"});
  commit(*store, many);
  const auto first = std::get<std::vector<EventRecord>>(store->events(Sequence(0), 1));
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].sequence, Sequence(11));
}

TEST_F(SqliteStoreOnDisk, FindsEventsAboutOneSubjectOldestFirst) {
  const auto store = freshStore();
  Transaction some;
  for (std::uint64_t i = 1; i <= 6; ++i) {
    some.emplace_back(EventRecord{Sequence(i), 0, i % 2 == 0 ? "node a" : "node b", std::to_string(i)});
  }
  commit(*store, some);
  const auto about = std::get<std::vector<EventRecord>>(store->eventsAbout("node a", 2));
  ASSERT_EQ(about.size(), 2u);
  EXPECT_EQ(about[0].message, "4");
  EXPECT_EQ(about[1].message, "6");
}

TEST_F(SqliteStoreOnDisk, ListsRolloutsNewestFirst) {
  const auto store = freshStore();
  commit(*store, {rollout(1, message::RolloutState::done), rollout(2, message::RolloutState::running)});
  const auto all = std::get<std::vector<RolloutRecord>>(store->rollouts(std::nullopt, 10));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].id, RolloutId(2));
  EXPECT_EQ(loaded(*store).rollouts.size(), 1u) << "only what has not ended is kept in memory";
  EXPECT_FALSE(std::get<std::optional<RolloutRecord>>(store->rollout(RolloutId(3))).has_value());
}

// ---- what is refused (I11) --------------------------------------------------------------------------------------

TEST_F(SqliteStoreOnDisk, AndTheOneInMemoryTellHowLongPastChangesTook) {
  const auto disk = freshStore();
  MemoryStore memory(kFleet);
  Transaction all = foundation();
  auto quick = change(1, 0, "one");
  auto slow = change(1, 1, "one");
  auto open = change(1, 2, "one");
  quick.state = slow.state = message::ChangeState::done;
  open.state = message::ChangeState::starting;
  quick.action = message::Action::create;
  quick.startedMs = slow.startedMs = 1000;
  quick.endedMs = 3000;
  slow.endedMs = 61'000;
  all.insert(all.end(), {rollout(1, message::RolloutState::done), quick, slow, open});
  for (Store* store : {static_cast<Store*>(disk.get()), static_cast<Store*>(&memory)}) {
    commit(*store, all);
    const auto past = std::get<std::vector<PastChange>>(store->pastChanges(*ClusterName::parse("prod"), 10));
    ASSERT_EQ(past.size(), 2u);
    EXPECT_EQ(past[0].action, message::Action::replace);
    EXPECT_EQ(past[0].took, std::chrono::seconds(60));
    EXPECT_EQ(past[1].took, std::chrono::seconds(2));
    EXPECT_EQ(std::get<std::vector<PastChange>>(store->pastChanges(*ClusterName::parse("prod"), 1)).size(), 1u);
    EXPECT_TRUE(std::get<std::vector<PastChange>>(store->pastChanges(*ClusterName::parse("other"), 10)).empty());
  }
}

TEST_F(SqliteStoreOnDisk, RefusesAPlaceWithoutAStoreRatherThanBeginningAnEmptyOne) {
  const Failure failed = refusal();
  EXPECT_EQ(failed.kind, Failure::Kind::absent);
  EXPECT_THAT(failed.hint, HasSubstr("restore"));
  EXPECT_FALSE(fs::exists(file()));
}

TEST_F(SqliteStoreOnDisk, RefusesToMakeAStoreWhereThereIsOne) {
  (void)freshStore();
  const auto failed = SqliteStore::create(directory(), kFleet);
  ASSERT_TRUE(failed.has_value());
  EXPECT_THAT(failed->message, HasSubstr("already"));
}

TEST_F(SqliteStoreOnDisk, RefusesASecondControllerOnTheSameFile) {
  const auto store = freshStore();
  EXPECT_EQ(refusal().kind, Failure::Kind::busy);
}

TEST_F(SqliteStoreOnDisk, RefusesAFileOfALaterVersion) {
  (void)freshStore();
  Database(file()).execute("PRAGMA user_version = 999");
  const Failure failed = refusal();
  EXPECT_EQ(failed.kind, Failure::Kind::newer);
  EXPECT_THAT(failed.message, HasSubstr("999"));
}

TEST_F(SqliteStoreOnDisk, RefusesADatabaseOfSomebodyElse) {
  (void)freshStore();
  Database(file()).execute("PRAGMA application_id = 1");
  EXPECT_EQ(refusal().kind, Failure::Kind::foreign);
}

TEST_F(SqliteStoreOnDisk, RefusesAnEmptyFile) {
  (void)freshStore();
  fs::resize_file(file(), 0);
  EXPECT_EQ(refusal().kind, Failure::Kind::foreign);
}

TEST_F(SqliteStoreOnDisk, RefusesBytesThatAreNoDatabase) {
  (void)freshStore();
  std::ofstream(file()) << std::string(10000, 'x');
  EXPECT_EQ(refusal().kind, Failure::Kind::corrupt);
}

TEST_F(SqliteStoreOnDisk, RefusesOrSurvivesDamageAnywhereAndNeverCrashes) {
  {
    const auto store = freshStore();
    commit(*store, foundation());
  }
  std::string whole;
  {
    std::ifstream in(file(), std::ios::binary);
    whole.assign(std::istreambuf_iterator<char>(in), {});
  }
  std::size_t refused = 0;
  for (std::size_t i = 0; i < 50; ++i) {
    std::string damaged = whole;
    const std::size_t at = 100 + i * (whole.size() - 200) / 50;
    for (std::size_t j = at; j < std::min(at + 64, damaged.size()); ++j) damaged[j] = static_cast<char>(~damaged[j]);
    std::ofstream(file(), std::ios::binary | std::ios::trunc) << damaged;
    auto opened = SqliteStore::open(directory());
    if (std::holds_alternative<Failure>(opened)) {
      ++refused;
      continue;
    }
    // The damage may lie in a page that nothing uses; what is read is right, or refused.
    auto read = std::get<std::unique_ptr<SqliteStore>>(opened)->load();
    if (std::holds_alternative<Failure>(read)) ++refused;
  }
  EXPECT_GT(refused, 0u) << "damage in the b-trees is seen; most of a young file is empty space";
}

TEST_F(SqliteStoreOnDisk, RefusesARowThatItWouldNeverHaveWritten) {
  {
    const auto store = freshStore();
    commit(*store, foundation());
  }
  Database(file()).execute("UPDATE hosts SET zone = 'x', labels = '[1, 2'");
  const auto store = openStore();
  const auto read = store->load();
  ASSERT_TRUE(std::holds_alternative<Failure>(read));
  EXPECT_EQ(std::get<Failure>(read).kind, Failure::Kind::corrupt);
}

// ---- versions and copies ----------------------------------------------------------------------------------------

TEST_F(SqliteStoreOnDisk, BringsAFileOfTheFirstVersionToThisOne) {
  fs::create_directories(directory());
  ::close(::open(file().c_str(), O_CREAT | O_WRONLY, 0600));
  {
    Database old(file());
    old.execute(("PRAGMA application_id = " + std::to_string(kApplicationId)).c_str());
    migrate(old, 1);
    old.execute("INSERT INTO fleet VALUES (1, x'0123456789abcdef0123456789abcdef', 41)");
    Statement(old, "INSERT INTO hosts VALUES ('vh1', ?, 1, 1, 'a', '{}', 4, 100, 200, 0, 'v', 'b', 6, NULL, NULL)")
        .run(keyOf(1).str());
  }
  const auto store = openStore();
  const Snapshot snapshot = loaded(*store);
  EXPECT_EQ(snapshot.epoch, Epoch(41));
  ASSERT_EQ(snapshot.hosts.size(), 1u);
  EXPECT_EQ(snapshot.hosts[0].generation, Generation(6));
  EXPECT_FALSE(snapshot.hosts[0].ahead.has_value());
  EXPECT_EQ(Database(file()).number("PRAGMA user_version"), static_cast<std::int64_t>(migrations().size()));
}

TEST_F(SqliteStoreOnDisk, NodesOfBeforeThereWereVolumesHaveNone) {
  fs::create_directories(directory());
  ::close(::open(file().c_str(), O_CREAT | O_WRONLY, 0600));
  {
    Database old(file());
    old.execute(("PRAGMA application_id = " + std::to_string(kApplicationId)).c_str());
    migrate(old, 2);
    old.execute(
        "INSERT INTO fleet VALUES (1, x'0123456789abcdef0123456789abcdef', 41);"
        "INSERT INTO revisions VALUES ('prod', 1, 'prod.yaml', '{}', 'x', 1, 'alice');"
        "INSERT INTO specs VALUES (zeroblob(32), x'78');");
    old.execute("INSERT INTO clusters(name, revision, state) VALUES ('prod', 1, 0)");
    Statement(old,
              "INSERT INTO hosts VALUES ('vh1', ?, 1, 1, 'a', '{}', 4, 1, 2, 0, 'v', 'b', 6, NULL, NULL, NULL, NULL)")
        .run(keyOf(1).str());
    old.execute(
        "INSERT INTO nodes VALUES ('prod-server-0', 'prod', 'server', 0, 'vh1', 1, "
        "x'0123456789abcdef0123456789abcdef', zeroblob(32), 1, '', 'bridge', 'br0', '', 1, 2, 3, '', '{}')");
  }
  const Snapshot snapshot = loaded(*openStore());
  ASSERT_EQ(snapshot.nodes.size(), 1u);
  EXPECT_THAT(snapshot.nodes[0].volumes, testing::IsEmpty());
  EXPECT_FALSE(snapshot.nodes[0].standsIn);
  EXPECT_EQ(snapshot.nodes[0].retired, std::nullopt);
  EXPECT_THAT(snapshot.volumes, testing::IsEmpty());
}

TEST_F(SqliteStoreOnDisk, VolumesOfBeforeTheyCouldMoveAreWhereTheyAre) {
  fs::create_directories(directory());
  ::close(::open(file().c_str(), O_CREAT | O_WRONLY, 0600));
  {
    Database old(file());
    old.execute(("PRAGMA application_id = " + std::to_string(kApplicationId)).c_str());
    migrate(old, 9);
    old.execute("INSERT INTO fleet VALUES (1, x'0123456789abcdef0123456789abcdef', 41)");
    Statement(old,
              "INSERT INTO hosts(name, key, joined_ms, introduced, zone, labels, vcpus, memory, disk, kvm, "
              "agent_version, boot_id, generation) VALUES ('vh1', ?, 1, 1, 'a', '{}', 4, 100, 200, 0, 'v', 'b', 6)")
        .run(keyOf(1).str());
    old.execute(
        "INSERT INTO volumes(host, cluster, node, volume, size, keep) VALUES ('vh1', 'prod', 'prod-db-0', "
        "'data', 7, 1)");
  }
  const Snapshot snapshot = loaded(*openStore());
  ASSERT_EQ(snapshot.hosts.size(), 1u);
  EXPECT_EQ(snapshot.hosts[0].peers, "");
  EXPECT_FALSE(snapshot.hosts[0].artifacts);
  EXPECT_EQ(snapshot.hosts[0].capacity, (message::Capacity{4, Bytes(100), Bytes(200)})) << "volumes lie on the disk";
  EXPECT_EQ(snapshot.hosts[0].volumePool, "");
  ASSERT_EQ(snapshot.volumes.size(), 1u);
  EXPECT_TRUE(snapshot.volumes[0].isWhole());
}

TEST_F(SqliteStoreOnDisk, ClustersOfBeforeThereWereLocksAskForNone) {
  fs::create_directories(directory());
  ::close(::open(file().c_str(), O_CREAT | O_WRONLY, 0600));
  {
    Database old(file());
    old.execute(("PRAGMA application_id = " + std::to_string(kApplicationId)).c_str());
    migrate(old, 13);
    old.execute("INSERT INTO fleet VALUES (1, x'0123456789abcdef0123456789abcdef', 41)");
    old.execute("INSERT INTO revisions VALUES ('prod', 1, 'p', '{}', 'x', 1, 'alice')");
    old.execute("INSERT INTO clusters(name, revision, state) VALUES ('prod', 1, 0)");
  }
  const auto store = openStore();
  const Snapshot before = loaded(*store);
  ASSERT_EQ(before.clusters.size(), 1u);
  EXPECT_FALSE(before.clusters[0].reboots);
  EXPECT_THAT(before.locks, testing::IsEmpty());
  commit(*store, {lock("prod-server-2"), lock("prod-server-3"), RemoveLock{*NodeName::parse("prod-server-2")}});
  EXPECT_THAT(loaded(*store).locks, ElementsAre(lock("prod-server-3")));
}

TEST_F(SqliteStoreOnDisk, AMigrationThatFailsLeavesTheVersionBefore) {
  fs::create_directories(directory());
  ::close(::open(file().c_str(), O_CREAT | O_WRONLY, 0600));
  Database db(file());
  migrate(db, 1);
  // The column is there already, so the second migration cannot succeed.
  db.execute("ALTER TABLE hosts ADD COLUMN ahead_generation INTEGER");
  EXPECT_THROW(migrate(db, 2), SqliteError);
  EXPECT_EQ(db.number("PRAGMA user_version"), 1);
  EXPECT_EQ(db.number("SELECT count(*) FROM pragma_table_info('hosts') WHERE name = 'ahead_epoch'"), 0);
}

TEST_F(SqliteStoreOnDisk, ACopyCanTakeItsPlace) {
  const fs::path copy = base_ / "copy.db";
  {
    const auto store = freshStore();
    commit(*store, foundation());
    EXPECT_FALSE(SqliteStore::backUp(directory(), copy).has_value()) << "while a controller runs";
    EXPECT_EQ(modeOf(copy), 0600);
    EXPECT_TRUE(SqliteStore::backUp(directory(), copy).has_value()) << "a copy never replaces a file";
  }
  fs::remove_all(directory());
  fs::create_directories(directory());
  fs::rename(copy, file());
  EXPECT_THAT(loaded(*openStore()).nodes, ElementsAre(node("prod-server-2", "one")));
}

TEST_F(SqliteStoreOnDisk, ForgetsAVolumeThatIsDeletedAndNoOther) {
  const auto store = freshStore();
  VolumeRecord data{*HostName::parse("vh1"),
                    *ClusterName::parse("prod"),
                    *NodeName::parse("prod-server-2"),
                    {*VolumeName::parse("data"), 50_GiB, true}};
  VolumeRecord logs = data;
  logs.volume.name = *VolumeName::parse("logs");
  Transaction all = foundation();
  all.insert(all.end(), {data, logs});
  commit(*store, all);
  data.deleteUntil = Generation(7);
  commit(*store, {data});
  EXPECT_THAT(loaded(*store).volumes, ElementsAre(data, logs));
  commit(*store, {RemoveVolume{data.host, data.node, data.volume.name}});
  EXPECT_THAT(loaded(*store).volumes, ElementsAre(logs));
  const SnapshotRecord before{
      logs.host, logs.cluster, logs.node, logs.volume.name, *message::SnapshotName::parse("before"),
      1_GiB,     Generation(1)};
  SnapshotRecord after = before;
  after.name = *message::SnapshotName::parse("after");
  commit(*store, {before, after});
  EXPECT_THAT(loaded(*store).snapshots, ElementsAre(after, before));
  commit(*store, {RemoveSnapshot{before.host, before.node, before.volume, before.name}});
  EXPECT_THAT(loaded(*store).snapshots, ElementsAre(after));
}

// ---- the store without a disk does the same ----------------------------------------------------------------------

/// All bytes of a file.
std::string contentOf(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What is in the store's files of these texts, which should not be there.
std::vector<std::string> seenIn(const fs::path& directory, const std::vector<std::string>& texts) {
  std::vector<std::string> seen;
  for (const auto& each : fs::directory_iterator(directory)) {
    const std::string content = contentOf(each.path());
    for (const std::string& text : texts) {
      if (content.find(text) != std::string::npos) seen.push_back(each.path().filename().string() + ": " + text);
    }
  }
  return seen;
}

SpecRecord secretSpec() { return spec("an Ignition config with hunter2 in it"); }

/// A revision whose sensitive variable is "swordfish".
RevisionRecord secretRevision() {
  RevisionRecord record = revision(1);
  record.submission.variables.back().value = "swordfish";
  return record;
}

TEST_F(SqliteStoreOnDisk, SealsSpecsAndSensitiveVariables) {
  const secrets::MasterKey key = secrets::MasterKey::generate();
  {
    const auto store = freshStore();
    EXPECT_FALSE(std::get<bool>(store->isSealed()));
    EXPECT_FALSE(store->useKey(key).has_value());
    EXPECT_TRUE(std::get<bool>(store->isSealed()));
    commit(*store, {secretRevision(), secretSpec()});
    EXPECT_THAT(seenIn(directory(), {"hunter2", "swordfish"}), IsEmpty());
  }
  const auto store = openStore();
  EXPECT_FALSE(store->useKey(key).has_value());
  EXPECT_EQ(std::get<std::optional<std::string>>(store->spec(secretSpec().digest)), secretSpec().encoded);
  const auto read = std::get<std::optional<RevisionRecord>>(store->revision(secretRevision().cluster, Revision(1)));
  EXPECT_EQ(read->submission, secretRevision().submission);
}

TEST_F(SqliteStoreOnDisk, SealsWhatAnOlderControllerWrotePlain) {
  const secrets::MasterKey key = secrets::MasterKey::generate();
  const auto store = freshStore();
  commit(*store, {secretRevision(), secretSpec()});
  EXPECT_THAT(seenIn(directory(), {"hunter2", "swordfish"}), testing::Not(IsEmpty()));
  EXPECT_FALSE(store->useKey(key).has_value());
  EXPECT_THAT(seenIn(directory(), {"hunter2", "swordfish"}), IsEmpty()) << "the log included";
  EXPECT_EQ(std::get<std::optional<std::string>>(store->spec(secretSpec().digest)), secretSpec().encoded);
  const auto read = std::get<std::optional<RevisionRecord>>(store->revision(secretRevision().cluster, Revision(1)));
  EXPECT_EQ(read->submission, secretRevision().submission);
}

TEST_F(SqliteStoreOnDisk, TakesNoOtherMasterKeyThanTheFirst) {
  const secrets::MasterKey key = secrets::MasterKey::generate();
  const auto store = freshStore();
  EXPECT_FALSE(store->useKey(key).has_value());
  commit(*store, {secretSpec()});
  const secrets::MasterKey other = secrets::MasterKey::generate();
  const auto refused = store->useKey(other);
  ASSERT_TRUE(refused.has_value());
  EXPECT_THAT(refused->message, HasSubstr("was sealed with another master key"));
}

TEST_F(SqliteStoreOnDisk, ReadsNothingSealedWithoutTheKey) {
  const secrets::MasterKey key = secrets::MasterKey::generate();
  {
    const auto store = freshStore();
    EXPECT_FALSE(store->useKey(key).has_value());
    commit(*store, {secretSpec()});
  }
  const auto read = openStore()->spec(secretSpec().digest);
  ASSERT_TRUE(std::holds_alternative<Failure>(read));
  EXPECT_THAT(std::get<Failure>(read).message, HasSubstr("takes the master key"));
}

TEST_F(SqliteStoreOnDisk, AndTheOneInMemoryHoldTheSame) {
  const auto disk = freshStore();
  MemoryStore memory(kFleet);
  Transaction all = foundation();
  all.insert(all.end(),
             {spec("two"), TombstoneRecord{node("prod-server-9", "gone", 8)},
              VolumeRecord{*HostName::parse("vh1"),
                           *ClusterName::parse("prod"),
                           *NodeName::parse("prod-server-2"),
                           {*VolumeName::parse("data"), 50_GiB, true}},
              VolumeRecord{*HostName::parse("vh1"),
                           *ClusterName::parse("prod"),
                           *NodeName::parse("prod-server-2"),
                           {*VolumeName::parse("logs"), 1_GiB, true}},
              RemoveVolume{*HostName::parse("vh1"), *NodeName::parse("prod-server-2"), *VolumeName::parse("logs")},
              SnapshotRecord{*HostName::parse("vh1"), *ClusterName::parse("prod"), *NodeName::parse("prod-server-2"),
                             *VolumeName::parse("data"), *message::SnapshotName::parse("before"), 1_GiB, Generation(1)},
              secretRecord("tls/prod-server-2", 1), secretRecord("tls/prod-server-2", 2),
              RemoveSecret{*ClusterName::parse("prod"), "tls/prod-server-2", 1},
              rollout(1, message::RolloutState::running), rollout(2, message::RolloutState::done), change(1, 0, "two"),
              change(2, 0, "old"), spec("old"), DropUnusedSpecs{}, EventRecord{Sequence(1), 0, "host vh1", "x"}});
  for (Store* store : {static_cast<Store*>(disk.get()), static_cast<Store*>(&memory)}) {
    EXPECT_EQ(std::get<Epoch>(store->beginEpoch()), Epoch(1));
    commit(*store, all);
  }
  const Snapshot a = loaded(*disk);
  const Snapshot b = loaded(memory);
  EXPECT_EQ(a.hosts, b.hosts);
  EXPECT_EQ(a.nodes, b.nodes);
  EXPECT_EQ(a.tombstones, b.tombstones);
  EXPECT_EQ(a.volumes, b.volumes);
  EXPECT_EQ(a.volumes.size(), 1u);
  EXPECT_EQ(a.snapshots, b.snapshots);
  EXPECT_EQ(a.snapshots.size(), 1u);
  EXPECT_EQ(a.secrets, b.secrets);
  EXPECT_EQ(a.secrets.size(), 1u);
  EXPECT_EQ(a.rollouts, b.rollouts);
  EXPECT_EQ(a.changes, b.changes);
  EXPECT_EQ(a.incarnations, b.incarnations);
  EXPECT_EQ(a.revisions, b.revisions);
  EXPECT_EQ(a.lastRollout, b.lastRollout);
  for (const char* encoded : {"one", "two", "old"}) {
    EXPECT_EQ(std::get<std::optional<std::string>>(disk->spec(Digest::of(encoded))),
              std::get<std::optional<std::string>>(memory.spec(Digest::of(encoded))))
        << encoded;
  }
}

}  // namespace
}  // namespace berth::store
