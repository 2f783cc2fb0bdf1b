// SPDX-License-Identifier: Apache-2.0
#include "planner/layout/order.h"

#include <algorithm>
#include <limits>

namespace berth::layout {
namespace {

constexpr std::size_t kApart = 0;
constexpr std::size_t kNear = 1;
constexpr std::size_t kFirstFree = 2;

/// Empty hosts come after all that are in use.
constexpr std::uint32_t kEmpty = std::uint32_t{1} << 31;

std::uint64_t times(std::uint64_t whole, std::uint64_t part) {
  return part == 0 ? std::numeric_limits<std::uint64_t>::max() : whole / part;
}

/// How many nodes that need so much a host holds that has nothing else.
std::uint64_t timesIn(const Amount& needs, const Amount& capacity) {
  return std::min({times(capacity.vcpus, needs.vcpus), times(capacity.memory.count(), needs.memory.count()),
                   times(capacity.disk.count(), needs.disk.count()),
                   times(capacity.volumes.count(), needs.volumes.count())});
}

}  // namespace

Order::Order(const Board& board, GroupIndex group, const Amount& needs) : board_(board), group_(group), needs_(needs) {
  const Rules& rules = board.groups()[group].rules;
  const std::size_t levels = board.spreadOf(group).size();
  positions_.resize(levels);
  std::size_t next = kFirstFree;
  const auto isLate = [&](std::size_t level) {
    return rules.prefer == Prefer::pack && rules.spread[level].kind == Level::Kind::host;
  };
  for (std::size_t level = 0; level < levels; ++level) {
    if (!isLate(level)) positions_[level] = next++;
  }
  preferAt_ = next++;
  for (std::size_t level = 0; level < levels; ++level) {
    if (isLate(level)) positions_[level] = next++;
  }
  nameAt_ = next;
}

Rank Order::rank(HostIndex host) const {
  Rank rank{};
  for (const Board::Tie& tie : board_.tiesOf(group_)) {
    if (tie.strength != Strength::wish) continue;
    const std::uint32_t there = board_.count(tie.other, tie.level, host);
    if (tie.kind == Bond::Kind::apart) rank[kApart] += there;
    if (tie.kind == Bond::Kind::near) rank[kNear] += there > 0 ? 0 : 1;
  }
  const auto& spread = board_.spreadOf(group_);
  for (std::size_t level = 0; level < spread.size(); ++level) {
    rank[positions_[level]] = board_.count(group_, spread[level], host);
  }
  rank[preferAt_] = preference(host);
  rank[nameAt_] = board_.nameOrder(host);
  return rank;
}

std::uint32_t Order::preference(HostIndex host) const {
  const Ledger& ledger = board_.ledger();
  if (board_.groups()[group_].rules.prefer == Prefer::balance) return ledger.usedShare(host);
  if (ledger.reserved(host) != Amount()) return kWhole - std::min(kWhole, ledger.usedShareWith(host, needs_));
  const std::uint64_t most = timesIn(ledger.onHost(host, needs_), board_.hosts()[host].capacity);
  return kEmpty + static_cast<std::uint32_t>(kEmpty - 1 - std::min<std::uint64_t>(most, kEmpty - 1));
}

Criterion Order::criterionAt(std::size_t position) const {
  if (position == kApart) return Criterion::apart;
  if (position == kNear) return Criterion::near;
  if (position == preferAt_) return Criterion::prefer;
  return position == nameAt_ ? Criterion::name : Criterion::spread;
}

std::size_t Order::levelAt(std::size_t position) const {
  return static_cast<std::size_t>(std::ranges::find(positions_, position) - positions_.begin());
}

}  // namespace berth::layout
