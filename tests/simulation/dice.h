// SPDX-License-Identifier: Apache-2.0
//
// Chance that is the same on every machine: SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
// generators, 2014). A branch has a chance of its own, so that what happens at one place does not change what happens
// at another: a schedule of which some faults are left out stays the same for the rest.
#pragma once

#include <chrono>
#include <cstdint>

namespace berth::simulation {

class Dice {
public:
  explicit Dice(std::uint64_t seed) : state_(mix(seed)) {}

  [[nodiscard]] std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15u); }
  /// Less than `limit`, which is not 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return next() % limit; }
  [[nodiscard]] bool chance(std::uint64_t permille) { return below(1000) < permille; }
  [[nodiscard]] std::chrono::milliseconds between(std::chrono::milliseconds least, std::chrono::milliseconds most) {
    const auto width = static_cast<std::uint64_t>((most - least).count());
    return least + std::chrono::milliseconds(below(width + 1));
  }
  [[nodiscard]] Dice branch(std::uint64_t name) const { return Dice(state_ ^ mix(name + 1)); }

private:
  static std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
  }

  std::uint64_t state_;
};

}  // namespace berth::simulation
