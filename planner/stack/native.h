// SPDX-License-Identifier: Apache-2.0
//
// A tool's configuration as JSON, and what the nodes of a pool have in common and apart when it is written.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "planner/secret/wanted.h"
#include "planner/spec/model.h"
#include "planner/stack/roles.h"

namespace berth::stack {

using Json = nlohmann::json;

/// What differs from node to node; the words are put in later (node/template.h), so that these are tokens.
struct NodeWords {
  std::string name;
  std::string address;
  /// PEM.
  std::string certificate;
  std::string privateKey;
};

/// What the config of a node is written from.
struct Writing {
  const spec::Spec& spec;
  const spec::Stack& stack;
  const Roster& roster;
  const secret::Values& secrets;
  const NodeWords& node;
  Roles roles;
};

/// Settings of a person laid over ours, key by key (RFC 7396).
[[nodiscard]] std::string withNative(Json config, const spec::Tool& tool, Role role);

/// Where a tool's certificate, its key, and the authority lie, below its own directory.
[[nodiscard]] std::string caPath(std::string_view directory);
[[nodiscard]] std::string certificatePath(std::string_view directory);
[[nodiscard]] std::string keyPath(std::string_view directory);

}  // namespace berth::stack
