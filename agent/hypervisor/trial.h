// SPDX-License-Identifier: Apache-2.0
//
// Do guests run with KVM here? /dev/kvm proves nothing: it exists, and even opens, on machines whose processor cannot,
// or may not since they are guests themselves. So the processor is asked, and a tiny domain without a disk has to run
// for a moment.
#pragma once

#include <libvirt/libvirt.h>

#include "agent/hypervisor/domain_xml.h"

namespace berth::hypervisor {

/// Takes some 0.6 s where KVM works, a few milliseconds where the processor or libvirt says that it does not. The
/// domain goes by itself should we die in between.
[[nodiscard]] Acceleration tryAcceleration(virConnect* connection);

}  // namespace berth::hypervisor
