// SPDX-License-Identifier: Apache-2.0
//
// Step by step: of all kinds of nodes and all pairs of hosts the move with the greatest merit is made, until none is
// worth it. For one kind, hosts fall into cells that lie in the same places; of each cell only the best host to leave
// and the best to enter are looked at, so a step costs about a look at each host per kind rather than at each pair.
// Packing is different, since one move alone empties nothing: there a host is emptied as a whole, or left alone.
#include "planner/layout/rebalance.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "planner/layout/merit.h"
#include "planner/layout/words.h"

namespace berth::layout {
namespace {

/// Pieces of one group that need the same.
struct Kind {
  Claim claim;
  std::vector<PieceIndex> pieces;
};

struct Step {
  PieceIndex piece = 0;
  HostIndex to = 0;
  Merit merit{};
  std::size_t decisive = 0;
};

class Rebalancing {
public:
  Rebalancing(Standing& standing, const Movable& movable, std::size_t most)
      : standing_(standing), board_(standing.board()), most_(most) {
    std::map<std::tuple<GroupIndex, std::uint32_t, std::uint64_t, std::uint64_t, std::uint64_t>, Kind> kinds;
    for (PieceIndex index = 0; index < standing.pieces().size(); ++index) {
      const Claim& claim = standing.piece(index).claim;
      if (std::ranges::find(movable, claim.group) == movable.end() || claim.pin != nullptr) continue;
      const Amount& needs = claim.needs;
      Kind& kind = kinds[{claim.group, needs.vcpus, needs.memory.count(), needs.disk.count(), needs.volumes.count()}];
      kind.claim = claim;
      kind.pieces.push_back(index);
    }
    for (auto& [key, kind] : kinds) kinds_.push_back(std::move(kind));
    // Which kind is looked at first must not depend on the order in which groups are listed.
    std::ranges::stable_sort(kinds_, {}, [this](const Kind& kind) { return board_.groups()[kind.claim.group].name; });
  }

  std::vector<Move> run() {
    while (true) {
      const std::size_t before = moves_.size();
      while (moves_.size() < most_ && step()) {
      }
      while (moves_.size() < most_ && emptyOneHost()) {
      }
      if (moves_.size() == before || moves_.size() >= most_) return std::move(moves_);
    }
  }

private:
  [[nodiscard]] bool packs(const Claim& claim) const {
    return board_.groups()[claim.group].rules.prefer == Prefer::pack;
  }
  [[nodiscard]] bool mayLeave(HostIndex host) const {
    const HostState state = board_.hosts()[host].state;
    return state == HostState::ready || state == HostState::cordoned;
  }

  // ---- one move

  bool step() {
    std::optional<Step> best;
    for (const Kind& kind : kinds_) {
      auto found = bestOf(kind);
      if (found && (!best || found->merit > best->merit)) best = found;
    }
    if (!best) return false;
    const auto& piece = standing_.piece(best->piece);
    Move move{.node = piece.node->name,
              .from = board_.hosts()[piece.host].name,
              .to = board_.hosts()[best->to].name,
              .gain = gainOf(piece.claim, best->decisive)};
    move.reason = reasonOf(*best);
    standing_.move(best->piece, best->to);
    moves_.push_back(std::move(move));
    return true;
  }

  /// The best host of a cell, by merit and then by name.
  struct Half {
    std::optional<HostIndex> host;
    Merit merit{};
    PieceIndex piece = 0;

    void offer(const Board& board, HostIndex candidate, const Merit& worth, PieceIndex which) {
      const bool better =
          !host || worth > merit || (worth == merit && board.nameOrder(candidate) < board.nameOrder(*host));
      if (better) *this = {candidate, worth, which};
    }
  };
  using Cell = std::vector<PlaceId>;

  [[nodiscard]] Cell cellOf(GroupIndex group, HostIndex host) const {
    Cell cell;
    const Rules& rules = board_.groups()[group].rules;
    const auto& spread = board_.spreadOf(group);
    for (std::size_t level = 0; level < spread.size(); ++level) {
      if (rules.spread[level].kind != Level::Kind::host) cell.push_back(board_.places().of(spread[level], host));
    }
    return cell;
  }

