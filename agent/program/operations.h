// SPDX-License-Identifier: Apache-2.0
//
// The operations on an instance, step by step, on a worker. Each step can be repeated, and a crash between any two
// (each has a failpoint, named here) leaves what the next look shows and the next pass finishes:
//
//   create   create.begin → create.directory → create.disk → volumes → create.ignition → create.domain
//   update   update.begin → volumes → update.domain
//   forget   forget.begin → forget.domain → forget.file
//   start    start.begin → start.done
//   remove   remove.begin → (remove.retired, where its root disk is kept) → remove.domain → remove.files
//   volumes  for each, as it needs: volume.announced → volume.filled → volume.made, or volume.grown → volume.made
//
// and on volumes, each of which a person has ordered:
//
//   remove    volume.delete → volume.condemned → volume.erased → volume.forgotten
//   snapshot  snapshot.announced → snapshot.copied → snapshot.published → snapshot.made
//   restore   restore.copied → restore.published → restore.made
//
// A root disk that is kept is deleted in one step: retired.dropped.
//
// No operation on an instance removes a volume.
#pragma once

#include <cstdint>
#include <stop_token>
#include <variant>

#include "agent/disks/overlay.h"
#include "agent/disks/paths.h"
#include "agent/hypervisor/hypervisor.h"
#include "agent/images/cache.h"
#include "agent/reconcile/effect.h"
#include "agent/reconcile/event.h"
#include "agent/volumes/volumes.h"

namespace berth::program {

/// What an operation needs of its surroundings.
struct Workbench {
  hypervisor::Hypervisor& hypervisor;
  const images::Cache& images;
  const disks::Layout& layout;
  const disks::QemuImg& qemuImg;
  volumes::Layout volumes;
  Uuid fleet;
};

using Operation = std::variant<std::monostate, reconcile::Failure>;

[[nodiscard]] Operation create(const Workbench& bench, const reconcile::effect::Act& act,
                               const message::NodeSpec& spec);
/// Makes an instance what its new spec says, as far as that needs no other instance (reconcile/machine.h decides).
[[nodiscard]] Operation update(const Workbench& bench, const reconcile::effect::Act& act,
                               const message::NodeSpec& spec);
/// Of an instance whose first boot is over: takes the Ignition config, which may hold secrets, out of its domain and
/// off this host. A guest that runs goes on.
[[nodiscard]] Operation forget(const Workbench& bench, const reconcile::effect::Act& act,
                               const message::NodeSpec& spec);
/// Returns where the console ended before the start.
[[nodiscard]] std::variant<std::uint64_t, reconcile::Failure> start(const Workbench& bench, const Uuid& instance,
                                                                    const std::optional<message::NodeSpec>& spec);
[[nodiscard]] Operation shutDown(const Workbench& bench, const Uuid& instance);
[[nodiscard]] Operation powerOff(const Workbench& bench, const Uuid& instance);
[[nodiscard]] Operation remove(const Workbench& bench, const reconcile::effect::Act& act);
/// Deletes the root disk that was kept of an instance.
[[nodiscard]] Operation dropRetired(const Workbench& bench, const Uuid& instance);

/// Carries out what a person has ordered about a volume; what is carried out already is not done twice.
///   remove    refused as long as any domain has its disk; another volume that was made since under its name is not
///   touched snapshot  under the guest that has it, or of its file while none has restore   refused while a domain runs
///   with its disk; through a new file, compared with the snapshot
[[nodiscard]] Operation carryOut(const Workbench& bench, const reconcile::effect::CarryOut& what,
                                 const std::stop_token& stop);

/// All that is ours on this host.
[[nodiscard]] std::variant<reconcile::HostLook, reconcile::Failure> look(const Workbench& bench);

}  // namespace berth::program
