// SPDX-License-Identifier: Apache-2.0
//
// Where everything of an agent's state directory lies, drawn once. No other code joins these names.
//
//   DIR/                          0711   QEMU's own user must pass through, and may list nothing
//     instances/                  0711
//       <uuid>/                   0711   one instance of a node; appears empty, goes as a whole
//         root.qcow2              0600   overlay on an image; libvirt gives it to QEMU's user while the guest runs
//         config.ign              0600   the Ignition config: secret
//         console.log             0600   what the guest wrote to its serial port
//         console.log.0 .1 .2            older parts, where virtlogd rotates
//         console.mark            0644   which byte of the whole console console.log begins with (console.h)
//         *.new                          being made; rubbish after a crash
//       gone-<uuid>/                     being removed; rubbish after a crash
//     retired/                    0711   root disks of instances that are gone: retired.h
//       <uuid>/                   0711   comes and goes as a whole
//         root.qcow2              0600
//         label                   0644   whose it was
//     images/                     0711   agent/images/cache.h
//     volumes/                    0711   agent/volumes/volumes.h
//
// DIR cannot lie under a directory that other users may not enter: with systemd's DynamicUser= a state directory is
// really /var/lib/private/…, mode 0700, and QEMU, which libvirt runs as its own user, could not open its disks.
#pragma once

#include <filesystem>

#include "words/uuid.h"

namespace berth::disks {

/// The files of one instance.
struct InstancePaths {
  std::filesystem::path directory;
  std::filesystem::path rootDisk;
  std::filesystem::path ignition;
  std::filesystem::path console;
  std::filesystem::path consoleMark;
};

/// What is kept of an instance that is gone.
struct RetiredPaths {
  std::filesystem::path directory;
  std::filesystem::path rootDisk;
  std::filesystem::path label;
};

class Layout {
public:
  /// `root` is absolute.
  explicit Layout(std::filesystem::path root) : root_(std::move(root)) {}

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  [[nodiscard]] std::filesystem::path instances() const { return root_ / "instances"; }
  [[nodiscard]] std::filesystem::path retired() const { return root_ / "retired"; }
  [[nodiscard]] std::filesystem::path images() const { return root_ / "images"; }
  [[nodiscard]] InstancePaths instance(const Uuid& uuid) const;
  /// Where the root disk of an instance lies that is gone.
  [[nodiscard]] RetiredPaths retired(const Uuid& uuid) const;
  /// Where an instance's directory is moved to before its files go one by one.
  [[nodiscard]] std::filesystem::path gone(const Uuid& uuid) const;

private:
  std::filesystem::path root_;
};

}  // namespace berth::disks
