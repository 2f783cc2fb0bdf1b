// SPDX-License-Identifier: Apache-2.0
//
// The way between the controller and each host. In good weather it takes a few milliseconds and keeps the order, as a
// connection does; in bad weather it loses, doubles, delays and reorders; cut, it carries nothing, in one direction or
// in both.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "tests/simulation/agenda.h"
#include "tests/simulation/dice.h"

namespace berth::simulation {

enum class Towards : std::uint8_t { host, controller };

class Network {
public:
  Network(Agenda& agenda, std::size_t hosts, const Dice& dice);

  /// Puts a message on its way: `deliver` runs once, never, or twice.
  void carry(Towards towards, std::uint32_t host, std::function<void()> deliver);
  void cut(Towards towards, std::uint32_t host) { ++at(towards, host).cuts; }
  void mend(Towards towards, std::uint32_t host);
  void disturb(std::uint32_t host) { ++ways_[host].storms; }
  void calm(std::uint32_t host);
  void heal();

  [[nodiscard]] bool isOpen(Towards towards, std::uint32_t host) const {
    return ways_[host].lanes[static_cast<std::size_t>(towards)].cuts == 0;
  }
  [[nodiscard]] bool isOpen(std::uint32_t host) const {
    return isOpen(Towards::host, host) && isOpen(Towards::controller, host);
  }
  /// Since when nothing has been wrong with it; empty while something is.
  [[nodiscard]] std::optional<TimePoint> clearSince(std::uint32_t host) const {
    if (!isOpen(host) || ways_[host].storms != 0) return std::nullopt;
    return ways_[host].clearSince;
  }

private:
  struct Lane {
    int cuts = 0;
    TimePoint last;
  };
  struct Way {
    std::array<Lane, 2> lanes;
    int storms = 0;
    Dice dice;
    TimePoint clearSince{};
  };
  Lane& at(Towards towards, std::uint32_t host) { return ways_[host].lanes[static_cast<std::size_t>(towards)]; }

  Agenda& agenda_;
  std::vector<Way> ways_;
};

}  // namespace berth::simulation
