// SPDX-License-Identifier: Apache-2.0
//
// What the board has to say to a person: why a host cannot have a node, why none can, and what would help.
#pragma once

#include <string>

#include "planner/layout/board.h"

namespace berth::layout {

/// About one host, without its name: "lacks memory: 1GiB of 4GiB free", "has 1 node of the pool, at most 1 may be on
/// one host". `cause` is what the board says of it.
[[nodiscard]] std::string whyNot(const Board& board, const Claim& claim, HostIndex host, Cause cause);

/// About all hosts at once: "no host can take …: of 3 hosts, 2 lack memory (at best 3GiB of 4GiB free, on h2), 1 is
/// cordoned".
[[nodiscard]] std::string whyNowhere(const Board& board, const Claim& claim);

/// "2GiB more memory on any of h1, h2, h3; or count: 4": each is enough alone for one more node. Empty when no single
/// thing would do.
[[nodiscard]] std::string whatWouldHelp(const Board& board, const Claim& claim);

/// "1 host", "3 hosts".
[[nodiscard]] std::string plural(std::uint64_t count, std::string_view thing);
/// "h1, h2, h3 and 4 more"
[[nodiscard]] std::string listed(const std::vector<std::string>& names, std::size_t most = 3);
/// "37%"
[[nodiscard]] std::string percent(std::uint64_t millionths);

}  // namespace berth::layout
