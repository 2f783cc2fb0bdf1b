// SPDX-License-Identifier: Apache-2.0
//
// How the Consul, Nomad, and Vault or OpenBao of a cluster are, as its nodes say it themselves.
//
//   TOOL    NODE           PART      STATE  VERSION  VOTERS  CERTIFICATE
//   consul  prod-server-0  leader    well   1.22.4        3  362d left
//   consul  prod-server-1  follower  well   1.22.4        3  362d left
//
// Below it stands in sentences what a person should look at: nobody leads, two name different leaders, a certificate
// ends soon.
#pragma once

#include <string>
#include <vector>

#include "controller/cli/show/json.h"
#include "controller/cli/show/rows.h"
#include "protocol/message/operator.h"
#include "protocol/message/secret.h"
#include "protocol/message/stack.h"

namespace berth::show {

/// A tool on a node.
struct ToolRow {
  NodeName node;
  HostName host;
  message::ToolStatus tool;
  /// The node whose address leads, or that address where it is no node's; empty when none is known.
  std::string leader;
  /// When the node's certificate ends, in milliseconds since 1970; 0 when that is not known.
  std::int64_t certificateEndsMs = 0;
};

struct Stack {
  /// By tool; servers before clients.
  std::vector<ToolRow> tools;
  /// Each a sentence; empty when all is well.
  std::vector<std::string> remarks;
};

/// All of one cluster: what its spec declares, its nodes, its secrets.
[[nodiscard]] Stack stackOf(const std::vector<message::StackToolRow>& declared,
                            const std::vector<message::NodeRow>& nodes, const std::vector<message::SecretRow>& secrets,
                            WallTime now);
[[nodiscard]] Table stackTable(const std::vector<ToolRow>& tools, Breadth breadth, WallTime now);
[[nodiscard]] Json stackJson(const Stack& stack);

}  // namespace berth::show
