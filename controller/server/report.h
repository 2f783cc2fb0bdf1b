// SPDX-License-Identifier: Apache-2.0
//
// What operators see: rows made of the ledger, the fleet and the rollouts. Says never more than is known: a node on a
// host that is not heard has its last phase and `known` false.
#pragma once

#include <optional>
#include <vector>

#include "controller/server/core.h"
#include "protocol/message/operator.h"

namespace berth::server {

[[nodiscard]] message::HostRow hostRow(const Core& core, const HostName& host, TimePoint now);
[[nodiscard]] message::NodeRow nodeRow(const Core& core, const store::NodeRecord& node);
/// Of all clusters, or of one; those of nodes that are gone included.
[[nodiscard]] std::vector<message::VolumeRow> volumeRows(const Core& core, const std::optional<ClusterName>& cluster);
/// Nodes in force, and those whose last instance is being removed.
[[nodiscard]] std::vector<message::NodeRow> nodeRows(const Core& core, const std::optional<ClusterName>& cluster);
[[nodiscard]] message::RolloutRow rolloutRow(const Core& core, const store::RolloutRecord& rollout,
                                             const std::vector<store::ChangeRecord>& changes,
                                             const fleet::Moment& moment);
[[nodiscard]] message::RolloutChangeRow changeRow(const Core& core, const store::ChangeRecord& change);
[[nodiscard]] store::Result<message::ClusterRow> clusterRow(Core& core, const store::ClusterRecord& cluster);
[[nodiscard]] message::EventRow eventRow(const store::EventRecord& event);

}  // namespace berth::server
