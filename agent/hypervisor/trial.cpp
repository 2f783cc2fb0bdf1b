// SPDX-License-Identifier: Apache-2.0
#include "agent/hypervisor/trial.h"

#include <chrono>
#include <string>
#include <thread>

#include <cpuid.h>

#include "agent/hypervisor/handles.h"

namespace berth::hypervisor {

namespace {

/// Guests that only seem to be accelerated die within their first instructions; nothing good takes longer to show.
constexpr std::chrono::milliseconds kWatched{300};
constexpr std::chrono::milliseconds kPause{20};

/// A processor with Intel's or AMD's extension says so; without one nothing real stands behind /dev/kvm. The
/// instruction is asked rather than /proc/cpuinfo, which the agent's sandbox hides.
bool processorCan() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  constexpr unsigned kIntel = 1u << 5;
  constexpr unsigned kAmd = 1u << 2;
  return (__get_cpuid(1, &a, &b, &c, &d) != 0 && (c & kIntel) != 0) ||
         (__get_cpuid(0x80000001, &a, &b, &c, &d) != 0 && (c & kAmd) != 0);
}

bool runsOn(virDomain* domain) {
  const auto end = std::chrono::steady_clock::now() + kWatched;
  while (std::chrono::steady_clock::now() < end) {
    int state = VIR_DOMAIN_NOSTATE;
    if (virDomainGetState(domain, &state, nullptr, 0) != 0 || state != VIR_DOMAIN_RUNNING) return false;
    std::this_thread::sleep_for(kPause);
  }
  return true;
}

}  // namespace

Acceleration tryAcceleration(virConnect* connection) {
  if (!processorCan()) return Acceleration::emulation;
  // libvirt has asked QEMU once and remembers: where it says no, there is nothing to try.
  const Handle<char> capabilities(virConnectGetDomainCapabilities(connection, nullptr, "x86_64", "q35", "kvm", 0));
  if (!capabilities) return Acceleration::emulation;
  const std::string name = "berth-trial-" + Uuid::random().str().substr(0, 8);
  const Handle<virDomain> domain(virDomainCreateXML(connection, trialXml(name).c_str(), VIR_DOMAIN_START_AUTODESTROY));
  if (!domain) return Acceleration::emulation;
  const bool works = runsOn(domain.get());
  virDomainDestroy(domain.get());
  return works ? Acceleration::kvm : Acceleration::emulation;
}

}  // namespace berth::hypervisor
