// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/report.h"

#include "planner/stack/nomad.h"
#include "planner/stack/scripts.h"
#include "planner/stack/vault.h"

namespace berth::stack {

Own stackReport(const Writing& writing) {
  Environment environment;
  environment.set("ADDRESS", writing.node.address).set("REPORT", kStackReportPath);
  if (writing.roles.consul != Role::none) {
    environment.set("CONSUL", wordOf(writing.roles.consul)).set("CONSUL_DATA", *writing.stack.consul->dataDir);
  }
  if (writing.roles.nomad != Role::none) {
    environment.set("NOMAD", wordOf(writing.roles.nomad)).set("NOMAD_CA", caPath(kNomadDirectory));
  }
  if (writing.roles.vault != Role::none) {
    const spec::Vault& vault = *writing.stack.vault;
    environment.set("VAULT", vaultName(vault)).set("VAULT_CA", caPath(vaultDirectory(vault)));
    environment.set("VAULT_DATA", *vault.dataDir).set("VAULT_PROGRAM", vault.isOpenBao ? "bao" : "vault");
  }
  const std::string program = std::string(kOwnDirectory) + "/report";
  Own own;
  own.files.push_back({program, std::string(script::report)});
  own.units.push_back(
      {kReportUnit, "# Written by Berth.\n[Unit]\nDescription=Say how the stack of this node is\n\n[Service]\n" +
                        environment.lines() + "ExecStart=/bin/bash " + program +
                        "\nRuntimeDirectory=berth\nRuntimeDirectoryPreserve=yes\nNice=5\nRestart=always\n"
                        "RestartSec=10\n\n[Install]\nWantedBy=multi-user.target\n"});
  return own;
}

}  // namespace berth::stack
