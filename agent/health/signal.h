// SPDX-License-Identifier: Apache-2.0
//
// Only the guest knows whether it has come up, so it says so itself: a unit that Berth adds to its Ignition config
// writes one line to a virtio-serial port after boot, and again every kSignalInterval. No network and no guest agent
// are needed. Whoever is root in the guest can write anything there, so the line is parsed as hostile: bounded,
// every field checked, and whatever is not exactly right is no signal.
//
//   berth-ready 1 boot=<boot id> state=<systemctl is-system-running> failed=<units or -> addresses=<addresses or ->
//
// and, where the system has such a thing, os=<its release> staged=<that of the next boot>, and, where the node is a
// part of a stack, how that is: stack=<tools, see protocol/message/tool.h>
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/message/fleet.h"

namespace berth::health {

/// How often a guest that is well says so.
inline constexpr std::chrono::seconds kSignalInterval{10};
/// A guest that has been silent this long is no longer believed to be well. Six intervals: an emulated guest under
/// load is late by a few, and a node that flaps between ready and degraded would stop rollouts for nothing.
inline constexpr std::chrono::seconds kSignalStale{60};

inline constexpr std::size_t kFailedUnitsMax = 64;
inline constexpr std::size_t kAddressesMax = 16;

/// What `systemctl is-system-running` printed (systemctl(1)).
enum class SystemState : std::uint8_t { initializing, starting, running, degraded, maintenance, stopping, offline };

/// What a guest said of itself.
struct Signal {
  /// /proc/sys/kernel/random/boot_id of the guest: another one means that it has rebooted.
  std::string bootId;
  SystemState state = SystemState::initializing;
  std::vector<std::string> failedUnits;
  /// Numeric, IPv4 and IPv6.
  std::vector<std::string> addresses;
  /// Of each kind at most one.
  std::vector<message::ToolStatus> tools{};
  message::OsRelease os{};

  bool operator==(const Signal&) const = default;
};

/// Keys and tools that we do not know are skipped, so that a newer guest is still understood. Without `boot` and
/// `state`, with a value that is not of its kind, or with another version, there is no signal.
[[nodiscard]] std::optional<Signal> parseSignal(std::string_view line);

}  // namespace berth::health
