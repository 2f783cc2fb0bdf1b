// SPDX-License-Identifier: Apache-2.0
//
// libvirt's C handles, each behind a pointer that gives it back. libvirt counts references by itself and its handles
// may be used from any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "agent/hypervisor/hypervisor.h"
#include "agent/hypervisor/mark.h"

namespace berth::hypervisor {

struct GiveBack {
  void operator()(virConnect* handle) const { virConnectClose(handle); }
  void operator()(virDomain* handle) const { virDomainFree(handle); }
  void operator()(virNetwork* handle) const { virNetworkFree(handle); }
  void operator()(virStoragePool* handle) const { virStoragePoolFree(handle); }
  void operator()(virStream* handle) const { virStreamFree(handle); }
  void operator()(char* text) const { ::free(text); }  // NOLINT: libvirt hands out malloc'ed strings
};
template <class T>
using Handle = std::unique_ptr<T, GiveBack>;

/// Opens a connection that finds out within some 15 s that libvirtd hangs. Empty when it cannot be reached. The event
/// loop (event_loop.h) must exist. `reason`, where given, is set to libvirt's words.
[[nodiscard]] Handle<virConnect> openConnection(const std::string& uri, std::string* reason);

[[nodiscard]] Uuid uuidOf(virDomain* domain);
[[nodiscard]] std::string nameOf(virDomain* domain);
/// Our mark, if the domain's definition bears one that is valid, of whatever fleet. Asks libvirt.
[[nodiscard]] std::optional<FoundMark> markOf(virDomain* domain);
/// The same of what runs, which may have been started from an older definition.
[[nodiscard]] std::optional<FoundMark> runningMarkOf(virDomain* domain);
/// The domain with this UUID; empty when there is none or libvirt cannot be asked (see lastCode()).
[[nodiscard]] Handle<virDomain> lookUp(virConnect* connection, const Uuid& uuid);

/// Of this thread's last call.
[[nodiscard]] int lastCode();
[[nodiscard]] std::string lastReason();

}  // namespace berth::hypervisor
