// SPDX-License-Identifier: Apache-2.0
//
// What a person reads of a run that went wrong: one line for each thing that happened, "   12.345s vh3  power cut".
#pragma once

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

namespace berth::simulation {

class Timeline {
public:
  /// The lines of a run are kept up to this many; of more, the last ones.
  static constexpr std::size_t kMost = 200'000;

  void say(std::chrono::milliseconds when, const std::string& who, const std::string& what) {
    char time[32];
    std::snprintf(time, sizeof time, "%9.3fs ", static_cast<double>(when.count()) / 1000);
    lines_.push_back(time + who + std::string(who.size() < 14 ? 14 - who.size() : 1, ' ') + what);
    if (lines_.size() > 2 * kMost) lines_.erase(lines_.begin(), lines_.end() - kMost);
  }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

private:
  std::vector<std::string> lines_;
};

}  // namespace berth::simulation
