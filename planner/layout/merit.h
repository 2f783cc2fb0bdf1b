// SPDX-License-Identifier: Apache-2.0
//
// What it is worth that a node leaves one host and enters another, in the numbers that order.h ranks hosts by. The two
// halves are told separately, so that the best pair is found without trying all of them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "planner/layout/board.h"
#include "planner/layout/order.h"

namespace berth::layout {

/// More is better, compared from the first number to the last, which stand where they stand in a Rank.
using Merit = std::array<std::int64_t, std::tuple_size_v<Rank>>;

[[nodiscard]] Merit operator+(const Merit& left, const Merit& right);

class MeritOf {
public:
  /// Refers to the board, and judges by what is on it at the time of asking.
  MeritOf(const Board& board, GroupIndex group, const Amount& needs);

  /// A node of the group, which has `reserved` there, leaves; nothing when a rule of another group holds it there.
  [[nodiscard]] std::optional<Merit> leaving(HostIndex host, const Amount& reserved) const;
  [[nodiscard]] Merit entering(HostIndex host) const;
  /// Makes up for places that both hosts are in: there, nothing changes.
  [[nodiscard]] Merit together(HostIndex from, HostIndex to) const;

  [[nodiscard]] const Order& order() const { return order_; }

private:
  const Board& board_;
  GroupIndex group_;
  Amount needs_;
  Order order_;
};

}  // namespace berth::layout
