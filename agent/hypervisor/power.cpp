// SPDX-License-Identifier: Apache-2.0
#include "agent/hypervisor/power.h"

namespace berth::hypervisor {
namespace {

std::string shutOffReason(int reason) {
  switch (reason) {
    case VIR_DOMAIN_SHUTOFF_SHUTDOWN: return "shutdown";
    case VIR_DOMAIN_SHUTOFF_DESTROYED: return "destroyed";
    case VIR_DOMAIN_SHUTOFF_CRASHED: return "crashed";
    case VIR_DOMAIN_SHUTOFF_MIGRATED: return "migrated";
    case VIR_DOMAIN_SHUTOFF_SAVED: return "saved";
    case VIR_DOMAIN_SHUTOFF_FAILED: return "failed";
    case VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT: return "from snapshot";
    case VIR_DOMAIN_SHUTOFF_DAEMON: return "daemon";
    default: return "unknown";
  }
}

std::string pausedReason(int reason) {
  switch (reason) {
    case VIR_DOMAIN_PAUSED_USER: return "user";
    case VIR_DOMAIN_PAUSED_IOERROR: return "I/O error";
    case VIR_DOMAIN_PAUSED_WATCHDOG: return "watchdog";
    case VIR_DOMAIN_PAUSED_CRASHED: return "crashed";
    case VIR_DOMAIN_PAUSED_STARTING_UP: return "starting up";
    default: return "unknown";
  }
}

}  // namespace

State describe(int state, int reason) {
  switch (state) {
    case VIR_DOMAIN_PAUSED: return {Power::paused, pausedReason(reason)};
    case VIR_DOMAIN_PMSUSPENDED: return {Power::paused, "suspended by the guest"};
    case VIR_DOMAIN_SHUTOFF: return {Power::shutOff, shutOffReason(reason)};
    case VIR_DOMAIN_CRASHED: return {Power::crashed, "crashed"};
    case VIR_DOMAIN_SHUTDOWN: return {Power::running, "shutting down"};
    default: return {Power::running, "running"};
  }
}

std::optional<State> powerOf(virDomain* domain) {
  int state = VIR_DOMAIN_NOSTATE;
  int reason = 0;
  if (virDomainGetState(domain, &state, &reason, 0) != 0) return std::nullopt;
  return describe(state, reason);
}

}  // namespace berth::hypervisor
