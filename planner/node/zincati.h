// SPDX-License-Identifier: Apache-2.0
//
// `os_updates:` in the words of Zincati, which updates Fedora CoreOS and reboots into the new release.
#pragma once

#include <string>

#include "planner/spec/model.h"

namespace berth::node {

/// Zincati reads the files of this directory in the order of their names; the name is the one that its documentation
/// gives a file about the strategy, so that a user's own takes the place of ours.
inline constexpr const char* kZincatiPath = "/etc/zincati/config.d/55-updates-strategy.toml";
/// What differs from node to node: whom it asks before it reboots, and as whom. Secret.
inline constexpr const char* kFleetLockPath = "/etc/zincati/config.d/56-berth-fleet-lock.toml";

/// TOML. `pool` is the group where the spec names none.
[[nodiscard]] std::string zincatiConfig(const spec::OsUpdates& updates, const PoolName& pool);

/// As whom a node asks (identity.h), as these stand in a config.
struct LockWords {
  std::string id;
  std::string token;
};
/// TOML, for a strategy of fleet_lock.
[[nodiscard]] std::string fleetLockConfig(const spec::OsUpdates& updates, const LockWords& words);

}  // namespace berth::node
