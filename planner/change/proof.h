// SPDX-License-Identifier: Apache-2.0
//
// The proof before boot: Ignition runs anew in each new instance of a node, and the node's kept volumes are attached to
// it. From the config alone it is shown that nothing in it can wipe, reformat or mis-size one of them; what cannot be
// shown to be harmless is refused, at the line that says it.
//
//   auto findings = proveHarmless(config, {{.name = "data", .filesystem = "xfs"}}, &before, markOf);
//
// The guest finds a volume as /dev/disk/by-id/virtio-NAME, and as /dev/vdb, /dev/vdc … in an order that nothing
// promises: so an entry for any disk but the root disk may be about a kept volume unless its by-id name says that it is
// not. What a unit or a script does while the node runs is beyond this proof.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/ignition/config.h"
#include "planner/source/diagnostic.h"

namespace berth::change {

/// A data disk of a node.
struct DataDisk {
  std::string name;
  /// Nothing but a command that names it may wipe it.
  bool keep = true;
  /// What Berth makes on it while it is empty; empty where the user's own config decides.
  std::string filesystem{};
};

/// Where a member of an entry was written: {"disk /dev/vdb", "wipeTable"}; see node/parts.h.
using MarkOf = std::function<source::Mark(const std::string& part, const std::string& member)>;

/// An error for each entry of `config` that could harm a kept volume. `before` is the config of the instance in force,
/// null for a new node: what is on a volume is what that made there.
[[nodiscard]] source::Findings proveHarmless(const ignition::Config& config, const std::vector<DataDisk>& disks,
                                             const ignition::Config* before, const MarkOf& markOf);

}  // namespace berth::change
