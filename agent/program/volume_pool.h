// SPDX-License-Identifier: Apache-2.0
//
// The storage pool that agent.yaml names for volumes, when the agent starts. The first time everything about it must be
// right, and the agent does not start before it is. From then on it is known where volumes lie: that libvirt or the
// pool is away keeps no agent from looking after the nodes that need neither (poolTrouble() tells of it), and only
// another place than before does.
//
//   auto taken = takePool({config.volumePool, root, fleet, host}, hypervisor);
//   if (auto* why = std::get_if<std::string>(&taken)) return complain(*why);
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>

#include "agent/hypervisor/hypervisor.h"
#include "agent/volumes/volumes.h"

namespace berth::program {

struct PoolWish {
  /// As libvirt calls it; empty: volumes lie in the state directory.
  std::string name;
  std::filesystem::path state;
  Uuid fleet;
  HostName host;
};

struct TakenPool {
  /// Empty: volumes lie in the state directory.
  std::optional<volumes::Pool> pool;
  /// As volumes::roomOf() told it last.
  Bytes room;
};

/// Or why the agent must not start, with the way out.
[[nodiscard]] std::variant<TakenPool, std::string> takePool(const PoolWish& wish, hypervisor::Hypervisor& hypervisor);

/// Why the pool cannot be used now, with the way out; empty when it can.
[[nodiscard]] std::optional<std::string> poolTrouble(const volumes::Pool& pool, hypervisor::Hypervisor& hypervisor);

}  // namespace berth::program
