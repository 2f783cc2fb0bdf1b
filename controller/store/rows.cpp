// SPDX-License-Identifier: Apache-2.0
//
// Records to rows; the way back is in rows_read.cpp.
#include "controller/store/rows.h"

#include "controller/secrets/provide.h"
#include "controller/store/columns.h"
#include "controller/store/row_columns.h"

namespace berth::store {

using message::toString;

namespace {

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

/// Of a text that outlives the result.
std::span<const std::uint8_t> bytesOf(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void put(Database& db, const HostRecord& host) {
  Statement statement(db, upsert("hosts", "name", kHostColumns));
  statement.run(host.name.str(), host.key.str(), host.joinedMs, host.introduced, host.zone, toJson(host.labels),
                host.capacity.vcpus, host.capacity.memory.count(), host.capacity.disk.count(), host.kvm,
                host.agentVersion, host.bootId, host.generation.value(), toString(host.duty), host.peers,
                host.artifacts, host.capacity.volumes.count(), host.volumePool, nullptr, nullptr, nullptr, nullptr,
                nullptr, 0, 0, toString(message::DrainVolumes::skip), false, "");
  if (host.lastEvent) {
    Statement(db, "UPDATE hosts SET event_sequence = ?, event_ms = ? WHERE name = ?")
        .run(host.lastEvent->sequence.value(), host.lastEvent->timeMs, host.name.str());
  }
  if (host.ahead) {
    Statement(db, "UPDATE hosts SET ahead_epoch = ?, ahead_generation = ? WHERE name = ?")
        .run(host.ahead->epoch.value(), host.ahead->generation.value(), host.name.str());
  }
  if (const auto& drain = host.drain) {
    Statement(db,
              "UPDATE hosts SET drain_by = ?, drain_since_ms = ?, drain_deadline_ms = ?, drain_volumes = ?, "
              "drain_halted = ?, drain_obstacle = ? WHERE name = ?")
        .run(drain->by.str(), drain->sinceMs, drain->deadlineMs, toString(drain->volumes), drain->halted,
             drain->obstacle, host.name.str());
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
  Statement(db, upsert("clusters", "name", "name, revision, state, protections, reboots"))
      .run(cluster.name.str(), cluster.revision.value(), static_cast<int>(cluster.state), toJson(cluster.protections),
           cluster.reboots ? toJson(*cluster.reboots) : std::string());
}

void put(Database& db, const RevisionRecord& revision, Key key) {
  Statement(db,
            "INSERT INTO revisions(cluster, revision, spec_path, image, image_declared, accepted_ms, by) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)")
      .run(revision.cluster.str(), revision.revision.value(), revision.submission.specPath,
           toJson(revision.submission.image), revision.imageDeclared, revision.acceptedMs, revision.by.str());
  Statement file(db,
                 "INSERT INTO revision_files(cluster, revision, path, kind, executable, bytes) "
                 "VALUES (?, ?, ?, ?, ?, ?)");
  for (const auto& [path, content] : revision.submission.files) {
    file.run(revision.cluster.str(), revision.revision.value(), path, static_cast<int>(content.kind),
             content.executable, bytesOf(content.bytes));
  }
  Statement variable(db,
                     "INSERT INTO revision_variables(cluster, revision, name, value, form, sensitive, sealed) "
                     "VALUES (?, ?, ?, ?, ?, ?, ?)");
  for (const auto& each : revision.submission.variables) {
    const auto run = [&](const std::string& value, const auto& sealed) {
      variable.run(revision.cluster.str(), revision.revision.value(), each.name, value, static_cast<int>(each.form),
                   each.sensitive, sealed);
    };
    if (key == nullptr || !each.sensitive) {
      run(each.value, nullptr);
    } else {
      const auto name = secrets::nameOfVariable(revision.cluster, revision.revision.value(), each.name);
      run("", bytesOf(key->seal(name, each.value)));
    }
  }
}

void put(Database& db, const SpecRecord& spec, Key key) {
  const std::string sealed = key == nullptr ? spec.encoded : key->seal(secrets::nameOfSpec(spec.digest), spec.encoded);
  // The same digest is the same content.
  Statement(db, "INSERT INTO specs(digest, encoded, sealed) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
      .run(std::span<const std::uint8_t>(spec.digest.bytes()), bytesOf(sealed), key != nullptr);
}

/// Binds the name, the node columns and what comes after them, and runs.
template <class... After>
void runWithNode(Statement& statement, const NodeRecord& node, const After&... after) {
  statement.run(node.name.str(), node.cluster.str(), node.pool.str(), node.index, node.host.str(),
                node.incarnation.value(), std::span<const std::uint8_t>(node.instance.bytes()),
                std::span<const std::uint8_t>(node.spec.bytes()), node.revision.value(), node.address,
                toString(node.nic.attachment), node.nic.source, node.nic.mac, node.size.vcpus, node.size.memory.count(),
                node.size.disk.count(), node.image, toJson(node.tags), toJson(node.volumes),
                static_cast<std::int64_t>(node.lossGrace.count()), node.armed, toString(node.power), node.standsIn,
                toJson(node.retired), after...);
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
  Statement statement(db, upsert("tombstones", "instance", "node, " BERTH_NODE_COLUMNS ", fenced"));
  runWithNode(statement, tombstone.was, tombstone.fenced);
}

std::optional<std::uint64_t> numberOf(const std::optional<Generation>& generation) {
  return generation ? std::optional(generation->value()) : std::nullopt;
}

void put(Database& db, const VolumeRecord& volume) {
  Statement(db, upsert("volumes", "host, node, volume", kVolumeColumns))
      .run(volume.host.str(), volume.cluster.str(), volume.node.str(), volume.volume.name.str(),
           volume.volume.size.count(), volume.volume.keep, numberOf(volume.deleteUntil),
           volume.restore ? std::optional(volume.restore->from.str()) : std::nullopt,
           numberOf(volume.restore ? std::optional(volume.restore->at) : std::nullopt),
           volume.incoming ? std::optional(volume.incoming->from.str()) : std::nullopt,
           numberOf(volume.incoming ? std::optional(volume.incoming->at) : std::nullopt),
           volume.movedTo ? std::optional(volume.movedTo->str()) : std::nullopt);
}

void put(Database& db, const SnapshotRecord& snapshot) {
  Statement(db, upsert("snapshots", "host, node, volume, name", kSnapshotColumns))
      .run(snapshot.host.str(), snapshot.cluster.str(), snapshot.node.str(), snapshot.volume.str(), snapshot.name.str(),
           snapshot.size.count(), snapshot.at.value(), snapshot.made, numberOf(snapshot.deleteUntil));
}

void put(Database& db, const SecretRecord& secret) {
  Statement(db, upsert("secrets", "cluster, name, version", kSecretColumns))
      .run(secret.cluster.str(), secret.name, secret.version, secrets::wordOf(secret.kind), bytesOf(secret.sealed),
           secret.node.str(), secret.inForce, secret.madeMs, secret.by.str(), secret.expiresMs);
}

void put(Database& db, const LockRecord& lock) {
  Statement(db, upsert("locks", "node", kLockColumns))
      .run(lock.node.str(), std::span<const std::uint8_t>(lock.instance.bytes()), lock.group, lock.grantedMs,
           lock.bootId, lock.left, lock.steady);
}

std::string quorumOf(const store::Pace& pace) {
  std::vector<std::string> names;
  for (const PoolName& each : pace.quorum) names.push_back(each.str());
  return toJson(names);
}

void put(Database& db, const RolloutRecord& rollout) {
  Statement(db, upsert("rollouts", "id", kRolloutColumns))
      .run(rollout.id.value(), rollout.cluster.str(), static_cast<int>(rollout.kind), rollout.from.value(),
           rollout.to.value(), toString(rollout.state), rollout.reason, rollout.pace.maxParallel,
           static_cast<std::int64_t>(rollout.pace.minHealthyTime.count()),
           static_cast<std::int64_t>(rollout.pace.healthyDeadline.count()), quorumOf(rollout.pace),
           static_cast<std::int64_t>(rollout.pace.progressDeadline.count()),
           static_cast<std::int64_t>(rollout.pace.stagger.count()), rollout.pace.canaryWaves, rollout.pace.autoPromote,
           rollout.pace.autoRevert, rollout.promoted, rollout.reverts.value_or(RolloutId()).value(), rollout.startedMs,
           rollout.endedMs, rollout.by.str(), rollout.drains.value_or(HostName()).str(), rollout.pace.keepOldDisk,
           rollout.overridden);
}

void put(Database& db, const ChangeRecord& change) {
  Statement statement(db,
                      upsert("changes", "rollout, ordinal",
                             "node, " BERTH_NODE_COLUMNS
                             ", rollout, ordinal, wave, action, reasons, state, reason, started_ms, ended_ms, thaws"));
  runWithNode(statement, change.target, change.rollout.value(), change.ordinal, change.wave, toString(change.action),
              toJson(change.reasons), toString(change.state), change.reason, change.startedMs, change.endedMs,
              change.thaws);
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
void put(Database& db, const RemoveVolume& remove) {
  Statement(db, "DELETE FROM volumes WHERE host = ? AND node = ? AND volume = ?")
      .run(remove.host.str(), remove.node.str(), remove.volume.str());
}
void put(Database& db, const RemoveSnapshot& remove) {
  Statement(db, "DELETE FROM snapshots WHERE host = ? AND node = ? AND volume = ? AND name = ?")
      .run(remove.host.str(), remove.node.str(), remove.volume.str(), remove.name.str());
}
void put(Database& db, const RemoveSecret& remove) {
  Statement(db, "DELETE FROM secrets WHERE cluster = ? AND name = ? AND version = ?")
      .run(remove.cluster.str(), remove.name, remove.version);
}
void put(Database& db, const RemoveLock& remove) {
  Statement(db, "DELETE FROM locks WHERE node = ?").run(remove.node.str());
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
    "quorum, progress_deadline_s, stagger_s, canary_waves, auto_promote, auto_revert, promoted, reverts, started_ms, "
    "ended_ms, by, drains, keep_old_disk, overridden";

void carryOut(Database& db, const Write& write, Key key) {
  std::visit(
      [&](const auto& each) {
        if constexpr (requires { put(db, each, key); }) {
          put(db, each, key);
        } else {
          put(db, each);
        }
      },
      write);
}

void sealOlder(Database& db, const secrets::MasterKey& key) {
  std::vector<Digest> plain;
  Statement specs(db, "SELECT digest FROM specs WHERE sealed = 0");
  while (specs.step()) plain.push_back(Columns(specs).digest());
  for (const Digest& digest : plain) {
    const std::string encoded = readSpec(db, digest, nullptr).value_or("");
    Statement(db, "UPDATE specs SET encoded = ?, sealed = 1 WHERE digest = ?")
        .run(bytesOf(key.seal(secrets::nameOfSpec(digest), encoded)), std::span<const std::uint8_t>(digest.bytes()));
  }
  struct Variable {
    ClusterName cluster;
    std::uint64_t revision = 0;
    std::string name;
    std::string value;
  };
  std::vector<Variable> open;
  Statement variables(db,
                      "SELECT cluster, revision, name, value FROM revision_variables "
                      "WHERE sensitive = 1 AND sealed IS NULL");
  while (variables.step()) {
    Columns row(variables);
    Variable& variable = open.emplace_back();
    variable.cluster = row.parsed<ClusterName>();
    variable.revision = row.count();
    variable.name = row.text();
    variable.value = row.text();
  }
  for (const Variable& each : open) {
    const std::string sealed = key.seal(secrets::nameOfVariable(each.cluster, each.revision, each.name), each.value);
    Statement(db,
              "UPDATE revision_variables SET value = '', sealed = ? "
              "WHERE cluster = ? AND revision = ? AND name = ?")
        .run(bytesOf(sealed), each.cluster.str(), each.revision, each.name);
  }
}

}  // namespace berth::store
