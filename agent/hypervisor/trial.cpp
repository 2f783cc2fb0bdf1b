// SPDX-License-Identifier: Apache-2.0
#include "agent/hypervisor/trial.h"

#include "agent/hypervisor/handles.h"

namespace berth::hypervisor {

Acceleration tryAcceleration(virConnect* connection) {
  // libvirt has asked QEMU once and remembers: where it says no, there is nothing to try.
  const Handle<char> capabilities(virConnectGetDomainCapabilities(connection, nullptr, "x86_64", "q35", "kvm", 0));
  if (!capabilities) return Acceleration::emulation;
  const std::string name = "berth-trial-" + Uuid::random().str().substr(0, 8);
  const Handle<virDomain> domain(
      virDomainCreateXML(connection, trialXml(name).c_str(), VIR_DOMAIN_START_PAUSED | VIR_DOMAIN_START_AUTODESTROY));
  if (!domain) return Acceleration::emulation;
  virDomainDestroy(domain.get());
  return Acceleration::kvm;
}

}  // namespace berth::hypervisor
