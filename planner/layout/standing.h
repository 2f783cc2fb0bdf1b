// SPDX-License-Identifier: Apache-2.0
//
// The fleet as it stands: every node of the groups on the board, with what is reserved for it. What would be is asked
// of it by taking pieces up and putting them down elsewhere.
//
//   Standing standing(hosts, groups, present);
//   for (PieceIndex piece : standing.on(host)) standing.take(piece);
#pragma once

#include <optional>
#include <vector>

#include "planner/layout/board.h"

namespace berth::layout {

using PieceIndex = std::uint32_t;

class Standing {
public:
  /// A node of a group, in place.
  struct Piece {
    const Node* node = nullptr;
    Claim claim;
    /// What its host has reserved for it now.
    Amount reserved;
    HostIndex host = 0;
  };

  /// Nodes that are present and in no group keep their reservations; those on hosts that are not listed are left out.
  Standing(std::vector<Host> hosts, std::vector<Group> groups, const std::vector<Present>& present);
  Standing(const Standing&) = delete;
  Standing& operator=(const Standing&) = delete;

  [[nodiscard]] Board& board() { return board_; }
  [[nodiscard]] const Board& board() const { return board_; }
  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }
  [[nodiscard]] const Piece& piece(PieceIndex piece) const { return pieces_[piece]; }
  /// In the order in which they are placed, the largest first.
  [[nodiscard]] const std::vector<PieceIndex>& on(HostIndex host) const { return on_[host]; }

  /// Takes a piece off its host; on() names it still.
  void take(PieceIndex piece);
  /// Puts a piece that was taken on this host, with all that it needs.
  void put(PieceIndex piece, HostIndex host);
  /// Puts it back where it was, with what it had there.
  void restore(PieceIndex piece);
  /// For good: take, put, and on() of both hosts.
  void move(PieceIndex piece, HostIndex to);
  /// As if the host were in that state.
  void setState(HostIndex host, HostState state) { hosts_[host].state = state; }

private:
  std::vector<Host> hosts_;
  const std::vector<Group> groups_;
  Board board_;
  std::vector<Piece> pieces_;
  std::vector<std::vector<PieceIndex>> on_;
};

}  // namespace berth::layout
