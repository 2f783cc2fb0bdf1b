// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/shutdown.h"

#include <algorithm>

#include "planner/stack/drain.h"
#include "planner/stack/snapshot.h"
#include "planner/stack/step_down.h"

namespace berth::stack {

std::chrono::seconds timeToStop(const spec::Stack& stack, const Roles& roles) {
  const auto servers = {roles.consul, roles.nomad, roles.vault};
  std::chrono::seconds time{0};
  // Side by side.
  if (std::find(servers.begin(), servers.end(), Role::server) != servers.end()) time = kTimeForSnapshot;
  if (roles.vault == Role::server && stack.vault->unsealsItself()) time += kTimeToStepDown;
  if (roles.nomad == Role::client) time = std::max(time, timeToDrain(*stack.nomad));
  return time;
}

}  // namespace berth::stack
