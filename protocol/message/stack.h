// SPDX-License-Identifier: Apache-2.0
//
// The stack of a cluster (Consul, Nomad, Vault or OpenBao) for those who want to talk to it. Nothing here is secret: a
// token is named, and whoever may read it asks for it as for any other secret (secret.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/message/secret.h"
#include "protocol/message/tool.h"
#include "words/name.h"

namespace berth::message {

/// A tool that the revision in force declares.
struct StackToolRow {
  ToolKind kind = ToolKind::consul;
  std::string version;
  /// Whose nodes are its servers.
  PoolName servers;
  /// The secret that manages it, and which version of that is in force; nothing where the controller has none.
  std::optional<SecretName> token{};
  std::uint32_t tokenVersion = 0;
  bool operator==(const StackToolRow&) const = default;
};

namespace request {

struct DescribeStack {
  ClusterName cluster;
  bool operator==(const DescribeStack&) const = default;
};  // viewer

}  // namespace request

namespace reply {

struct Stack {
  std::vector<StackToolRow> tools;
  /// The certificate of the authority that has signed those of the nodes, as PEM; empty where none is in force.
  std::string authority;
  bool operator==(const Stack&) const = default;
};

}  // namespace reply

}  // namespace berth::message
