// SPDX-License-Identifier: Apache-2.0
#include "controller/store/schema.h"

#include <array>
#include <string>

namespace berth::store {

namespace {

// What a node was promised and looks like; the same in `nodes`, `tombstones` and `changes`.
#define BERTH_PROMISED_COLUMNS                                                                                       \
  "revision INTEGER NOT NULL, address TEXT NOT NULL, attachment TEXT NOT NULL, network TEXT NOT NULL, "              \
  "mac TEXT NOT NULL, vcpus INTEGER NOT NULL, memory INTEGER NOT NULL, disk INTEGER NOT NULL, image TEXT NOT NULL, " \
  "tags TEXT NOT NULL"

// Names and keys are text, digests and UUIDs blobs, times milliseconds since 1970, maps and lists JSON.
// `incarnations`, `revisions`, `rollouts` and `changes` are history: nothing deletes from them.
constexpr const char* kFirst = R"sql(
CREATE TABLE fleet(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  uuid BLOB NOT NULL,
  epoch INTEGER NOT NULL
) STRICT;

CREATE TABLE hosts(
  name TEXT PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  joined_ms INTEGER NOT NULL,
  introduced INTEGER NOT NULL,
  zone TEXT NOT NULL,
  labels TEXT NOT NULL,
  vcpus INTEGER NOT NULL,
  memory INTEGER NOT NULL,
  disk INTEGER NOT NULL,
  kvm INTEGER NOT NULL,
  agent_version TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  generation INTEGER NOT NULL,
  event_sequence INTEGER,
  event_ms INTEGER
) STRICT;

CREATE TABLE tokens(
  id TEXT PRIMARY KEY,
  verifier BLOB NOT NULL,
  host TEXT NOT NULL,
  expires_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE operators(
  name TEXT PRIMARY KEY,
  role TEXT NOT NULL,
  key TEXT NOT NULL UNIQUE,
  added_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE revisions(
  cluster TEXT NOT NULL,
  revision INTEGER NOT NULL,
  spec_path TEXT NOT NULL,
  image TEXT NOT NULL,
  image_declared TEXT NOT NULL,
  accepted_ms INTEGER NOT NULL,
  by TEXT NOT NULL,
  PRIMARY KEY (cluster, revision)
) STRICT;

CREATE TABLE revision_files(
  cluster TEXT NOT NULL,
  revision INTEGER NOT NULL,
  path TEXT NOT NULL,
  kind INTEGER NOT NULL,
  executable INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (cluster, revision, path),
  FOREIGN KEY (cluster, revision) REFERENCES revisions
) STRICT;

CREATE TABLE clusters(
  name TEXT PRIMARY KEY,
  revision INTEGER NOT NULL,
  state INTEGER NOT NULL,
  FOREIGN KEY (name, revision) REFERENCES revisions(cluster, revision)
) STRICT;

CREATE TABLE specs(
  digest BLOB PRIMARY KEY,
  encoded BLOB NOT NULL
) STRICT;

CREATE TABLE incarnations(
  node TEXT PRIMARY KEY,
  last INTEGER NOT NULL
) STRICT;

CREATE TABLE nodes(
  name TEXT PRIMARY KEY,
  cluster TEXT NOT NULL REFERENCES clusters,
  pool TEXT NOT NULL,
  idx INTEGER NOT NULL,
  host TEXT NOT NULL REFERENCES hosts,
  incarnation INTEGER NOT NULL,
  instance BLOB NOT NULL UNIQUE,
  spec BLOB NOT NULL REFERENCES specs,
)sql" BERTH_PROMISED_COLUMNS R"sql(
) STRICT;
CREATE INDEX nodes_host ON nodes(host);
CREATE INDEX nodes_spec ON nodes(spec);

CREATE TABLE tombstones(
  node TEXT NOT NULL,
  cluster TEXT NOT NULL,
  pool TEXT NOT NULL,
  idx INTEGER NOT NULL,
  host TEXT NOT NULL REFERENCES hosts,
  incarnation INTEGER NOT NULL,
  instance BLOB PRIMARY KEY,
  spec BLOB NOT NULL,
)sql" BERTH_PROMISED_COLUMNS R"sql(
) STRICT;

CREATE TABLE rollouts(
  id INTEGER PRIMARY KEY,
  cluster TEXT NOT NULL,
  kind INTEGER NOT NULL,
  from_revision INTEGER NOT NULL,
  to_revision INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  max_parallel INTEGER NOT NULL,
  min_healthy_s INTEGER NOT NULL,
  healthy_deadline_s INTEGER NOT NULL,
  started_ms INTEGER NOT NULL,
  ended_ms INTEGER NOT NULL,
  by TEXT NOT NULL
) STRICT;
CREATE INDEX rollouts_cluster ON rollouts(cluster, id);
CREATE INDEX rollouts_state ON rollouts(state);

CREATE TABLE changes(
  rollout INTEGER NOT NULL REFERENCES rollouts,
  ordinal INTEGER NOT NULL,
  wave INTEGER NOT NULL,
  action TEXT NOT NULL,
  node TEXT NOT NULL,
  cluster TEXT NOT NULL,
  pool TEXT NOT NULL,
  idx INTEGER NOT NULL,
  host TEXT NOT NULL,
  incarnation INTEGER NOT NULL,
  instance BLOB NOT NULL,
  spec BLOB NOT NULL,
)sql" BERTH_PROMISED_COLUMNS R"sql(,
  reasons TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  started_ms INTEGER NOT NULL,
  ended_ms INTEGER NOT NULL,
  PRIMARY KEY (rollout, ordinal)
) STRICT;

CREATE TABLE events(
  sequence INTEGER PRIMARY KEY,
  time_ms INTEGER NOT NULL,
  subject TEXT NOT NULL,
  message TEXT NOT NULL
) STRICT;
CREATE INDEX events_subject ON events(subject, sequence);
)sql";

// A host found ahead of the store stays undriven across restarts, until a person decides.
constexpr const char* kAhead = R"sql(
ALTER TABLE hosts ADD COLUMN ahead_epoch INTEGER;
ALTER TABLE hosts ADD COLUMN ahead_generation INTEGER;
)sql";

// Volumes outlive their nodes. A node of before has none.
constexpr const char* kVolumes = R"sql(
ALTER TABLE nodes ADD COLUMN volumes TEXT NOT NULL DEFAULT '[]';
ALTER TABLE tombstones ADD COLUMN volumes TEXT NOT NULL DEFAULT '[]';
ALTER TABLE changes ADD COLUMN volumes TEXT NOT NULL DEFAULT '[]';
CREATE TABLE volumes(
  host TEXT NOT NULL REFERENCES hosts,
  cluster TEXT NOT NULL,
  node TEXT NOT NULL,
  volume TEXT NOT NULL,
  size INTEGER NOT NULL,
  keep INTEGER NOT NULL,
  PRIMARY KEY (host, node, volume)
) STRICT;
)sql";

// What is protected outlives the lines that said so; and a rollout knows which pools live by their majority.
constexpr const char* kProtections = R"sql(
ALTER TABLE clusters ADD COLUMN protections TEXT NOT NULL DEFAULT '{}';
ALTER TABLE rollouts ADD COLUMN quorum TEXT NOT NULL DEFAULT '[]';
)sql";

