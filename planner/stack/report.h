// SPDX-License-Identifier: Apache-2.0
//
// A node tells its host how its part of the stack is, along with how it is itself (node/layer.h): who leads, how many
// have a vote, whether something is wrong. A unit asks its own Consul, Nomad, and Vault or OpenBao over loopback every
// few seconds, and leaves a line in kStackReportPath for the readiness unit:
//
//   <seconds of uptime> consul/1.22.4/leader/well/3/10.20.0.11/accepted,nomad/…
//
// in the words of protocol/message/tool.h. A line that is a minute old is not believed any more.
#pragma once

#include "planner/stack/native.h"
#include "planner/stack/own.h"

namespace berth::stack {

/// Where the readiness unit finds it.
inline constexpr const char* kStackReportPath = "/run/berth/stack";
inline constexpr const char* kReportUnit = "berth-stack-report.service";

[[nodiscard]] Own stackReport(const Writing& writing);

}  // namespace berth::stack
