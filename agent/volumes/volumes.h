// SPDX-License-Identifier: Apache-2.0
//
// The data disks of the nodes of this host. They outlive instances, nodes and clusters, and are deleted only by an
// order that names them.
//
//   DIR/volumes/                  0711   QEMU's own user must pass through, and may list nothing
//     storage.pool                0644   the storage pool that disks lie in instead, where there is one (pool.h)
//     <node>/                     0711   one node; stays when its instances go
//       <volume>.qcow2            0600   the disk; libvirt gives it to QEMU's user while a guest has it
//       <volume>.label            0644   whose it is (label.h); a disk without one is not ours
//       <volume>@<snapshot>.qcow2 0600   what it held at one point in time: a complete copy
//       <volume>@<snapshot>.label 0644   as of a volume
//       <volume>.qcow2.incoming   0600   what has come of it from another host so far; goes on after a crash
//       <volume>.arrived          0644   how much that is, where it is no file
//       *.new                            being made; rubbish after a crash
//
// A volume comes into being in three steps, each of which may be repeated, so that no guest ever gets a half-made one:
//
//   announce(…)   its label, "making"
//   fill(…)       the disk under another name, complete, synced, renamed
//   confirm(…)    its label, "made": from now on a disk that is not there is lost, and is never replaced by an empty
//   one
//
// It goes in three steps as well, when a person has ordered it, and each may be repeated:
//
//   condemn(…)    its label, "deleting": from now on nobody takes what is left of it for a volume
//   erase(…)      the disk
//   forget(…)     its label
//
// One that comes from another host (agent/peers) is announced as such, and filled from there; nobody takes it for a
// volume before it is whole:
//
//   expect(…)     its label, "incoming"
//   complete(…)   the disk under its name, synced; then its label, "made"
//
// and tidy(…) the node's directory when nothing is in it any more.
//
// The disk is sparse: QEMU allocates it as the guest writes, and gives back what the guest discards. Metadata is not
// allocated beforehand: it would cost 128 MiB for each TiB, hold only until the first discard, and not for what is
// grown later. What keeps the host from running out of space is the controller's ledger, which counts each volume in
// full.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/disks/error.h"
#include "agent/disks/file.h"
#include "agent/disks/overlay.h"
#include "agent/volumes/label.h"
#include "agent/volumes/pool.h"

namespace berth::volumes {

using disks::Result;

class Layout {
public:
  /// `state` is the agent's state directory, absolute. Disks lie in the pool, where there is one.
  explicit Layout(const std::filesystem::path& state, std::optional<Pool> pool = std::nullopt)
      : root_(state / "volumes"), pool_(std::move(pool)) {}

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  [[nodiscard]] const std::optional<Pool>& pool() const { return pool_; }
  /// Disks are block devices, and no files.
  [[nodiscard]] bool isOnDevices() const { return pool_ && pool_->kind() == Pool::Kind::logical; }
  [[nodiscard]] std::filesystem::path directory(const NodeName& node) const { return root_ / node.str(); }
  /// Of the volume, or of a snapshot of it.
  [[nodiscard]] std::filesystem::path disk(const NodeName& node, const VolumeName& volume,
                                           const message::SnapshotName& snapshot = {}) const {
    if (!pool_) return directory(node) / (stem(volume, snapshot) + ".qcow2");
    std::string name = node.str() + "." + volume.str();
    if (!snapshot.empty()) name += "." + snapshot.str();
    return pool_->target / (isOnDevices() ? name : name + ".qcow2");
  }
  /// Where a disk is made, before it has its name.
  [[nodiscard]] std::filesystem::path fresh(const std::filesystem::path& disk) const {
    return isOnDevices() ? beside(disk, "+new") : disks::halfMade(disk);
  }
  /// What has come of a volume from another host.
  [[nodiscard]] std::filesystem::path arriving(const NodeName& node, const VolumeName& volume) const {
    return beside(disk(node, volume), isOnDevices() ? "+incoming" : ".incoming");
  }
  /// How much of it has come, where its size does not say that: on a device.
  [[nodiscard]] std::filesystem::path progress(const NodeName& node, const VolumeName& volume) const {
    return directory(node) / (stem(volume, {}) + ".arrived");
  }
  [[nodiscard]] std::filesystem::path label(const NodeName& node, const VolumeName& volume,
                                            const message::SnapshotName& snapshot = {}) const {
    return directory(node) / (stem(volume, snapshot) + ".label");
  }

private:
  /// No name has an @ in it.
  [[nodiscard]] static std::string stem(const VolumeName& volume, const message::SnapshotName& snapshot) {
    return volume.str() + (snapshot.empty() ? std::string() : "@" + snapshot.str());
  }

