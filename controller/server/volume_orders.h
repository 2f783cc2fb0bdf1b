// SPDX-License-Identifier: Apache-2.0
//
// What people order about volumes: to delete, to copy, to restore one. Nothing else in Berth deletes or overwrites a
// volume, so each is refused as long as anything could want it as it is: a node that has it, a rollout that may go
// forward or back, the spec in force of its cluster. Once accepted it is on disk, goes to the host with its manifest,
// and stands until the host says that it is carried out.
#pragma once

#include <optional>
#include <string>

#include "controller/server/core.h"
#include "protocol/message/operator.h"

namespace berth::server {

// Each orders it, or says why not. `by`: "operator alice".

/// All volumes and snapshots that are named, or none. What is being deleted already is not ordered twice.
[[nodiscard]] std::optional<message::reply::Error> deleteVolumes(Core& core,
                                                                 const message::request::DeleteVolumes& asked,
                                                                 const std::string& by, const fleet::Moment& moment);
[[nodiscard]] std::optional<message::reply::Error> snapshotVolume(Core& core,
                                                                  const message::request::VolumeChoice& what,
                                                                  const std::string& by, const fleet::Moment& moment);
[[nodiscard]] std::optional<message::reply::Error> restoreVolume(Core& core, const message::request::VolumeChoice& what,
                                                                 const std::string& by, const fleet::Moment& moment);

}  // namespace berth::server
