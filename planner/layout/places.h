// SPDX-License-Identifier: Apache-2.0
//
// Which hosts lie together, as numbers: at each level every host is in one place, and places are counted from 0 in the
// order of their names.
//
//   Places places(hosts);
//   LevelId zones = places.level(Level::zone());
//   places.of(zones, host) == places.of(zones, other)     // in the same zone
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "planner/layout/ledger.h"

namespace berth::layout {

using LevelId = std::uint32_t;
using PlaceId = std::uint32_t;

class Places {
public:
  /// Refers to `hosts`, which must outlive it.
  explicit Places(const std::vector<Host>& hosts) : hosts_(hosts) {}

  /// The same number for the same level.
  LevelId level(const Level& level);
  [[nodiscard]] PlaceId of(LevelId level, HostIndex host) const { return levels_[level].ofHost[host]; }
  /// How many places there are at this level.
  [[nodiscard]] std::size_t count(LevelId level) const { return levels_[level].count; }

private:
  struct Mapped {
    Level level;
    std::vector<PlaceId> ofHost;
    std::size_t count = 0;
  };

  const std::vector<Host>& hosts_;
  std::vector<Mapped> levels_;
};

/// "a", "h1", "rack 7": what a person calls the place that a host is in.
[[nodiscard]] std::string placeName(const Level& level, const Host& host);
/// "zone", "host" or the label's key.
[[nodiscard]] std::string str(const Level& level);

}  // namespace berth::layout
