// SPDX-License-Identifier: Apache-2.0
//
// One run: a fleet, its controller, its operators and what goes wrong between them, from a scenario and nothing else.
// First the storm; then all faults end, and in bounded time the fleet has to be as its operators want it (I6).
//
//   World world(draw(seed, size), Plant::none, nullptr);
//   const Outcome outcome = world.run();
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "tests/simulation/host.h"
#include "tests/simulation/operators.h"
#include "tests/simulation/updaters.h"

namespace berth::simulation {

struct Outcome {
  std::optional<Violation> violation;
  /// Things that happened, each at a time of its own.
  std::uint64_t events = 0;
  std::uint64_t messages = 0;
  std::uint64_t transactions = 0;
  std::uint64_t applies = 0;
  std::uint64_t rollouts = 0;
  std::chrono::milliseconds simulated{0};
  /// Of everything that was said: two runs with the same one went the same way.
  std::uint64_t print = 0;
};

class World {
public:
  World(Scenario scenario, Plant plant, Timeline* timeline);
  [[nodiscard]] Outcome run();

private:
  void happen(const Happening& happening);
  void mindReverts();
  void cutMany(const Happening& happening);
  void cutFor(std::uint32_t host, Towards towards, std::chrono::milliseconds lasts);
  void fromHost(std::uint32_t host, std::uint64_t connection, message::Message<message::FromAgent> message);
  void toHost(std::uint32_t host, std::uint64_t connection, std::uint64_t life,
              message::Message<message::ToAgent> message);
  void endStorm();
  void watchRest(TimePoint deadline);
  /// Why the fleet is not as it should be; empty when it is.
  [[nodiscard]] std::string unrest();
  [[nodiscard]] std::string unrestOf(std::uint32_t host);
  [[nodiscard]] std::optional<TimePoint> reportsSince(std::uint32_t host) const;
  void describe();
  void note(std::uint64_t what) { print_ = (print_ ^ what) * 0x100000001b3u; }

  const Scenario scenario_;
  Timeline* timeline_;
  Agenda agenda_;
  const Dice dice_;
  Network network_;
  Truth truth_;
  Ground ground_;
  store::MemoryStore disk_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::unique_ptr<ControllerShell> controller_;
  std::unique_ptr<Operators> operators_;
  std::unique_ptr<Updaters> updaters_;
  /// Of each host: the last controller that it has heard.
  std::vector<std::uint64_t> heard_;
  bool stormy_ = true;
  bool rests_ = false;
  std::uint64_t messages_ = 0;
  std::uint64_t print_ = 14695981039346656037u;
};

}  // namespace berth::simulation
