// SPDX-License-Identifier: Apache-2.0
//
// A volume in the config of its node: a filesystem that Ignition makes while the disk is empty and takes over as it is
// ever after, and the unit that mounts it. Since a volume outlives its machines, nothing in a config may wipe it.
#pragma once

#include <string>
#include <vector>

#include "planner/ignition/config.h"
#include "planner/node/site.h"
#include "planner/source/diagnostic.h"
#include "planner/spec/model.h"

namespace berth::node {

/// "/dev/disk/by-id/virtio-data": by the serial number of the disk, on a host of Berth's.
[[nodiscard]] std::string deviceOf(const VolumeName& volume);

/// Adds those that are to be mounted, and that can be found there.
void addVolumes(ignition::Config& layer, const std::vector<spec::Volume>& volumes, const Site& site = {});

/// What a pool's Butane files must not do: make a filesystem on a volume that Berth makes one on, mount something else
/// where it is mounted, or wipe it.
void checkVolumes(const ignition::Config& user, const spec::Pool& pool, source::Findings& findings);

}  // namespace berth::node
