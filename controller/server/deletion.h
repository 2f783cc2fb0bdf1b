// SPDX-License-Identifier: Apache-2.0
//
// Orders to delete volumes. Nothing else in Berth deletes a volume, so it is refused as long as anything could still
// want it: a node that has it, a rollout that may go forward or back, the spec in force of its cluster. Once accepted
// it is on disk, goes to the host with its manifest, and stands until the host says that nothing is left.
#pragma once

#include <optional>

#include "controller/server/core.h"
#include "protocol/message/operator.h"

namespace berth::server {

/// Orders it of all volumes that are named, or says why of none. One that is being deleted already is not ordered
/// twice. `by`: "operator alice".
[[nodiscard]] std::optional<message::reply::Error> deleteVolumes(Core& core,
                                                                 const message::request::DeleteVolumes& asked,
                                                                 const std::string& by, const fleet::Moment& moment);

}  // namespace berth::server
