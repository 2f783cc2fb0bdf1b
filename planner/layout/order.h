// SPDX-License-Identifier: Apache-2.0
//
// What makes one host better than another for a node, once all rules are kept. Looked at in this order:
//
//   1. apart   fewer nodes in the host's place that this one had better keep away from
//   2. near    a node in the host's place that this one had better be with
//   3. spread  fewer nodes of the same group in the place, level by level, the most important first
//   4. prefer  balance: the smallest share promised of what the host is shortest of
//              pack:    a host in use before an empty one, and the one with the least left; goes before spread over
//              hosts
//   5. name    the first by name
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "planner/layout/board.h"

namespace berth::layout {

/// Lower is better, compared from the first number to the last.
using Rank = std::array<std::uint32_t, 4 + kMaxSpread>;

enum class Criterion : std::uint8_t { apart, near, spread, prefer, name };

class Order {
public:
  /// Refers to the board, and ranks by what is on it at the time of asking.
  Order(const Board& board, GroupIndex group, const Amount& needs);

  [[nodiscard]] Rank rank(HostIndex host) const;
  /// Where in a rank the count of that level of the group's spread stands.
  [[nodiscard]] std::size_t positionOf(std::size_t spreadLevel) const { return positions_[spreadLevel]; }
  [[nodiscard]] std::size_t preferAt() const { return preferAt_; }
  [[nodiscard]] Criterion criterionAt(std::size_t position) const;
  /// The level of the group's spread whose count stands there; only for Criterion::spread.
  [[nodiscard]] std::size_t levelAt(std::size_t position) const;

private:
  [[nodiscard]] std::uint32_t preference(HostIndex host) const;

  const Board& board_;
  GroupIndex group_;
  Amount needs_;
  std::vector<std::size_t> positions_;
  std::size_t preferAt_ = 0;
  std::size_t nameAt_ = 0;
};

}  // namespace berth::layout
