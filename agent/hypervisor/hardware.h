// SPDX-License-Identifier: Apache-2.0
//
// What a guest that runs has got, read from its domain's XML: the definition may have changed since it was started.
#pragma once

#include <optional>
#include <string_view>

#include <libvirt/libvirt.h>

#include "agent/hypervisor/hypervisor.h"

namespace berth::hypervisor {

/// Of the XML of a domain. Disks without a serial number that is a volume's name are left out; empty when it is no
/// domain.
[[nodiscard]] std::optional<Hardware> readHardware(std::string_view xml);

/// True when the XML of a domain names `file` as a disk, or as what lies under one.
[[nodiscard]] bool hasDisk(std::string_view xml, std::string_view file);

/// Asks libvirt; empty when the domain does not run.
[[nodiscard]] std::optional<Hardware> hardwareOf(virDomain* domain);

/// True when the guest's disk in `file` is at least `size` large in the end; its kernel notices by itself.
[[nodiscard]] bool growDisk(virDomain* domain, const std::string& file, Bytes size);

}  // namespace berth::hypervisor
