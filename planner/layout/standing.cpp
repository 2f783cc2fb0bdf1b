// SPDX-License-Identifier: Apache-2.0
#include "planner/layout/standing.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "planner/layout/placer.h"

namespace berth::layout {

Standing::Standing(std::vector<Host> hosts, std::vector<Group> groups, const std::vector<Present>& present)
    : hosts_(std::move(hosts)), groups_(std::move(groups)), board_(hosts_, groups_), on_(hosts_.size()) {
  std::unordered_map<NodeName, const Present*> byNode;
  byNode.reserve(present.size());
  for (const Present& each : present) {
    if (const auto host = board_.ledger().find(each.host)) board_.ledger().reserve(*host, each.reserved);
    byNode.emplace(each.node, &each);
  }
  for (const GroupIndex group : placingOrder(board_)) {
    for (const Node* node : byNumber(groups_[group])) {
      const auto now = byNode.find(node->name);
      if (now == byNode.end()) continue;
      const auto host = board_.ledger().find(now->second->host);
      if (!host) continue;
      on_[*host].push_back(static_cast<PieceIndex>(pieces_.size()));
      pieces_.push_back({node, board_.claim(group, *node), now->second->reserved, *host});
      board_.put(group, *host);
    }
  }
}

void Standing::take(PieceIndex index) {
  const Piece& piece = pieces_[index];
  board_.ledger().release(piece.host, piece.reserved);
  board_.lift(piece.claim.group, piece.host);
}

void Standing::put(PieceIndex index, HostIndex host) {
  Piece& piece = pieces_[index];
  piece.host = host;
  piece.reserved = piece.claim.needs;
  board_.ledger().reserve(host, piece.reserved);
  board_.put(piece.claim.group, host);
}

void Standing::restore(PieceIndex index) {
  const Piece& piece = pieces_[index];
  board_.ledger().reserve(piece.host, piece.reserved);
  board_.put(piece.claim.group, piece.host);
}

void Standing::move(PieceIndex index, HostIndex to) {
  std::erase(on_[pieces_[index].host], index);
  take(index);
  put(index, to);
  on_[to].insert(std::ranges::lower_bound(on_[to], index), index);
}

}  // namespace berth::layout
