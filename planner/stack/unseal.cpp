// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/unseal.h"

#include "planner/stack/gate.h"
#include "planner/stack/scripts.h"
#include "planner/stack/vault.h"

namespace berth::stack {

Own vaultUnseal(const Writing& writing) {
  const spec::Vault& vault = *writing.stack.vault;
  const std::string name = vaultName(vault);
  Environment environment = surroundings(writing, vaultDirectory(vault), *vault.servers, kVaultHttps);
  environment.set("NAME", name).set("DATA_DIR", *vault.dataDir);
  Own own;
  own.files.push_back({ownPath(name, "unseal.key"), writing.secrets.of(unsealOf(vault)) + "\n", name});
  own.files.push_back({ownPath(name, "unseal"), std::string(script::vaultUnseal), "", 0644});
  own.units.push_back({"berth-" + name + "-unseal.service",
                       "# Written by Berth.\n[Unit]\nDescription=Unseal " + toolName(vault) + "\nAfter=" + name +
                           ".service\nRequiresMountsFor=" + *vault.dataDir + "\n\n[Service]\nUser=" + name + "\n" +
                           environment.lines() + "RuntimeDirectory=berth-" + name +
                           "\nRuntimeDirectoryPreserve=yes\nExecStart=/bin/bash " + ownPath(name, "unseal") +
                           "\nRestart=always\nRestartSec=5\n\n[Install]\nWantedBy=multi-user.target\n"});
  return own;
}

}  // namespace berth::stack
