// SPDX-License-Identifier: Apache-2.0
//
// What the CLI asks about the layout, and the answers: why a node is where it is, what would be if, and what would be
// better. Nothing of it changes anything. operator.h puts these among all requests and replies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/message/fleet.h"
#include "words/name.h"

namespace berth::message {

/// A pool of some cluster.
struct PoolOf {
  ClusterName cluster;
  PoolName pool;
  bool operator==(const PoolOf&) const = default;
};

/// As if the pool had so many nodes.
struct GrowthRow {
  PoolOf pool;
  std::uint32_t count = 0;
  bool operator==(const GrowthRow&) const = default;
};

/// More nodes like those of a pool, or, without one, any that need so much.
struct ShapeRow {
  std::optional<PoolOf> pool;
  Capacity needs;
  bool operator==(const ShapeRow&) const = default;
};

enum class Verdict : std::uint8_t { chosen, possible, impossible };

/// About one host: why a node is there, or could be, or could not.
struct VerdictRow {
  HostName host;
  Verdict verdict = Verdict::possible;
  /// A word that verdicts have in common which may be told as one: "memory", "spread", …
  std::string cause;
  std::string reason;
  bool operator==(const VerdictRow&) const = default;
};

struct ExplanationRow {
  NodeName node;
  /// Nothing when it finds no place.
  std::optional<HostName> host;
  std::string why;
  /// Why it leaves the host that it is on; empty when it does not.
  std::string leaving;
  /// What would help where there is no place.
  std::string advice;
  std::vector<VerdictRow> verdicts;
  bool operator==(const ExplanationRow&) const = default;
};

/// A node that would be placed; without `from` it is new, without `to` it finds no place.
struct PlacedRow {
  NodeName node;
  std::optional<HostName> from;
  std::optional<HostName> to;
  /// Why there is no place, and what would help.
  std::string reason;
  std::string advice;
  bool operator==(const PlacedRow&) const = default;
};

struct FitRow {
  ShapeRow shape;
  std::uint32_t count = 0;
  /// So that any one host may still be lost.
  std::uint32_t surviving = 0;
  /// What keeps out the next one.
  std::string limit;
  bool operator==(const FitRow&) const = default;
};

/// A host whose loss would leave nodes without a place.
struct LossRow {
  HostName host;
  std::uint32_t nodes = 0;
  std::uint32_t pinned = 0;
  std::vector<NodeName> homeless;
  std::string reason;
  bool operator==(const LossRow&) const = default;
};

enum class Gain : std::uint8_t { apart, near, spread, balance, pack };

struct MoveRow {
  NodeName node;
  HostName from;
  HostName to;
  Gain gain = Gain::balance;
  std::string reason;
  bool operator==(const MoveRow&) const = default;
};

namespace request {

/// What if: hosts are lost, then pools grow, then more nodes are wanted.
struct Simulate {
  std::vector<HostName> lose;
  std::vector<GrowthRow> grow;
  std::vector<ShapeRow> fit;
  bool operator==(const Simulate&) const = default;
};
/// A better layout, by at most `most` moves of nodes of this cluster, or of all.
struct Rebalance {
  std::optional<ClusterName> cluster;
  std::uint32_t most = 0;
  bool operator==(const Rebalance&) const = default;
};

}  // namespace request

namespace reply {

struct Explained {
  ExplanationRow explanation;
  bool operator==(const Explained&) const = default;
};
struct Simulated {
  std::uint32_t nodes = 0;
  std::vector<PlacedRow> placed;
  /// Pinned to a host that is lost: they go down with it. `to` is that host.
  std::vector<PlacedRow> pinned;
  std::vector<FitRow> fits;
  std::vector<LossRow> fragile;
  bool operator==(const Simulated&) const = default;
};
struct Rebalanced {
  std::vector<MoveRow> moves;
  bool operator==(const Rebalanced&) const = default;
};

}  // namespace reply

}  // namespace berth::message