  [[nodiscard]] static std::filesystem::path beside(std::filesystem::path disk, std::string_view ending) {
    disk += ending;
    return disk;
  }

  std::filesystem::path root_;
  std::optional<Pool> pool_;
};

/// Makes the directory and removes what half-made files a crash left behind; never a disk or a label that bears its
/// name. Call it once, before anything else. Returns what it swept.
[[nodiscard]] Result<std::vector<std::filesystem::path>> open(const Layout& layout);

/// How a volume stands to what is wanted.
enum class Standing : std::uint8_t {
  absent,     ///< neither label nor disk
  announced,  ///< the label says "making": the disk may be there, and then it is complete
  changed,    ///< made, and to be grown, or to be labelled anew
  asWanted,
};
/// An Error where a person has to look: the disk is somebody else's, was lost, or is larger than what is wanted.
[[nodiscard]] Result<Standing> look(const Layout& layout, const Label& wanted);

/// `wanted.since` is that of the manifest in force.
[[nodiscard]] Result<> announce(const Layout& layout, const Label& wanted);
[[nodiscard]] Result<> fill(const Layout& layout, const disks::QemuImg& qemuImg, const Label& wanted);
/// Also after it was grown: the label says what is, and as before since when.
[[nodiscard]] Result<> confirm(const Layout& layout, const Label& wanted);

// A snapshot is made in the same three steps, under a label that names it: announce(), publish() of a copy that is
// complete and checked, confirm(). look() then finds it announced, or as wanted.

/// What the label of a volume, or of a snapshot, says; empty when there is none.
[[nodiscard]] Result<std::optional<Label>> labelOf(const Layout& layout, const message::VolumeOrder& order,
                                                   const message::SnapshotName& snapshot);
/// Its disk has been replaced by what a snapshot holds, as this order says: it is never done twice.
[[nodiscard]] Result<> markRestored(const Layout& layout, const message::VolumeOrder& order);

/// How a volume, or a snapshot, stands to an order to delete it.
enum class Remains : std::uint8_t {
  nothing,    ///< it is gone; what may bear its name now was made later
  untouched,  ///< to be condemned
  condemned,  ///< its label says "deleting": the disk may be there or not
};
/// An Error where a person has to look: a disk of that name is somebody else's.
[[nodiscard]] Result<Remains> remainsOf(const Layout& layout, const Uuid& fleet, const message::VolumeOrder& order);

// Only for what remainsOf() did not call `nothing`, while no domain has the disk.
[[nodiscard]] Result<> condemn(const Layout& layout, const message::VolumeOrder& order);
[[nodiscard]] Result<> erase(const Layout& layout, const message::VolumeOrder& order);
[[nodiscard]] Result<> forget(const Layout& layout, const message::VolumeOrder& order);

/// Makes ready to take a volume from another host: what has come of it by the very same move (Label::since) stays, what
/// is left of another move goes. True when it is here already, whole. An Error where something of that name is here
/// that is not on its way.
[[nodiscard]] Result<bool> expect(const Layout& layout, const Label& wanted);
/// All of it has come, and was compared with its source. `wanted.volume.size` is the source's.
[[nodiscard]] Result<> complete(const Layout& layout, const Label& wanted);

/// Whether there is any label at all, of whatever state.
[[nodiscard]] Result<bool> hasAny(const Layout& layout);

/// Removes the directory of a node, if it is empty.
void tidy(const Layout& layout, const NodeName& node);

/// The labels of all volumes of this fleet that are made, and of their snapshots, by node, volume and snapshot: a
/// volume comes before its own. Whatever else lies there is skipped.
[[nodiscard]] Result<std::vector<Label>> list(const Layout& layout, const Uuid& fleet);

}  // namespace berth::volumes
