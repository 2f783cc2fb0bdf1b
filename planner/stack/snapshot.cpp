// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/snapshot.h"

#include "planner/stack/consul.h"
#include "planner/stack/nomad.h"
#include "planner/stack/scripts.h"
#include "planner/stack/vault.h"

namespace berth::stack {
namespace {

/// Whose snapshot it is, and how it is asked for.
struct Source {
  /// "consul": what its unit, its user and its directory are called.
  std::string name;
  std::string meaning;
  std::string api;
  /// Empty without TLS.
  std::string ca;
  std::string dataDir;
  /// Paths, the better one first; each may take eleven seconds.
  std::string ways;
};

std::string serviceText(const Source& source, std::string_view meaning, std::string_view lines) {
  const std::string unit = source.name + ".service";
  Environment environment;
  environment.set("API", source.api).set("CA", source.ca).set("DATA_DIR", source.dataDir);
  environment.set("HEADER", ownPath(source.name, "management.header")).set("WAYS", source.ways);
  return "# Written by Berth.\n[Unit]\nDescription=" + std::string(meaning) + " " + source.meaning + "\nAfter=" + unit +
         "\n\n[Service]\nType=oneshot\nUser=" + source.name + "\n" + environment.lines() + std::string(lines);
}

Own snapshotsOf(const Source& source) {
  const std::string program = "/bin/bash " + std::string(kOwnDirectory) + "/snapshot\n";
  const std::string name = "berth-" + source.name;
  Own own;
  own.units.push_back({name + "-snapshot.service",
                       serviceText(source, "Snapshot of", "TimeoutStartSec=1min\nExecStart=" + program),
                       Starts::byAnother});
  // Not all servers at once.
  own.units.push_back(
      {name + "-snapshot.timer", "# Written by Berth.\n[Unit]\nDescription=Each day a snapshot of " + source.meaning +
                                     "\n\n[Timer]\nOnCalendar=daily\nRandomizedDelaySec=1h\n\n[Install]\n"
                                     "WantedBy=timers.target\n"});
  own.units.push_back(
      {lastSnapshotUnit(source.name),
       serviceText(source, "Before a shutdown a snapshot of",
                   "RemainAfterExit=yes\nTimeoutStopSec=" + std::to_string(kTimeForSnapshot.count()) +
                       "\nExecStart=/bin/true\nExecStop=" + program + "\n[Install]\nWantedBy=multi-user.target\n")});
  return own;
}

}  // namespace

std::string lastSnapshotUnit(const std::string& tool) { return "berth-" + tool + "-last-snapshot.service"; }

OwnFile snapshotFile() { return {std::string(kOwnDirectory) + "/snapshot", std::string(script::snapshot), "", 0644}; }

Own consulSnapshots(const Writing& writing) {
  // Without a leader, what this server knows.
  return snapshotsOf(
      {"consul", "Consul", "http://127.0.0.1:8500", "", *writing.stack.consul->dataDir, "snapshot snapshot?stale"});
}

Own nomadSnapshots(const Writing& writing) {
  return snapshotsOf({"nomad", "Nomad", urlOf("127.0.0.1", kNomadHttp), caPath(kNomadDirectory),
                      *writing.stack.nomad->dataDir, "operator/snapshot operator/snapshot?stale"});
}

Own vaultSnapshots(const Writing& writing) {
  const spec::Vault& vault = *writing.stack.vault;
  return snapshotsOf({vaultName(vault), toolName(vault), urlOf("127.0.0.1", kVaultHttps), caPath(vaultDirectory(vault)),
                      *vault.dataDir, "sys/storage/raft/snapshot"});
}

}  // namespace berth::stack
