// SPDX-License-Identifier: Apache-2.0
#include "controller/store/rows.h"

#include "controller/store/columns.h"

namespace berth::store {

using message::toString;

namespace {

// A node's columns are the same in `nodes` and in `changes`.
#define BERTH_NODE_COLUMNS                                                                 \
  "cluster, pool, idx, host, incarnation, instance, spec, revision, address, attachment, " \
  "network, mac, vcpus, memory, disk, image, tags"
constexpr const char* kHostColumns =
    "name, key, joined_ms, introduced, zone, labels, vcpus, memory, disk, kvm, agent_version, boot_id, generation, "
    "event_sequence, event_ms, ahead_epoch, ahead_generation";

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
}

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

/// INSERT … ON CONFLICT DO UPDATE rather than REPLACE: REPLACE deletes first, and foreign keys would see it.
std::string upsert(std::string_view table, std::string_view key, std::string_view columns) {
  std::string marks;
  std::string updates;
  std::size_t begin = 0;
  while (begin < columns.size()) {
    const std::size_t end = std::min(columns.find(", ", begin), columns.size());
    const std::string name(columns.substr(begin, end - begin));
    marks += marks.empty() ? "?" : ", ?";
    if (!updates.empty()) updates += ", ";
    updates.append(name).append(" = excluded.").append(name);
    begin = end + 2;
  }
  std::string sql = "INSERT INTO ";
  sql.append(table).append("(").append(columns).append(") VALUES (").append(marks);
  return sql.append(") ON CONFLICT (").append(key).append(") DO UPDATE SET ").append(updates);
}

void put(Database& db, const HostRecord& host) {
  Statement statement(db, upsert("hosts", "name", kHostColumns));
  statement.run(host.name.str(), host.key.str(), host.joinedMs, host.introduced, host.zone, toJson(host.labels),
                host.capacity.vcpus, host.capacity.memory.count(), host.capacity.disk.count(), host.kvm,
                host.agentVersion, host.bootId, host.generation.value(), nullptr, nullptr, nullptr, nullptr);
  if (host.lastEvent) {
    Statement(db, "UPDATE hosts SET event_sequence = ?, event_ms = ? WHERE name = ?")
        .run(host.lastEvent->sequence.value(), host.lastEvent->timeMs, host.name.str());
  }
  if (host.ahead) {
    Statement(db, "UPDATE hosts SET ahead_epoch = ?, ahead_generation = ? WHERE name = ?")
        .run(host.ahead->epoch.value(), host.ahead->generation.value(), host.name.str());
  }
}

void put(Database& db, const identity::StoredToken& token) {
  Statement(db, upsert("tokens", "id", "id, verifier, host, expires_ms"))
      .run(token.id, std::span<const std::uint8_t>(token.verifier), token.host.str(), millisecondsOf(token.expires));
}

void put(Database& db, const OperatorRecord& person) {
  Statement(db, upsert("operators", "name", "name, role, key, added_ms"))
      .run(person.name.str(), toString(person.role), person.key.str(), person.addedMs);
}

void put(Database& db, const ClusterRecord& cluster) {
  Statement(db, upsert("clusters", "name", "name, revision, state"))
      .run(cluster.name.str(), cluster.revision.value(), static_cast<int>(cluster.state));
}

void put(Database& db, const RevisionRecord& revision) {
  Statement(db,
            "INSERT INTO revisions(cluster, revision, spec_path, image, image_declared, accepted_ms, by) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)")
      .run(revision.cluster.str(), revision.revision.value(), revision.submission.specPath,
           toJson(revision.submission.image), revision.imageDeclared, revision.acceptedMs, revision.by.str());
  Statement file(db,
                 "INSERT INTO revision_files(cluster, revision, path, kind, executable, bytes) "
                 "VALUES (?, ?, ?, ?, ?, ?)");
  for (const auto& [path, content] : revision.submission.files) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(content.bytes.data());
    file.run(revision.cluster.str(), revision.revision.value(), path, static_cast<int>(content.kind),
             content.executable, std::span(bytes, content.bytes.size()));
  }
}

void put(Database& db, const SpecRecord& spec) {
  // The same digest is the same content.
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(spec.encoded.data());
  Statement(db, "INSERT INTO specs(digest, encoded) VALUES (?, ?) ON CONFLICT DO NOTHING")
      .run(std::span<const std::uint8_t>(spec.digest.bytes()), std::span(bytes, spec.encoded.size()));
}

/// Binds the name, the node columns and what comes after them, and runs.
template <class... After>
void runWithNode(Statement& statement, const NodeRecord& node, const After&... after) {
  statement.run(node.name.str(), node.cluster.str(), node.pool.str(), node.index, node.host.str(),
                node.incarnation.value(), std::span<const std::uint8_t>(node.instance.bytes()),
                std::span<const std::uint8_t>(node.spec.bytes()), node.revision.value(), node.address,
                toString(node.nic.attachment), node.nic.source, node.nic.mac, node.size.vcpus, node.size.memory.count(),
                node.size.disk.count(), node.image, toJson(node.tags), after...);
}

void put(Database& db, const NodeRecord& node) {
  Statement statement(db, upsert("nodes", "name", "name, " BERTH_NODE_COLUMNS));
  runWithNode(statement, node);
  Statement(db,
            "INSERT INTO incarnations(node, last) VALUES (?, ?) "
            "ON CONFLICT (node) DO UPDATE SET last = max(last, excluded.last)")
      .run(node.name.str(), node.incarnation.value());
}