  std::optional<Step> bestOf(const Kind& kind) {
    const MeritOf merits(board_, kind.claim.group, kind.claim.needs);
    std::map<Cell, Half> leaving;
    std::map<Cell, Half> entering;
    for (const PieceIndex piece : kind.pieces) {
      const HostIndex host = standing_.piece(piece).host;
      if (!mayLeave(host)) continue;
      if (const auto merit = merits.leaving(host, standing_.piece(piece).reserved)) {
        leaving[cellOf(kind.claim.group, host)].offer(board_, host, *merit, piece);
      }
    }
    for (HostIndex host = 0; host < board_.hosts().size(); ++host) {
      if (!board_.usable(host) || board_.objection(kind.claim, host)) continue;
      entering[cellOf(kind.claim.group, host)].offer(board_, host, merits.entering(host), 0);
    }
    std::optional<Step> best;
    for (const auto& [from, leaver] : leaving) {
      for (const auto& [to, entrant] : entering) {
        if (from != to) consider(kind, merits, leaver, *entrant.host, best);
      }
      if (const auto neighbour = bestWithin(kind, merits, from, leaver))
        consider(kind, merits, leaver, *neighbour, best);
    }
    return best;
  }

  /// Within a cell, rules about the cell's place are asked with the node taken off: it would not be there twice.
  std::optional<HostIndex> bestWithin(const Kind& kind, const MeritOf& merits, const Cell& cell, const Half& leaver) {
    Half best;
    board_.lift(kind.claim.group, *leaver.host);
    for (HostIndex host = 0; host < board_.hosts().size(); ++host) {
      if (host == *leaver.host || !board_.usable(host) || cellOf(kind.claim.group, host) != cell) continue;
      if (!board_.objection(kind.claim, host)) best.offer(board_, host, merits.entering(host), 0);
    }
    board_.put(kind.claim.group, *leaver.host);
    return best.host;
  }

  void consider(const Kind& kind, const MeritOf& merits, const Half& leaver, HostIndex to, std::optional<Step>& best) {
    if (to == *leaver.host) return;
    Step step{.piece = leaver.piece,
              .to = to,
              .merit = leaver.merit + merits.entering(to) + merits.together(*leaver.host, to)};
    while (step.decisive < step.merit.size() && step.merit[step.decisive] == 0) ++step.decisive;
    if (!isWorth(kind, merits.order(), step)) return;
    if (!best || step.merit > best->merit) best = step;
  }

  [[nodiscard]] bool isWorth(const Kind& kind, const Order& order, const Step& step) const {
    if (step.decisive == step.merit.size() || step.merit[step.decisive] < 0) return false;
    if (step.decisive < order.preferAt()) return true;
    if (packs(kind.claim) || step.decisive > order.preferAt()) return false;
    const Ledger& ledger = board_.ledger();
    const HostIndex from = standing_.piece(step.piece).host;
    return ledger.usedShare(from) >= ledger.usedShareWith(step.to, kind.claim.needs) + kWorth;
  }

  [[nodiscard]] Move::Gain gainOf(const Claim& claim, std::size_t decisive) const {
    switch (Order(board_, claim.group, claim.needs).criterionAt(decisive)) {
      case Criterion::apart: return Move::Gain::apart;
      case Criterion::near: return Move::Gain::near;
      case Criterion::spread: return Move::Gain::spread;
      case Criterion::prefer:
      case Criterion::name: break;
    }
    return Move::Gain::balance;
  }

  /// In words, before the move is made.
  [[nodiscard]] std::string reasonOf(const Step& step) const {
    const auto& piece = standing_.piece(step.piece);
    const GroupIndex group = piece.claim.group;
    const Order order(board_, group, piece.claim.needs);
    const Criterion criterion = order.criterionAt(step.decisive);
    if (criterion == Criterion::spread) {
      const std::size_t level = order.levelAt(step.decisive);
      const auto told = [&](HostIndex host) {
        return placeName(board_.groups()[group].rules.spread[level], board_.hosts()[host]) + " has " +
               std::to_string(board_.count(group, board_.spreadOf(group)[level], host));
      };
      return told(piece.host) + " of the pool, " + told(step.to);
    }
    if (criterion == Criterion::apart)
      return "away from " + plural(std::uint64_t(step.merit[step.decisive]), "node") + " it had better be apart from";
    if (criterion == Criterion::near) return "near what it had better be near";
    return shares(piece, step.to);
  }

