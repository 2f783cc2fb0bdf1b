// SPDX-License-Identifier: Apache-2.0
//
// What a seed means: how large the fleet is, what goes wrong in it and when, and what operators do meanwhile. A
// scenario is a value: the same one always gives the same run, and one with fewer happenings is what a failure is
// shrunk to.
//
//   Scenario scenario = draw(seed, {.hosts = 50, .nodes = 300});
//   for (const Happening& each : scenario.happenings) std::cout << describe(each) << '\n';
//
// A kind of happening is a line of the table in scenario.cpp, and a case in world_happenings.cpp or operators.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace berth::simulation {

enum class Kind : std::uint8_t {
  // The network, of one host or of many.
  cut,
  cutTowardsHost,
  cutTowardsController,
  lossy,
  cutMany,
  lost,
  // A host, its agent, its hypervisor, its guests.
  agentCrash,
  agentDown,
  reboot,
  guestCrash,
  guestDies,
  guestStopped,
  guestUndefined,
  guestsCutOff,
  hypervisorDown,
  hypervisorHangs,
  operationsFail,
  imagesFail,
  diskFull,
  slow,
  deafGuests,
  wallClockJumps,
  // The controller and its store.
  killBeforeCommit,
  killAfterCommit,
  killWhileSending,
  storeFull,
  twin,
  // Operators.
  apply,
  applyBad,
  changeOfMind,
  scale,
  resize,
  growVolumes,
  replaceOne,
  applyAgain,
  destroy,
  steer,
  drain,
  open,
  power,
  deleteOrphans,
  moveVolumes,
  osRelease,
};

struct KindRow {
  Kind kind;
  const char* name;
  /// How often, against the others.
  unsigned weight;
  std::chrono::milliseconds shortest;
  std::chrono::milliseconds longest;
  enum class Of : std::uint8_t { host, controller, operators } of;
};
[[nodiscard]] std::span<const KindRow> kinds();
[[nodiscard]] const KindRow& rowOf(Kind kind);

struct Happening {
  Kind kind = Kind::cut;
  std::chrono::milliseconds at{0};
  std::chrono::milliseconds lasts{0};
  std::uint32_t host = 0;
  /// For what else has to be chosen.
  std::uint64_t dice = 0;
};
[[nodiscard]] std::string describe(const Happening& happening);

struct Size {
  std::uint32_t hosts = 5;
  std::uint32_t nodes = 30;
};

struct Scenario {
  std::uint64_t seed = 0;
  Size size;
  /// How long things go wrong. Then all is healed, and the fleet has to come to rest.
  std::chrono::milliseconds storm{0};
  std::vector<Happening> happenings;
};

[[nodiscard]] Scenario draw(std::uint64_t seed, Size size);

}  // namespace berth::simulation
