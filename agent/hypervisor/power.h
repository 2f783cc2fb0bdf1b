// SPDX-License-Identifier: Apache-2.0
//
// What libvirt says about a domain's state, in our words.
#pragma once

#include <optional>
#include <string>

#include <libvirt/libvirt.h>

#include "agent/hypervisor/hypervisor.h"

namespace berth::hypervisor {

struct State {
  Power power = Power::shutOff;
  /// Domain::reason
  std::string reason;
};

/// libvirt's numbers (virDomainState and the reasons that go with it) as ours.
[[nodiscard]] State describe(int state, int reason);
/// Asks libvirt; empty when the domain is gone or libvirt does not answer.
[[nodiscard]] std::optional<State> powerOf(virDomain* domain);

}  // namespace berth::hypervisor
