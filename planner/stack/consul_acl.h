// SPDX-License-Identifier: Apache-2.0
//
// Objects of Consul's ACLs, as scripts/consul-acl finds them: each in a file of its own, in the directory of its kind.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/stack/native.h"
#include "planner/stack/own.h"

namespace berth::stack {

/// `kind`: policy, role, token, method or rule.
[[nodiscard]] OwnFile consulObject(std::string_view kind, std::string_view name, const Json& object);

/// node_prefix "" { policy = "read" }
struct ConsulRule {
  std::string_view resource;
  std::string_view name;
  std::string_view policy;
};
[[nodiscard]] OwnFile consulPolicy(std::string_view name, std::string_view meaning,
                                   const std::vector<ConsulRule>& rules);

}  // namespace berth::stack
