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

/// TOML.
[[nodiscard]] std::string zincatiConfig(const spec::OsUpdates& updates);

}  // namespace berth::node
