// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/network.h"

#include <utility>

namespace berth::simulation {

using namespace std::chrono_literals;

Network::Network(Agenda& agenda, std::size_t hosts, const Dice& dice) : agenda_(agenda) {
  ways_.reserve(hosts);
  for (std::size_t i = 0; i < hosts; ++i) ways_.push_back({{}, 0, dice.branch(i), {}});
}

void Network::carry(Towards towards, std::uint32_t host, std::function<void()> deliver) {
  Way& way = ways_[host];
  Lane& lane = at(towards, host);
  if (lane.cuts != 0) return;
  if (way.storms == 0) {
    lane.last = std::max(lane.last, agenda_.now() + way.dice.between(1ms, 15ms));
    return agenda_.at(lane.last, std::move(deliver));
  }
  if (way.dice.chance(150)) return;
  const auto delay = [&] { return way.dice.chance(300) ? way.dice.between(0ms, 4s) : way.dice.between(1ms, 60ms); };
  if (way.dice.chance(80)) agenda_.after(delay(), deliver);
  agenda_.after(delay(), std::move(deliver));
}

void Network::mend(Towards towards, std::uint32_t host) {
  if (at(towards, host).cuts > 0) --at(towards, host).cuts;
  ways_[host].clearSince = agenda_.now();
}

void Network::calm(std::uint32_t host) {
  if (ways_[host].storms > 0) --ways_[host].storms;
  ways_[host].clearSince = agenda_.now();
}

void Network::heal() {
  for (Way& way : ways_) {
    way.storms = 0;
    way.clearSince = agenda_.now();
    for (Lane& lane : way.lanes) lane.cuts = 0;
  }
}

}  // namespace berth::simulation
