// SPDX-License-Identifier: Apache-2.0
#include "planner/change/waves.h"

#include <algorithm>
#include <limits>

namespace berth::change {

namespace {

/// Fills one wave after the other, and counts along how many members a quorum pool has by then.
class Cutter {
public:
  Cutter(Budget budget, std::vector<Wave>& waves) : budget_(budget), waves_(waves) {}

  void add(const Change& change) {
    const bool isFull = wave_.size() >= std::max<std::uint32_t>(budget_.maxParallel, 1) && !isBorn(change);
    if (isFull || (takesDown(change) && down_ >= mostDown())) finish();
    down_ += takesDown(change) ? 1 : 0;
    wave_.push_back(change);
  }

  void finish() {
    if (wave_.empty()) return;
    if (budget_.members) {
      for (const Change& each : wave_) {
        if (each.action == Action::create) ++*budget_.members;
        if (each.action == Action::destroy && *budget_.members > 0) --*budget_.members;
      }
    }
    waves_.push_back(std::move(wave_));
    wave_.clear();
    down_ = 0;
  }

private:
  [[nodiscard]] bool isBorn(const Change& change) const {
    return budget_.members && *budget_.members == 0 && change.action == Action::create;
  }

  /// One by one where no majority can be kept: then it is lost for the shortest time.
  [[nodiscard]] std::uint32_t mostDown() const {
    return budget_.members ? std::max<std::uint32_t>(spareOf(*budget_.members), 1)
                           : std::numeric_limits<std::uint32_t>::max();
  }

  Budget budget_;
  std::vector<Wave>& waves_;
  Wave wave_;
  std::uint32_t down_ = 0;
};

}  // namespace

void appendWaves(const std::vector<Candidate>& candidates, Budget budget, std::vector<Wave>& waves) {
  Cutter cutter(budget, waves);
  for (const Candidate& each : candidates) cutter.add(each.change);
  cutter.finish();
}

}  // namespace berth::change
