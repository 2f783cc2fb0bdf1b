// SPDX-License-Identifier: Apache-2.0
//
// The hypervisor of a real host, through libvirt and QEMU.
//
//   auto hypervisor = connectLibvirt({.fleet = fleet}, listener);
//
// libvirtd need not be there yet, and may die and come back at any time: calls answer `unavailable` meanwhile, and
// each tries once to connect again by itself. Guests do not notice.
//
// What it needs of its host: to be root or in the group `libvirt`, whose socket it uses. A connection to it is as good
// as being root, so nothing that a controller says reaches libvirt but through Definition.
#pragma once

#include <memory>
#include <string>

#include "agent/hypervisor/domain_xml.h"
#include "agent/hypervisor/hypervisor.h"

namespace berth::hypervisor {

struct LibvirtOptions {
  std::string uri = "qemu:///system";
  /// Only domains with the mark of this fleet are ours.
  Uuid fleet;
  DiskCacheMode cache = DiskCacheMode::none;
};

/// Returns at once. At most one at a time lives in a process (event_loop.h).
[[nodiscard]] std::unique_ptr<Hypervisor> connectLibvirt(LibvirtOptions options, Listener listener);

}  // namespace berth::hypervisor
