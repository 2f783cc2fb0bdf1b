// SPDX-License-Identifier: Apache-2.0
//
// A copy of a disk under the guest that writes to it: QEMU keeps what the guest overwrites until it is copied, so that
// the copy is the disk as it was when the job began.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include <libvirt/libvirt.h>

#include "agent/hypervisor/hypervisor.h"

namespace berth::hypervisor {

/// A copy that does not advance for so long is given up: QEMU or the disk hangs.
inline constexpr std::chrono::minutes kBackupHangs{10};

/// The name by which libvirt knows the disk in `file` ("vdb"); empty when the XML has none.
[[nodiscard]] std::optional<std::string> targetOf(std::string_view xml, std::string_view file);
/// What libvirt is asked for: that disk into `target`, which is a `medium`, and no other.
[[nodiscard]] std::string backupXml(std::string_view domainXml, const std::string& disk, const std::string& target,
                                    Medium medium);

/// Runs the copy to its end; why it failed, or nothing.
[[nodiscard]] std::optional<std::string> copyUnderGuest(virDomain* domain, const std::string& disk,
                                                        const std::string& target, const std::stop_token& stop);

}  // namespace berth::hypervisor
