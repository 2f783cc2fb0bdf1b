// SPDX-License-Identifier: Apache-2.0
//
// Which parts of a node can change while its instance stays the same, and which take another one. The line is drawn
// here once, by machineOf(): whatever it does not leave out takes a new instance, and a controller that asks for it
// under the old one is wrong.
//
//   live          tags, probes and how long a shutdown may take; a volume that grows; the address DHCP gives
//   at next boot  vcpus and memory; a volume that comes or goes
//   never         image, artifacts, root disk, networks, Ignition config
#pragma once

#include <string>
#include <vector>

#include "agent/hypervisor/hypervisor.h"
#include "protocol/message/node.h"

namespace berth::reconcile {

/// The digest of all that takes another instance when it changes. Stands in the mark of the domain that was made.
[[nodiscard]] Digest machineOf(const message::NodeSpec& spec);

/// What of `wanted` takes another instance than the one made from `was`, for people: "another image". Ignition configs
/// may be left out of both: they are named when nothing else is found.
[[nodiscard]] std::string whatTakesAnother(const message::NodeSpec& was, const message::NodeSpec& wanted);

/// What the guest gets at its next boot: "memory 2GiB at next boot".
[[nodiscard]] std::vector<std::string> atNextBoot(const hypervisor::Hardware& has, const message::NodeSpec& wanted);

}  // namespace berth::reconcile
