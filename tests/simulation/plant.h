// SPDX-License-Identifier: Apache-2.0
//
// Bugs that are planted to see whether the simulation finds them: in its shells around the controller and the agents,
// in its hosts and in its store, never in what it tests.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace berth::simulation {

enum class Plant : std::uint8_t {
  none,
  ackBeforeWrite,
  lostWrite,
  startBeforeGone,
  skipTombstone,
  ignoreMaxParallel,
  standInLate,
  overPromise,
  sameEpoch,
  forgetRollout,
  reuseIncarnation,
  forgetEpoch,
  forgetManifest,
  goneTooEarly,
  leaveRunning,
  loseVolume,
  reformatVolume,
  noRestart,
  restartForEver,
  ignoreDrift,
  ignoreReportFully,
  skipFence,
  slowFence,
  deleteNamedWrong,
  startUncompared,
  deleteMovedEarly,
  deleteMovedByName,
  ignoreBudget,
  reviveAnew,
  keepForEver,
  hoardRetired,
  removeConfigFirst,
  lockBeyondBudget,
  ignoreStack,
  forgetLocks,
};

struct PlantRow {
  Plant plant;
  std::string_view name;
  /// What it breaks; one of these is what the simulation says.
  std::string_view invariants;
  std::string_view what;
};
[[nodiscard]] std::span<const PlantRow> plants();
[[nodiscard]] const PlantRow& rowOf(Plant plant);
[[nodiscard]] std::optional<Plant> plantNamed(std::string_view name);

}  // namespace berth::simulation
