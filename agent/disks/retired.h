// SPDX-License-Identifier: Apache-2.0
//
// Root disks of instances that are gone. A node that was replaced may have to go back, and that takes seconds, and
// finds the machine as it was, where its root disk is still there. So it can be kept apart from everything that belongs
// to an instance, under a label that says whose it was; and another instance of the node can be made from it.
//
//   failed = retire(layout, disk);                   // when the domain is off, and before it is removed
//   failed = revive(layout, disk.instance, heir);    // the disk becomes that of the heir
//   failed = dropRetired(layout, disk.instance);
//
// Each can be repeated, and a crash at any instruction leaves the disk where it was or where it is to be. What lies in
// `retired` without a label of this fleet is somebody else's and never touched.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/disks/error.h"
#include "agent/disks/paths.h"
#include "words/digest.h"
#include "words/name.h"
#include "words/quantity.h"

namespace berth::disks {

/// What the label says, and whether the disk is beside it: it is not once an heir has it.
struct RetiredDisk {
  Uuid fleet;
  NodeName node;
  Uuid instance;
  /// The image under it.
  Digest image;
  /// What the instance was made from (agent/reconcile/machine.h): only an equal one can be made from it.
  Digest machine;
  /// As the guest sees it: as much as it may take.
  Bytes size;
  /// When it was retired, in milliseconds since 1970.
  std::int64_t sinceMs = 0;
  bool isThere = true;

  bool operator==(const RetiredDisk&) const = default;
};

/// Takes the root disk out of the instance's directory, and nothing else of it: its Ignition config is removed. One
/// that is retired already stays as it is.
[[nodiscard]] Result<> retire(const Layout& layout, const RetiredDisk& disk);
/// Gives the disk to `heir`, whose directory is there. An heir that has a root disk keeps that.
[[nodiscard]] Result<> revive(const Layout& layout, const Uuid& instance, const Uuid& heir);
/// Deletes it; one that is not there is deleted already.
[[nodiscard]] Result<> dropRetired(const Layout& layout, const Uuid& instance);
/// All of this fleet, in no order.
[[nodiscard]] Result<std::vector<RetiredDisk>> listRetired(const Layout& layout, const Uuid& fleet);

// The label.
[[nodiscard]] std::string write(const RetiredDisk& disk);
/// Empty when the text is not exactly what write() makes.
[[nodiscard]] std::optional<RetiredDisk> readRetired(std::string_view text);

}  // namespace berth::disks
