// SPDX-License-Identifier: Apache-2.0
//
// Writes the libvirt domain of an instance: a q35 machine without a screen, with virtio for everything, that takes its
// Ignition config by fw_cfg as Fedora CoreOS expects it on QEMU.
//
//   Ignition    a path, not the text: QEMU opens the file each time it starts, and its content never shows in `ps` or
//               in the domain's XML
//   console     a pty, so that `virsh console` works, which libvirt also appends to a log: through virtlogd, or by QEMU
//               itself where qemu.conf says stdio_handler = "file"
//   readiness   a virtio-serial port whose other end is a unix socket of libvirt's, opened with virDomainOpenChannel
//   base image  named, and not to be relabelled: libvirt would give it to QEMU's user at the first start, and a guest
//               that broke out of QEMU could change the disks of all the others
//   volumes     virtio disks with their name as serial number, which the guest finds them by
//   artifacts   a tar file as a read-only disk that several guests share, with a serial number of its own. It is not to
//               be relabelled either
//   panic       a guest whose kernel panics is destroyed, so that the agent sees it and starts it anew
#pragma once

#include <cstdint>
#include <string>

#include "agent/hypervisor/hypervisor.h"

namespace berth::hypervisor {

/// What of the guest's writes QEMU keeps in the host's memory.
enum class DiskCacheMode : std::uint8_t {
  none,       ///< safe, and the host's memory stays free; needs a file system with O_DIRECT
  writeback,  ///< safe too: flushes of the guest reach the disk
  unsafe,     ///< loses data when the host crashes; for tests only
};

enum class Acceleration : std::uint8_t { kvm, emulation };

struct DomainShape {
  Acceleration acceleration = Acceleration::kvm;
  DiskCacheMode cache = DiskCacheMode::none;
};

/// The same definition always gives the same text.
[[nodiscard]] std::string domainXml(const Definition& definition, const DomainShape& shape);

/// The digest that domainXml() writes into the mark.
[[nodiscard]] Digest shapeOf(const Definition& definition, const DomainShape& shape);

/// A domain without disks, to find out whether guests start with KVM here.
[[nodiscard]] std::string trialXml(const std::string& name);

}  // namespace berth::hypervisor