  [[nodiscard]] std::string shares(const Standing::Piece& piece, HostIndex to) const {
    const Ledger& ledger = board_.ledger();
    const auto& hosts = board_.hosts();
    return hosts[piece.host].name.str() + " goes from " + percent(ledger.usedShare(piece.host)) + " to " +
           percent(ledger.usedShareWithout(piece.host, piece.reserved)) + ", " + hosts[to].name.str() + " from " +
           percent(ledger.usedShare(to)) + " to " + percent(ledger.usedShareWith(to, piece.claim.needs));
  }

  // ---- emptying hosts

  [[nodiscard]] bool canBeEmptied(HostIndex host) const {
    if (!board_.usable(host) || !mayLeave(host) || standing_.on(host).empty()) return false;
    Amount movable;
    for (const PieceIndex piece : standing_.on(host)) {
      const Claim& claim = standing_.piece(piece).claim;
      const bool isOurs =
          std::ranges::any_of(kinds_, [&](const Kind& kind) { return kind.claim.group == claim.group; });
      if (!isOurs || claim.pin != nullptr || !packs(claim)) return false;
      movable = movable + standing_.piece(piece).reserved;
    }
    // What belongs to others stays, and the host would not be empty.
    return board_.ledger().onHost(host, movable) == board_.ledger().reserved(host);
  }

  bool emptyOneHost() {
    std::vector<HostIndex> hosts;
    for (HostIndex host = 0; host < board_.hosts().size(); ++host) {
      if (canBeEmptied(host)) hosts.push_back(host);
    }
    std::ranges::sort(hosts, {}, [this](HostIndex host) {
      return std::tuple(standing_.on(host).size(), board_.ledger().usedShare(host), board_.nameOrder(host));
    });
    return std::ranges::any_of(hosts, [this](HostIndex host) { return empty(host); });
  }

  bool empty(HostIndex host) {
    const std::vector<PieceIndex> pieces = standing_.on(host);
    if (moves_.size() + pieces.size() > most_) return false;
    const std::size_t before = moves_.size();
    for (const PieceIndex piece : pieces) {
      const auto to = roomInUse(piece, host);
      if (!to) {
        undo(pieces, host, before);
        return false;
      }
      moves_.push_back(
          {.node = standing_.piece(piece).node->name,
           .from = board_.hosts()[host].name,
           .to = board_.hosts()[*to].name,
           .gain = Move::Gain::pack,
           .reason = "empties " + board_.hosts()[host].name.str() + " with " + plural(pieces.size(), "move")});
      standing_.move(piece, *to);
    }
    return true;
  }

  void undo(const std::vector<PieceIndex>& pieces, HostIndex host, std::size_t before) {
    for (std::size_t i = moves_.size() - before; i-- > 0;) standing_.move(pieces[i], host);
    moves_.resize(before);
  }

  /// The host in use that a packed node would go to, when that is no worse by what goes before packing.
  [[nodiscard]] std::optional<HostIndex> roomInUse(PieceIndex index, HostIndex from) {
    const auto& piece = standing_.piece(index);
    const MeritOf merits(board_, piece.claim.group, piece.claim.needs);
    const auto leaving = merits.leaving(from, piece.reserved);
    if (!leaving) return std::nullopt;
    const std::size_t preferAt = merits.order().preferAt();
    std::optional<std::pair<Rank, HostIndex>> best;
    board_.lift(piece.claim.group, from);
    std::vector<HostIndex> allowed;
    for (HostIndex host = 0; host < board_.hosts().size(); ++host) {
      const bool inUse = board_.ledger().reserved(host) != Amount();
      if (host != from && inUse && board_.usable(host) && !board_.objection(piece.claim, host)) allowed.push_back(host);
    }
    board_.put(piece.claim.group, from);
    for (const HostIndex host : allowed) {
      const Merit merit = *leaving + merits.entering(host) + merits.together(from, host);
      const bool isWorse = std::any_of(merit.begin(), merit.begin() + static_cast<std::ptrdiff_t>(preferAt),
                                       [](std::int64_t part) { return part < 0; });
      if (isWorse) continue;
      std::pair candidate(merits.order().rank(host), host);
      if (!best || candidate < *best) best = candidate;
    }
    return best ? std::optional(best->second) : std::nullopt;
  }

  Standing& standing_;
  Board& board_;
  const std::size_t most_;
  std::vector<Kind> kinds_;
  std::vector<Move> moves_;
};

}  // namespace

std::vector<Move> rebalance(Standing& standing, const Movable& movable, std::size_t most) {
  return Rebalancing(standing, movable, most).run();
}

}  // namespace berth::layout
