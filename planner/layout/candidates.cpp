// SPDX-License-Identifier: Apache-2.0
#include "planner/layout/candidates.h"

#include <map>

namespace berth::layout {

Candidates::Candidates(const Board& board, const Claim& claim)
    : board_(board),
      claim_(claim),
      order_(board, claim.group, claim.needs),
      floorOfHost_(board.hosts().size()),
      rankOfHost_(board.hosts().size()) {
  const Rules& rules = board.groups()[claim.group].rules;
  const auto& spread = board.spreadOf(claim.group);
  for (std::size_t level = 0; level < spread.size(); ++level) {
    if (rules.spread[level].kind == Level::Kind::host) continue;
    levels_.push_back(level);
    floorsIn_.emplace_back(board.places().count(spread[level]));
  }
  floors_.emplace_back();
  std::map<std::pair<Index, PlaceId>, Index> known;
  for (HostIndex host = 0; host < board.hosts().size(); ++host) {
    if (!board.usable(host) || board.objection(claim, host)) continue;
    Index floor = 0;
    for (std::size_t depth = 0; depth < levels_.size(); ++depth) {
      const PlaceId place = board.places().of(spread[levels_[depth]], host);
      const auto [found, isNew] = known.try_emplace({floor, place}, static_cast<Index>(floors_.size()));
      if (isNew) {
        floors_.push_back({.parent = floor, .depth = depth + 1, .anyHost = host, .below = {}, .listed = {}});
        floorsIn_[depth][place].push_back(found->second);
      }
      floor = found->second;
    }
    floorOfHost_[host] = floor;
    insert(host);
  }
  for (Index floor = static_cast<Index>(floors_.size()); floor-- > 0;) relist(floor);
}

Rank Candidates::within(Rank rank, std::size_t depth) const {
  for (std::size_t above = 0; above < depth; ++above) rank[order_.positionOf(levels_[above])] = 0;
  return rank;
}

void Candidates::insert(HostIndex host) {
  Floor& floor = floors_[floorOfHost_[host]];
  rankOfHost_[host] = within(order_.rank(host), floor.depth);
  floor.below.emplace(rankOfHost_[host], host);
}

void Candidates::relist(Index index) {
  while (index != 0) {
    Floor& floor = floors_[index];
    Floor& parent = floors_[floor.parent];
    std::optional<Rank> rank;
    if (!floor.below.empty()) {
      // Below the parent, this floor's own count tells its hosts from those of its neighbours.
      rank = floor.below.begin()->first;
      const std::size_t level = levels_[floor.depth - 1];
      (*rank)[order_.positionOf(level)] =
          board_.count(claim_.group, board_.spreadOf(claim_.group)[level], floor.anyHost);
    }
    if (rank == floor.listed) return;
    if (floor.listed) parent.below.erase({*floor.listed, index});
    if (rank) parent.below.emplace(*rank, index);
    floor.listed = rank;
    index = floor.parent;
  }
}

std::optional<HostIndex> Candidates::best() const {
  const Floor* floor = &floors_.front();
  if (floor->below.empty()) return std::nullopt;
  while (floor->depth < levels_.size()) floor = &floors_[floor->below.begin()->second];
  return floor->below.begin()->second;
}

void Candidates::took(HostIndex host) {
  floors_[floorOfHost_[host]].below.erase({rankOfHost_[host], host});
  if (!board_.objection(claim_, host)) insert(host);
  const auto& spread = board_.spreadOf(claim_.group);
  const Rules& rules = board_.groups()[claim_.group].rules;
  for (std::size_t depth = levels_.size(); depth-- > 0;) {
    for (const Index floor : floorsIn_[depth][board_.places().of(spread[levels_[depth]], host)]) {
      const bool isLast = levels_[depth] + 1 == spread.size();
      const bool isFull = rules.atMost > 0 && isLast && board_.count(claim_.group, spread.back(), host) >= rules.atMost;
      if (isFull) floors_[floor].below.clear();
      relist(floor);
    }
  }
}

}  // namespace berth::layout
