// SPDX-License-Identifier: Apache-2.0
//
// The directory of each instance, from its first file to its last. Every step can be repeated, and a crash between
// any two leaves nothing that the next pass does not finish or sweep.
//
//   auto failed = prepare(layout, uuid);                       // directory and an empty console log
//   failed = writeIgnition(layout, uuid, spec.ignition);       // 0600 from the first byte
//   failed = removeInstance(layout, uuid);
//
// Whose files they are: the agent's. libvirt's DAC driver (dynamic_ownership, on by default) gives root.qcow2 and
// config.ign (fw_cfg files since libvirt 6.5) to QEMU's user when a guest starts, and back when it ends, so 0600 is
// enough for both; virt-aa-helper allows both paths in the guest's AppArmor profile by itself. The agent can remove
// them at any time, since the directory is its own, but cannot read them while the guest runs unless it is root.
// console.log is made here, so it is the agent's, and virtlogd, which is root, appends to it. After 2 MiB virtlogd
// renames it and makes a new one, root:root 0600; where qemu.conf says stdio_handler = "file", libvirt gives it to root
// at once. An agent that is not root therefore needs CAP_DAC_READ_SEARCH to read it. The image under an overlay is
// never given away: domain_xml.h.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "agent/disks/error.h"
#include "agent/disks/paths.h"
#include "words/quantity.h"

namespace berth::disks {

/// Makes the state directory, its `instances` and its `retired` with mode 0711, and removes what half-made things a
/// crash left behind (`*.new`, `gone-*`); never an instance. Call it once, before anything else. Returns what it swept.
[[nodiscard]] Result<std::vector<std::filesystem::path>> openLayout(const Layout& layout);

[[nodiscard]] Result<> prepare(const Layout& layout, const Uuid& instance);
[[nodiscard]] Result<> writeIgnition(const Layout& layout, const Uuid& instance, std::string_view config);
/// Overwrites the Ignition file, where the agent may, and removes it alone: secrets need not lie there longer than they
/// are used. No domain that is started later may name it. One that is not there is removed already.
[[nodiscard]] Result<> removeIgnition(const Layout& layout, const Uuid& instance);
/// Removes a directory, so that a crash leaves it whole, or as rubbish that the next openLayout() sweeps: `gone` is its
/// name meanwhile. One that is not there is removed already.
[[nodiscard]] Result<> removeAll(const Layout& layout, const std::filesystem::path& directory,
                                 const std::filesystem::path& gone);
/// Removes everything of an instance, its Ignition file first; one that is not there is removed already.
[[nodiscard]] Result<> removeInstance(const Layout& layout, const Uuid& instance);
/// The UUIDs that name something in a directory, in no order; other names are skipped.
[[nodiscard]] Result<std::vector<Uuid>> uuidsIn(const std::filesystem::path& directory);
/// The instances that have a directory, in no order. Foreign names are skipped.
[[nodiscard]] Result<std::vector<Uuid>> listInstances(const Layout& layout);

struct Space {
  Bytes total;
  /// What an ordinary user may still write.
  Bytes free;
};
/// Of the file system that the state directory lies on.
[[nodiscard]] Result<Space> space(const Layout& layout);

}  // namespace berth::disks
