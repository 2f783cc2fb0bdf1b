// SPDX-License-Identifier: Apache-2.0
#include "planner/layout/merit.h"

namespace berth::layout {
namespace {

constexpr std::size_t kApart = 0;
constexpr std::size_t kNear = 1;

std::int64_t squared(std::uint32_t share) { return static_cast<std::int64_t>(share) * share; }

}  // namespace

Merit operator+(const Merit& left, const Merit& right) {
  Merit sum = left;
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += right[i];
  return sum;
}

MeritOf::MeritOf(const Board& board, GroupIndex group, const Amount& needs)
    : board_(board), group_(group), needs_(needs), order_(board, group, needs) {}

std::optional<Merit> MeritOf::leaving(HostIndex host, const Amount& reserved) const {
  Merit merit{};
  for (const Board::Tie& tie : board_.tiesOf(group_)) {
    if (tie.strength != Strength::wish) continue;
    const std::int64_t there = board_.count(tie.other, tie.level, host);
    if (tie.kind == Bond::Kind::apart) merit[kApart] += there;
    if (tie.kind == Bond::Kind::near) merit[kNear] += there == 0 ? 1 : 0;
  }
  for (const Board::Tie& tie : board_.followersOf(group_)) {
    const std::int64_t followers = board_.count(tie.other, tie.level, host);
    if (followers == 0 || board_.count(group_, tie.level, host) > 1) continue;
    if (tie.strength == Strength::rule) return std::nullopt;
    merit[kNear] -= followers;
  }
  // The cost of a level is the sum of the squares of its counts: least when they are equal.
  const auto& spread = board_.spreadOf(group_);
  for (std::size_t level = 0; level < spread.size(); ++level) {
    merit[order_.positionOf(level)] = 2 * std::int64_t{board_.count(group_, spread[level], host)} - 1;
  }
  const Ledger& ledger = board_.ledger();
  merit[order_.preferAt()] = squared(ledger.usedShare(host)) - squared(ledger.usedShareWithout(host, reserved));
  return merit;
}

Merit MeritOf::entering(HostIndex host) const {
  Merit merit{};
  for (const Board::Tie& tie : board_.tiesOf(group_)) {
    if (tie.strength != Strength::wish) continue;
    const std::int64_t there = board_.count(tie.other, tie.level, host);
    if (tie.kind == Bond::Kind::apart) merit[kApart] -= there;
    if (tie.kind == Bond::Kind::near) merit[kNear] -= there == 0 ? 1 : 0;
  }
  for (const Board::Tie& tie : board_.followersOf(group_)) {
    if (tie.strength == Strength::rule || board_.count(group_, tie.level, host) > 0) continue;
    merit[kNear] += board_.count(tie.other, tie.level, host);
  }
  const auto& spread = board_.spreadOf(group_);
  for (std::size_t level = 0; level < spread.size(); ++level) {
    merit[order_.positionOf(level)] = -2 * std::int64_t{board_.count(group_, spread[level], host)} - 1;
  }
  const Ledger& ledger = board_.ledger();
  merit[order_.preferAt()] = squared(ledger.usedShare(host)) - squared(ledger.usedShareWith(host, needs_));
  return merit;
}

Merit MeritOf::together(HostIndex from, HostIndex to) const {
  Merit merit{};
  const auto& spread = board_.spreadOf(group_);
  for (std::size_t level = 0; level < spread.size(); ++level) {
    const bool same = board_.places().of(spread[level], from) == board_.places().of(spread[level], to);
    if (same) merit[order_.positionOf(level)] = 2;
  }
  return merit;
}

}  // namespace berth::layout
