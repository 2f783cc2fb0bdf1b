// SPDX-License-Identifier: Apache-2.0
//
// Definitions that tests begin with.
#pragma once

#include "agent/hypervisor/hypervisor.h"

namespace berth::hypervisor::testing {

inline Mark markOf(const Uuid& fleet, const std::string& node, const Uuid& instance) {
  return {fleet,
          ClusterName::parse("prod").value(),
          {NodeName::parse(node).value(), instance},
          Generation(7),
          Digest::of("spec")};
}

inline Definition aDefinition() {
  Definition definition;
  definition.mark = markOf(Uuid::parse("11111111-2222-8333-8444-555555555555").value(), "prod-server-0",
                           Uuid::parse("aaaaaaaa-bbbb-8ccc-8ddd-eeeeeeeeeeee").value());
  definition.vcpus = 2;
  definition.memory = 4_GiB;
  definition.rootDisk = "/var/lib/berth/instances/x/root.qcow2";
  definition.baseImage = "/var/lib/berth/images/y.qcow2";
  definition.ignitionFile = "/var/lib/berth/instances/x/config.ign";
  definition.consoleLog = "/var/lib/berth/instances/x/console.log";
  definition.nics = {{message::Nic::Attachment::bridge, "br0", "52:54:00:01:02:03"}};
  return definition;
}

}  // namespace berth::hypervisor::testing