// Values of the spec's variables; older revisions have none.
constexpr const char* kVariables = R"sql(
CREATE TABLE revision_variables(
  cluster TEXT NOT NULL,
  revision INTEGER NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  form INTEGER NOT NULL,
  sensitive INTEGER NOT NULL,
  PRIMARY KEY (cluster, revision, name),
  FOREIGN KEY (cluster, revision) REFERENCES revisions
) STRICT;
)sql";

// What an operator has said of a host, and how a rollout goes about its canaries and its end. Older rollouts go on as
// they began.
constexpr const char* kSteering = R"sql(
ALTER TABLE hosts ADD COLUMN duty TEXT NOT NULL DEFAULT 'open';
ALTER TABLE rollouts ADD COLUMN progress_deadline_s INTEGER NOT NULL DEFAULT 1800;
ALTER TABLE rollouts ADD COLUMN stagger_s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollouts ADD COLUMN canary_waves INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollouts ADD COLUMN auto_promote INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollouts ADD COLUMN auto_revert INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollouts ADD COLUMN promoted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rollouts ADD COLUMN reverts INTEGER NOT NULL DEFAULT 0;
)sql";

// What becomes of a node whose host is lost, and whether a person has switched it off. Nodes of before wait, and run.
constexpr const char* kHostLoss = R"sql(
ALTER TABLE nodes ADD COLUMN loss_grace_s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE nodes ADD COLUMN armed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE nodes ADD COLUMN power TEXT NOT NULL DEFAULT 'on';
ALTER TABLE tombstones ADD COLUMN loss_grace_s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tombstones ADD COLUMN armed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tombstones ADD COLUMN power TEXT NOT NULL DEFAULT 'on';
ALTER TABLE tombstones ADD COLUMN fenced INTEGER NOT NULL DEFAULT 0;
ALTER TABLE changes ADD COLUMN loss_grace_s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE changes ADD COLUMN armed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE changes ADD COLUMN power TEXT NOT NULL DEFAULT 'on';
)sql";

