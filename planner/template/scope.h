// SPDX-License-Identifier: Apache-2.0
//
// What an expression may name, as values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "planner/template/value.h"

namespace berth::templates {

enum class Sensitivity : std::uint8_t { open, sensitive };

/// var.NAME
struct Variable {
  /// `unknown`: what it should be was found wrong, and told. Whatever rests on it is unknown as well, silently.
  enum class Standing : std::uint8_t { known, unknown };

  std::string name;
  Value value;
  Sensitivity sensitivity = Sensitivity::open;
  Standing standing = Standing::known;
};

/// node, or an element of nodes("pool")
struct Node {
  std::string name;
  std::string pool;
  std::int64_t index = 0;
  /// Empty under DHCP: naming it is an error then.
  std::string address;
  std::string mac;
  std::string cluster;
  /// Members of node.meta.
  Value::Map meta;
};

struct PoolNodes {
  std::string pool;
  /// By index.
  std::vector<Node> nodes;
};

struct Scope {
  std::vector<Variable> variables;
  /// cluster.name; empty while it is not known.
  std::string cluster;
  /// What the names of pools in nodes("…") begin with.
  std::string poolPrefix;
  /// Where file() begins, normalised, from the root of the files.
  std::string directory;
};

}  // namespace berth::templates