void put(Database& db, const TombstoneRecord& tombstone) {
  Statement statement(db, upsert("tombstones", "instance", "node, " BERTH_NODE_COLUMNS));
  runWithNode(statement, tombstone.was);
}

void put(Database& db, const RolloutRecord& rollout) {
  Statement(db, upsert("rollouts", "id", kRolloutColumns))
      .run(rollout.id.value(), rollout.cluster.str(), static_cast<int>(rollout.kind), rollout.from.value(),
           rollout.to.value(), toString(rollout.state), rollout.reason, rollout.pace.maxParallel,
           static_cast<std::int64_t>(rollout.pace.minHealthyTime.count()),
           static_cast<std::int64_t>(rollout.pace.healthyDeadline.count()), rollout.startedMs, rollout.endedMs,
           rollout.by.str());
}

void put(Database& db, const ChangeRecord& change) {
  Statement statement(db, upsert("changes", "rollout, ordinal",
                                 "node, " BERTH_NODE_COLUMNS
                                 ", rollout, ordinal, wave, action, reasons, state, reason, started_ms, ended_ms"));
  runWithNode(statement, change.target, change.rollout.value(), change.ordinal, change.wave, toString(change.action),
              toJson(change.reasons), toString(change.state), change.reason, change.startedMs, change.endedMs);
}

void put(Database& db, const EventRecord& event) {
  Statement(db, "INSERT INTO events(sequence, time_ms, subject, message) VALUES (?, ?, ?, ?)")
      .run(event.sequence.value(), event.timeMs, event.subject, event.message);
  if (event.sequence.value() > kEventsKept) {
    Statement(db, "DELETE FROM events WHERE sequence <= ?").run(event.sequence.value() - kEventsKept);
  }
}

void put(Database& db, const RemoveHost& remove) {
  Statement(db, "DELETE FROM hosts WHERE name = ?").run(remove.host.str());
}
void put(Database& db, const RemoveToken& remove) { Statement(db, "DELETE FROM tokens WHERE id = ?").run(remove.id); }
void put(Database& db, const RemoveOperator& remove) {
  Statement(db, "DELETE FROM operators WHERE name = ?").run(remove.name.str());
}
void put(Database& db, const RemoveCluster& remove) {
  Statement(db, "DELETE FROM clusters WHERE name = ?").run(remove.cluster.str());
}
void put(Database& db, const RemoveNode& remove) {
  Statement(db, "DELETE FROM nodes WHERE name = ?").run(remove.node.str());
}
void put(Database& db, const RemoveTombstone& remove) {
  Statement(db, "DELETE FROM tombstones WHERE instance = ?")
      .run(std::span<const std::uint8_t>(remove.instance.uuid.bytes()));
}
void put(Database& db, const RaiseEpoch& raise) {
  Statement(db, "UPDATE fleet SET epoch = max(epoch, ?)").run(raise.least.value());
}
void put(Database& db, const DropUnusedSpecs&) {
  db.execute(
      "DELETE FROM specs WHERE digest NOT IN (SELECT spec FROM nodes) AND digest NOT IN "
      "(SELECT c.spec FROM changes c JOIN rollouts r ON r.id = c.rollout "
      " WHERE r.state IN ('running', 'paused') AND c.state = 'waiting')");
}

}  // namespace

const char* const kRolloutColumns =
    "id, cluster, kind, from_revision, to_revision, state, reason, max_parallel, min_healthy_s, healthy_deadline_s, "
    "started_ms, ended_ms, by";

void carryOut(Database& db, const Write& write) {
  std::visit([&](const auto& each) { put(db, each); }, write);
}

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
    if (row.isNull()) {
      row.skip();
      row.skip();
    } else {
      const auto sequence = row.counter<Sequence>();
      host.lastEvent = EventMark{sequence, row.integer()};
    }
    if (!row.isNull()) {
      const auto epoch = row.counter<Epoch>();
      host.ahead = Ahead{epoch, row.counter<Generation>()};
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
  return all(db, "SELECT name, revision, state FROM clusters ORDER BY name", [](Columns& row) {
    ClusterRecord cluster;
    cluster.name = row.parsed<ClusterName>();
    cluster.revision = row.counter<Revision>();
    cluster.state = row.numbered(ClusterState::destroying);
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
  return all(db, "SELECT node, " BERTH_NODE_COLUMNS " FROM tombstones ORDER BY node, incarnation", [](Columns& row) {
    TombstoneRecord tombstone;
    tombstone.was.name = row.parsed<NodeName>();
    readNodeInto(tombstone.was, row);
    return tombstone;
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

std::optional<RevisionRecord> readRevision(Database& db, const ClusterName& cluster, Revision number) {
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
    const auto bytes = each.blob();
    file.bytes.assign(bytes.begin(), bytes.end());
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
    rollout.kind = row.numbered(RolloutKind::destroy);
    rollout.from = row.counter<Revision>();
    rollout.to = row.counter<Revision>();
    rollout.state = row.word<message::RolloutState>();
    rollout.reason = row.text();
    rollout.pace.maxParallel = row.small();
    rollout.pace.minHealthyTime = std::chrono::seconds(row.count());
    rollout.pace.healthyDeadline = std::chrono::seconds(row.count());
    rollout.startedMs = row.integer();
    rollout.endedMs = row.integer();
    rollout.by = row.parsed<OperatorName>();
  }
  return rollouts;
}

std::vector<ChangeRecord> readChanges(Database& db, RolloutId rollout) {
  Statement statement(db, "SELECT ordinal, wave, action, node, " BERTH_NODE_COLUMNS
                          ", reasons, state, reason, started_ms, ended_ms "
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