// Volumes that are being deleted; of older stores none is.
constexpr const char* kVolumeDeletion = R"sql(
ALTER TABLE volumes ADD COLUMN delete_until INTEGER;
)sql";

// Snapshots of volumes, and volumes that are being made what one of them holds.
constexpr const char* kSnapshots = R"sql(
ALTER TABLE volumes ADD COLUMN restore_from TEXT;
ALTER TABLE volumes ADD COLUMN restore_at INTEGER;
CREATE TABLE snapshots(
  host TEXT NOT NULL REFERENCES hosts,
  cluster TEXT NOT NULL,
  node TEXT NOT NULL,
  volume TEXT NOT NULL,
  name TEXT NOT NULL,
  size INTEGER NOT NULL,
  ordered_at INTEGER NOT NULL,
  made INTEGER NOT NULL,
  delete_until INTEGER,
  PRIMARY KEY (host, node, volume, name)
) STRICT;
)sql";

// Volumes on their way from one host to another, and where agents may be asked for them.
constexpr const char* kVolumeMoves = R"sql(
ALTER TABLE hosts ADD COLUMN peers TEXT NOT NULL DEFAULT '';
ALTER TABLE volumes ADD COLUMN incoming_from TEXT;
ALTER TABLE volumes ADD COLUMN incoming_at INTEGER;
ALTER TABLE volumes ADD COLUMN moved_to TEXT;
)sql";

// Hosts that are being emptied. Those that an older controller was told to empty go on by themselves.
constexpr const char* kDrains = R"sql(
ALTER TABLE hosts ADD COLUMN drain_by TEXT;
ALTER TABLE hosts ADD COLUMN drain_since_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hosts ADD COLUMN drain_deadline_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hosts ADD COLUMN drain_volumes TEXT NOT NULL DEFAULT 'skip';
ALTER TABLE hosts ADD COLUMN drain_halted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hosts ADD COLUMN drain_obstacle TEXT NOT NULL DEFAULT '';
UPDATE hosts SET drain_by = 'berth' WHERE duty = 'draining';
ALTER TABLE rollouts ADD COLUMN drains TEXT NOT NULL DEFAULT '';
)sql";

// Nodes that only stand in for others of their pool; of older stores none does.
constexpr const char* kStandIns = R"sql(
ALTER TABLE nodes ADD COLUMN stands_in INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tombstones ADD COLUMN stands_in INTEGER NOT NULL DEFAULT 0;
ALTER TABLE changes ADD COLUMN stands_in INTEGER NOT NULL DEFAULT 0;
)sql";

