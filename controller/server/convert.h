// SPDX-License-Identifier: Apache-2.0
//
// The one place where the planner's types and the messages meet. The planner never sees a message, an agent never sees
// a spec; whoever adds a field to either side adds it here.
#pragma once

#include <string>

#include "controller/store/records.h"
#include "planner/change/plan.h"
#include "planner/change/risk.h"
#include "planner/image/image.h"
#include "planner/layout/place.h"
#include "planner/node/blueprint.h"
#include "planner/source/diagnostic.h"
#include "planner/source/files.h"
#include "planner/spec/given.h"
#include "protocol/message/node.h"
#include "protocol/message/operator.h"

namespace berth::server {

[[nodiscard]] image::Image toPlanner(const message::Image& image);
[[nodiscard]] message::Image toMessage(const image::Image& image);

[[nodiscard]] spec::Attachment toPlanner(message::Nic::Attachment attachment);
[[nodiscard]] message::NodeSpec toMessage(const node::Blueprint& blueprint);
/// What was put in force, for comparison. `index` and `address` (empty under DHCP) are not in a NodeSpec; origins are
/// gone.
[[nodiscard]] node::Blueprint toPlanner(const message::NodeSpec& spec, std::uint32_t index, const std::string& address);

[[nodiscard]] layout::Amount toPlanner(const message::Capacity& capacity);
[[nodiscard]] source::Bundle toPlanner(const std::map<std::string, message::SubmittedFile>& files);

[[nodiscard]] spec::Givens toPlanner(const std::vector<message::SubmittedVariable>& variables);

[[nodiscard]] std::vector<message::FindingRow> toMessage(const source::Findings& findings);
[[nodiscard]] message::ChangeRow toMessage(const change::Change& change);
[[nodiscard]] message::PoolRiskRow toMessage(const change::PoolRisk& risk);
[[nodiscard]] message::PlanRow toMessage(const change::Plan& plan, const ClusterName& cluster);

/// A node as it is to be, without instance and incarnation, which are drawn when its change begins.
[[nodiscard]] store::NodeRecord toRecord(const node::Blueprint& blueprint, const HostName& host, const Digest& spec,
                                         Revision revision);

}  // namespace berth::server
