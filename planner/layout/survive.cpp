// SPDX-License-Identifier: Apache-2.0
#include "planner/layout/survive.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "planner/layout/words.h"

namespace berth::layout {
namespace {

using Kind = std::tuple<GroupIndex, std::uint32_t, std::uint64_t, std::uint64_t, std::uint64_t>;

Kind kindOf(const Claim& claim) {
  return {claim.group, claim.needs.vcpus, claim.needs.memory.count(), claim.needs.disk.count(),
          claim.needs.volumes.count()};
}

class Evacuation {
public:
  explicit Evacuation(Standing& standing) : standing_(standing) {
    const Board& board = standing.board();
    for (HostIndex host = 0; host < board.hosts().size(); ++host) {
      if (board.usable(host) && board.hosts()[host].state == HostState::ready) emptiestFirst_.push_back(host);
    }
    std::ranges::sort(emptiestFirst_, {},
                      [&](HostIndex host) { return std::pair(board.ledger().usedShare(host), board.nameOrder(host)); });
  }

  [[nodiscard]] Loss of(HostIndex host) {
    const std::vector<PieceIndex>& pieces = standing_.on(host);
    Loss loss{.host = standing_.board().hosts()[host].name, .nodes = static_cast<std::uint32_t>(pieces.size())};
    const HostState was = standing_.board().hosts()[host].state;
    standing_.setState(host, HostState::lost);
    std::vector<PieceIndex> moving;
    for (const PieceIndex piece : pieces) {
      if (standing_.piece(piece).claim.pin != nullptr) {
        ++loss.pinned;
      } else {
        moving.push_back(piece);
        standing_.take(piece);
      }
    }
    const std::vector<std::pair<PieceIndex, HostIndex>> moved = settle(moving, loss);
    for (const auto& [piece, to] : moved) {
      standing_.board().ledger().release(to, standing_.piece(piece).claim.needs);
      standing_.board().lift(standing_.piece(piece).claim.group, to);
    }
    for (const PieceIndex piece : moving) standing_.restore(piece);
    standing_.setState(host, was);
    return loss;
  }

private:
  std::vector<std::pair<PieceIndex, HostIndex>> settle(const std::vector<PieceIndex>& pieces, Loss& loss) {
    Board& board = standing_.board();
    std::vector<std::pair<PieceIndex, HostIndex>> moved;
    std::optional<Kind> failed;
    for (const PieceIndex piece : pieces) {
      const Claim& claim = standing_.piece(piece).claim;
      // Equal nodes come one after another, and nothing becomes free meanwhile.
      const auto to = failed == kindOf(claim) ? std::nullopt : find(claim);
      if (!to) {
        const bool isFirst = failed != kindOf(claim);
        failed = kindOf(claim);
        loss.homeless.push_back({.node = standing_.piece(piece).node->name,
                                 .reason = isFirst ? whyNowhere(board, claim) : loss.homeless.back().reason});
        continue;
      }
      board.ledger().reserve(*to, claim.needs);
      board.put(claim.group, *to);
      moved.emplace_back(piece, *to);
    }
    return moved;
  }

  std::optional<HostIndex> find(const Claim& claim) {
    for (const HostIndex host : roomFor(claim)) {
      if (!standing_.board().objection(claim, host)) return host;
    }
    return std::nullopt;
  }

  /// Hosts that would do as the fleet stands, as far as room and rules about hosts go: nobody gains any by a loss.
  const std::vector<HostIndex>& roomFor(const Claim& claim) {
    const auto [found, isNew] = rooms_.try_emplace(kindOf(claim));
    if (!isNew) return found->second;
    const Board& board = standing_.board();
    for (const HostIndex host : emptiestFirst_) {
      // The nodes of the host that is lost just now are taken off; it may be asked about again for another's loss.
      const bool isLost = board.hosts()[host].state != HostState::ready;
      if (!board.excluded(claim, host) && (isLost || !board.lacking(claim.needs, host))) found->second.push_back(host);
    }
    return found->second;
  }

  Standing& standing_;
  std::vector<HostIndex> emptiestFirst_;
  std::map<Kind, std::vector<HostIndex>> rooms_;
};

}  // namespace

std::vector<Loss> losses(Standing& standing) {
  Evacuation evacuation(standing);
  std::vector<Loss> fragile;
  for (HostIndex host = 0; host < standing.board().hosts().size(); ++host) {
    if (standing.on(host).empty()) continue;
    Loss loss = evacuation.of(host);
    if (!loss.homeless.empty()) fragile.push_back(std::move(loss));
  }
  std::ranges::sort(fragile, {}, &Loss::host);
  return fragile;
}

}  // namespace berth::layout