// Which changes are meant also where their node is frozen.
constexpr const char* kThaws = R"sql(
ALTER TABLE changes ADD COLUMN thaws INTEGER NOT NULL DEFAULT 0;
)sql";

// Secrets of clusters, all of them sealed; and what is sealed of that which was there before, once there is a key. The
// check tells whether a key is the one that was used.
constexpr const char* kSecrets = R"sql(
CREATE TABLE secrets(
  cluster TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  kind TEXT NOT NULL,
  sealed BLOB NOT NULL,
  node TEXT NOT NULL,
  in_force INTEGER NOT NULL,
  made_ms INTEGER NOT NULL,
  by TEXT NOT NULL,
  expires_ms INTEGER NOT NULL,
  PRIMARY KEY (cluster, name, version)
) STRICT;
ALTER TABLE fleet ADD COLUMN key_check BLOB;
ALTER TABLE specs ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE revision_variables ADD COLUMN sealed BLOB;
)sql";

// Whether agents hand artifacts to guests. Until they say so they do not.
constexpr const char* kArtifacts = R"sql(
ALTER TABLE hosts ADD COLUMN artifacts INTEGER NOT NULL DEFAULT 0;
)sql";

// Root disks of earlier instances that hosts keep; of older stores none is, and older rollouts keep none.
constexpr const char* kRetiredDisks = R"sql(
ALTER TABLE nodes ADD COLUMN retired TEXT NOT NULL DEFAULT 'null';
ALTER TABLE tombstones ADD COLUMN retired TEXT NOT NULL DEFAULT 'null';
ALTER TABLE changes ADD COLUMN retired TEXT NOT NULL DEFAULT 'null';
ALTER TABLE rollouts ADD COLUMN keep_old_disk INTEGER NOT NULL DEFAULT 0;
)sql";

// Nodes that reboot into a new release, and which clusters ask for that. None of before did.
constexpr const char* kLocks = R"sql(
ALTER TABLE clusters ADD COLUMN reboots TEXT NOT NULL DEFAULT '';
CREATE TABLE locks(
  node TEXT PRIMARY KEY,
  instance BLOB NOT NULL,
  lock_group TEXT NOT NULL,
  granted_ms INTEGER NOT NULL,
  boot_id TEXT NOT NULL,
  has_left INTEGER NOT NULL,
  steady INTEGER NOT NULL
) STRICT;
)sql";

// Rollouts that go on though the stack of some nodes is not well. Nobody could say so before.
constexpr const char* kOverrides = R"sql(
ALTER TABLE rollouts ADD COLUMN overridden INTEGER NOT NULL DEFAULT 0;
)sql";

// Where the volumes of hosts lie. Until agents say otherwise they lie on the disk.
constexpr const char* kVolumePools = R"sql(
ALTER TABLE hosts ADD COLUMN pool_size INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hosts ADD COLUMN volume_pool TEXT NOT NULL DEFAULT '';
)sql";

constexpr std::array kMigrations{kFirst,        kAhead,    kVolumes,        kProtections, kVariables,
                                 kSteering,     kHostLoss, kVolumeDeletion, kSnapshots,   kDrains,
                                 kStandIns,     kThaws,    kVolumeMoves,    kSecrets,     kArtifacts,
                                 kRetiredDisks, kLocks,    kOverrides,      kVolumePools};

}  // namespace

std::span<const char* const> migrations() { return kMigrations; }

void migrate(Database& db, std::int64_t version) {
  for (std::int64_t at = db.number("PRAGMA user_version"); at < version; ++at) {
    Scope scope(db);
    db.execute(kMigrations.at(static_cast<std::size_t>(at)));
    db.execute(("PRAGMA user_version = " + std::to_string(at + 1)).c_str());
    scope.commit();
  }
}

}  // namespace berth::store
