// SPDX-License-Identifier: Apache-2.0
//
// Rows to records, strictly.
#include "controller/secrets/provide.h"
#include "controller/store/columns.h"
#include "controller/store/row_columns.h"
#include "controller/store/rows.h"

namespace berth::store {

namespace {

message::Capacity readCapacity(Columns& row) {
  message::Capacity capacity;
  capacity.vcpus = row.small();
  capacity.memory = Bytes(row.count());
  capacity.disk = Bytes(row.count());
  return capacity;
}

/// All but the name.
void readNodeInto(NodeRecord& node, Columns& row) {
  node.cluster = row.parsed<ClusterName>();
  node.pool = row.parsed<PoolName>();
  node.index = row.small();
  node.host = row.parsed<HostName>();
  node.incarnation = row.counter<Incarnation>();
  node.instance = row.uuid();
  node.spec = row.digest();
  node.revision = row.counter<Revision>();
  node.address = row.text();
  node.nic.attachment = row.word<message::Nic::Attachment>();
  node.nic.source = row.text();
  node.nic.mac = row.text();
  node.size = readCapacity(row);
  node.image = row.text();
  node.tags = row.labels();
  node.volumes = volumesOf(row.text());
  node.lossGrace = std::chrono::seconds(row.count());
  node.armed = row.flag();
  node.power = row.word<message::Power>();
  node.standsIn = row.flag();
  node.retired = retiredOf(row.text());
}

std::string textOf(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

/// Rows of `sql`, each by `read`.
template <class Read>
auto all(Database& db, const std::string& sql, Read read) {
  Statement statement(db, sql);
  std::vector<decltype(read(std::declval<Columns&>()))> rows;
  while (statement.step()) {
    Columns row(statement);
    rows.push_back(read(row));
  }
  return rows;
}

}  // namespace

std::vector<HostRecord> readHosts(Database& db) {
  return all(db, std::string("SELECT ") + kHostColumns + " FROM hosts ORDER BY name", [](Columns& row) {
    HostRecord host;
    host.name = row.parsed<HostName>();
    host.key = row.parsed<identity::PublicKey>();
    host.joinedMs = row.integer();
    host.introduced = row.flag();
    host.zone = row.text();
    host.labels = row.labels();
    host.capacity = readCapacity(row);
    host.kvm = row.flag();
    host.agentVersion = row.text();
    host.bootId = row.text();
    host.generation = row.counter<Generation>();
    host.duty = row.word<message::Duty>();
    host.peers = row.text();
    host.artifacts = row.flag();
    host.capacity.volumes = Bytes(row.count());
    host.volumePool = row.text();
    if (row.isNull()) {
      row.skip();
      row.skip();
    } else {
      const auto sequence = row.counter<Sequence>();
      host.lastEvent = EventMark{sequence, row.integer()};
    }
    if (row.isNull()) {
      row.skip();
      row.skip();
    } else {
      const auto epoch = row.counter<Epoch>();
      host.ahead = Ahead{epoch, row.counter<Generation>()};
    }
    if (!row.isNull()) {
      Drain& drain = host.drain.emplace();
      drain.by = row.parsed<OperatorName>();
      drain.sinceMs = row.integer();
      drain.deadlineMs = row.integer();
      drain.volumes = row.word<message::DrainVolumes>();
      drain.halted = row.flag();
      drain.obstacle = row.text();
    }
    return host;
  });
}

std::vector<identity::StoredToken> readTokens(Database& db) {
  return all(db, "SELECT id, verifier, host, expires_ms FROM tokens ORDER BY id", [](Columns& row) {
    identity::StoredToken token;
    token.id = row.text();
    const auto verifier = row.blob();
    if (verifier.size() != token.verifier.size()) throw BadValue("a token's verifier of the wrong size");
    std::copy(verifier.begin(), verifier.end(), token.verifier.begin());
    token.host = row.parsed<HostName>();
    token.expires = wallTimeOf(row.integer());
    return token;
  });
}

std::vector<OperatorRecord> readOperators(Database& db) {
  return all(db, "SELECT name, role, key, added_ms FROM operators ORDER BY name", [](Columns& row) {
    OperatorRecord person;
    person.name = row.parsed<OperatorName>();
    person.role = row.word<message::Role>();
    person.key = row.parsed<identity::PublicKey>();
    person.addedMs = row.integer();
    return person;
  });
}

std::vector<ClusterRecord> readClusters(Database& db) {
  return all(db, "SELECT name, revision, state, protections, reboots FROM clusters ORDER BY name", [](Columns& row) {
    ClusterRecord cluster;
    cluster.name = row.parsed<ClusterName>();
    cluster.revision = row.counter<Revision>();
    cluster.state = row.numbered(ClusterState::destroying);
    cluster.protections = row.labels();
    if (const std::string reboots = row.text(); !reboots.empty()) cluster.reboots = rebootsOf(reboots);
    return cluster;
  });
}

std::vector<NodeRecord> readNodes(Database& db) {
  return all(db, "SELECT name, " BERTH_NODE_COLUMNS " FROM nodes ORDER BY name", [](Columns& row) {
    NodeRecord node;
    node.name = row.parsed<NodeName>();
    readNodeInto(node, row);
    return node;
  });
}

std::vector<TombstoneRecord> readTombstones(Database& db) {
  return all(db, "SELECT node, " BERTH_NODE_COLUMNS ", fenced FROM tombstones ORDER BY node, incarnation",
             [](Columns& row) {
               TombstoneRecord tombstone;
               tombstone.was.name = row.parsed<NodeName>();
               readNodeInto(tombstone.was, row);
               tombstone.fenced = row.flag();
               return tombstone;
             });
}

/// Empty where there is none: no name is.
static std::string textIfAny(Columns& row) {
  if (!row.isNull()) return row.text();
  row.skip();
  return {};
}

static std::optional<Generation> generationIfAny(Columns& row) {
  if (!row.isNull()) return row.counter<Generation>();
  row.skip();
  return std::nullopt;
}

std::vector<SnapshotRecord> readSnapshots(Database& db) {
  return all(db, std::string("SELECT ") + kSnapshotColumns + " FROM snapshots ORDER BY node, volume, name, host",
             [](Columns& row) {
               SnapshotRecord snapshot;
               snapshot.host = row.parsed<HostName>();
               snapshot.cluster = row.parsed<ClusterName>();
               snapshot.node = row.parsed<NodeName>();
               snapshot.volume = row.parsed<VolumeName>();
               snapshot.name = row.parsed<message::SnapshotName>();
               snapshot.size = Bytes(row.count());
               snapshot.at = row.counter<Generation>();
               snapshot.made = row.flag();
               snapshot.deleteUntil = generationIfAny(row);
               return snapshot;
             });
}

std::vector<VolumeRecord> readVolumes(Database& db) {
  return all(db, std::string("SELECT ") + kVolumeColumns + " FROM volumes ORDER BY node, volume, host",
             [](Columns& row) {
               VolumeRecord volume;
               volume.host = row.parsed<HostName>();
               volume.cluster = row.parsed<ClusterName>();
               volume.node = row.parsed<NodeName>();
               volume.volume.name = row.parsed<VolumeName>();
               volume.volume.size = Bytes(row.count());
               volume.volume.keep = row.flag();
               volume.deleteUntil = generationIfAny(row);
               const auto restored = message::SnapshotName::parse(textIfAny(row));
               const auto restoredAt = generationIfAny(row);
               if (restored && restoredAt) volume.restore = {*restored, *restoredAt};
               const auto from = HostName::parse(textIfAny(row));
               const auto at = generationIfAny(row);
               if (from && at) volume.incoming = {*from, *at};
               volume.movedTo = HostName::parse(textIfAny(row));
               return volume;
             });
}

std::vector<SecretRecord> readSecrets(Database& db) {
  return all(db, std::string("SELECT ") + kSecretColumns + " FROM secrets ORDER BY cluster, name, version",
             [](Columns& row) {
               SecretRecord secret;
               secret.cluster = row.parsed<ClusterName>();
               secret.name = row.text();
               secret.version = row.small();
               const std::string word = row.text();
               const auto kind = secrets::kindOf(word);
               if (!kind) throw BadValue("\"" + word + "\" is no kind of secret");
               secret.kind = *kind;
               secret.sealed = textOf(row.blob());
               const std::string node = row.text();
               if (!node.empty()) secret.node = NodeName::parse(node).value_or(NodeName());
               secret.inForce = row.flag();
               secret.madeMs = row.integer();
               secret.by = row.parsed<OperatorName>();
               secret.expiresMs = row.integer();
               return secret;
             });
}

/// What was sealed, with the key that it takes.
static std::string opened(Key key, const std::string& name, std::span<const std::uint8_t> sealed) {
  if (key == nullptr) throw BadValue("what is sealed takes the master key");
  auto text = key->open(name, textOf(sealed));
  if (!text) throw BadValue("the " + name + " is not what was sealed with this master key");
  return *std::move(text);
}

std::optional<std::string> readSpec(Database& db, const Digest& digest, Key key) {
  Statement statement(db, "SELECT encoded, sealed FROM specs WHERE digest = ?");
  statement.bind(std::span<const std::uint8_t>(digest.bytes()));
  if (!statement.step()) return std::nullopt;
  const auto encoded = statement.blob(0);
  const bool isSealed = statement.integer(1) != 0;
  return isSealed ? opened(key, secrets::nameOfSpec(digest), encoded) : textOf(encoded);
}

std::vector<LockRecord> readLocks(Database& db) {
  return all(db, std::string("SELECT ") + kLockColumns + " FROM locks ORDER BY node", [](Columns& row) {
    LockRecord lock;
    lock.node = row.parsed<NodeName>();
    lock.instance = row.uuid();
    lock.group = row.text();
    lock.grantedMs = row.integer();
    lock.bootId = row.text();
    lock.left = row.flag();
    lock.steady = row.flag();
    return lock;
  });
}

std::map<NodeName, Incarnation> readIncarnations(Database& db) {
  std::map<NodeName, Incarnation> last;
  Statement statement(db, "SELECT node, last FROM incarnations");
  while (statement.step()) {
    Columns row(statement);
    const auto node = row.parsed<NodeName>();
    last[node] = row.counter<Incarnation>();
  }
  return last;
}

std::map<ClusterName, Revision> readRevisions(Database& db) {
  std::map<ClusterName, Revision> last;
  Statement statement(db, "SELECT cluster, max(revision) FROM revisions GROUP BY cluster");
  while (statement.step()) {
    Columns row(statement);
    const auto cluster = row.parsed<ClusterName>();
    last[cluster] = row.counter<Revision>();
  }
  return last;
}

std::optional<RevisionRecord> readRevision(Database& db, const ClusterName& cluster, Revision number, Key key) {
  Statement statement(db,
                      "SELECT spec_path, image, image_declared, accepted_ms, by FROM revisions "
                      "WHERE cluster = ? AND revision = ?");
  statement.bind(cluster.str(), number.value());
  if (!statement.step()) return std::nullopt;
  Columns row(statement);
  RevisionRecord revision{.cluster = cluster, .revision = number, .submission = {}, .imageDeclared = {}, .by = {}};
  revision.submission.specPath = row.text();
  revision.submission.image = imageOf(row.text());
  revision.imageDeclared = row.text();
  revision.acceptedMs = row.integer();
  revision.by = row.parsed<OperatorName>();
  Statement files(db, "SELECT path, kind, executable, bytes FROM revision_files WHERE cluster = ? AND revision = ?");
  files.bind(cluster.str(), number.value());
  while (files.step()) {
    Columns each(files);
    message::SubmittedFile& file = revision.submission.files[each.text()];
    file.kind = each.numbered(message::SubmittedFile::Kind::link);
    file.executable = each.flag();
    file.bytes = textOf(each.blob());
  }
  Statement variables(db,
                      "SELECT name, value, form, sensitive, sealed FROM revision_variables "
                      "WHERE cluster = ? AND revision = ? ORDER BY name");
  variables.bind(cluster.str(), number.value());
  while (variables.step()) {
    Columns each(variables);
    message::SubmittedVariable& variable = revision.submission.variables.emplace_back();
    variable.name = each.text();
    variable.value = each.text();
    variable.form = each.numbered(message::SubmittedVariable::Form::json);
    variable.sensitive = each.flag();
    if (each.isNull()) continue;
    variable.value = opened(key, secrets::nameOfVariable(cluster, number.value(), variable.name), each.blob());
  }
  return revision;
}

std::vector<RolloutRecord> readRolloutRows(Statement& statement) {
  std::vector<RolloutRecord> rollouts;
  while (statement.step()) {
    Columns row(statement);
    RolloutRecord& rollout = rollouts.emplace_back();
    rollout.id = row.counter<RolloutId>();
    rollout.cluster = row.parsed<ClusterName>();
    rollout.kind = row.numbered(RolloutKind::renew);
    rollout.from = row.counter<Revision>();
    rollout.to = row.counter<Revision>();
    rollout.state = row.word<message::RolloutState>();
    rollout.reason = row.text();
    rollout.pace.maxParallel = row.small();
    rollout.pace.minHealthyTime = std::chrono::seconds(row.count());
    rollout.pace.healthyDeadline = std::chrono::seconds(row.count());
    for (const std::string& name : listOf(row.text())) {
      const auto pool = PoolName::parse(name);
      if (!pool) throw BadValue("\"" + name + "\" is no pool");
      rollout.pace.quorum.insert(*pool);
    }
    rollout.pace.progressDeadline = std::chrono::seconds(row.count());
    rollout.pace.stagger = std::chrono::seconds(row.count());
    rollout.pace.canaryWaves = row.small();
    rollout.pace.autoPromote = row.flag();
    rollout.pace.autoRevert = row.flag();
    rollout.promoted = row.flag();
    if (const auto reverts = row.counter<RolloutId>(); reverts != RolloutId()) rollout.reverts = reverts;
    rollout.startedMs = row.integer();
    rollout.endedMs = row.integer();
    rollout.by = row.parsed<OperatorName>();
    rollout.drains = HostName::parse(row.text());
    rollout.pace.keepOldDisk = row.flag();
    rollout.overridden = row.flag();
  }
  return rollouts;
}

std::vector<ChangeRecord> readChanges(Database& db, RolloutId rollout) {
  Statement statement(db, "SELECT ordinal, wave, action, node, " BERTH_NODE_COLUMNS
                          ", reasons, state, reason, started_ms, ended_ms, thaws "
                          "FROM changes WHERE rollout = ? ORDER BY ordinal");
  statement.bind(rollout.value());
  std::vector<ChangeRecord> changes;
  while (statement.step()) {
    Columns row(statement);
    ChangeRecord& change = changes.emplace_back();
    change.rollout = rollout;
    change.ordinal = row.small();
    change.wave = row.small();
    change.action = row.word<message::Action>();
    change.target.name = row.parsed<NodeName>();
    readNodeInto(change.target, row);
    change.reasons = listOf(row.text());
    change.state = row.word<message::ChangeState>();
    change.reason = row.text();
    change.startedMs = row.integer();
    change.endedMs = row.integer();
    change.thaws = row.flag();
  }
  return changes;
}

std::vector<EventRecord> readEventRows(Statement& statement) {
  std::vector<EventRecord> events;
  while (statement.step()) {
    Columns row(statement);
    EventRecord& event = events.emplace_back();
    event.sequence = row.counter<Sequence>();
    event.timeMs = row.integer();
    event.subject = row.text();
    event.message = row.text();
  }
  return events;
}

}  // namespace berth::store
