// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/step_down.h"

#include "planner/stack/scripts.h"
#include "planner/stack/snapshot.h"
#include "planner/stack/vault.h"

namespace berth::stack {

Own vaultStepDown(const Writing& writing) {
  const spec::Vault& vault = *writing.stack.vault;
  const std::string name = vaultName(vault);
  Environment environment;
  environment.set("CA", caPath(vaultDirectory(vault))).set("SELF", urlOf(writing.node.address, kVaultHttps));
  const std::uint32_t servers = *writing.spec.find(*vault.servers)->count;
  environment.set("PEERS", urlsOf(firstServers(writing.roster, *vault.servers, servers), kVaultHttps));
  Own own;
  own.files.push_back({ownPath(name, "step-down"), std::string(script::vaultStepDown)});
  // What is started earlier is stopped later: after the snapshot, which wants an active server, and before the tool.
  own.units.push_back({"berth-" + name + "-step-down.service",
                       "# Written by Berth.\n[Unit]\nDescription=Before a shutdown let another server of " +
                           toolName(vault) + " be active\nAfter=" + name + ".service\nBefore=" +
                           lastSnapshotUnit(name) + "\n\n[Service]\nType=oneshot\n" + environment.lines() +
                           "RemainAfterExit=yes\nTimeoutStopSec=" + std::to_string(kTimeToStepDown.count()) +
                           "\nExecStart=/bin/true\nExecStop=/bin/bash " + ownPath(name, "step-down") +
                           "\n\n[Install]\nWantedBy=multi-user.target\n"});
  return own;
}

}  // namespace berth::stack
