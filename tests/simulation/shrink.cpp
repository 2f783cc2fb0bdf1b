// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/shrink.h"

#include <algorithm>

namespace berth::simulation {

Shrunk shrink(const Scenario& failing, const Outcome& outcome, Plant plant, unsigned runs) {
  Shrunk best{failing, outcome, 0};
  const auto& invariant = outcome.violation->invariant;
  std::size_t part = std::max<std::size_t>(best.scenario.happenings.size() / 2, 1);
  while (!best.scenario.happenings.empty()) {
    bool better = false;
    for (std::size_t from = 0; from < best.scenario.happenings.size() && best.runs < runs;) {
      Scenario fewer = best.scenario;
      const auto begin = fewer.happenings.begin() + static_cast<std::ptrdiff_t>(from);
      const auto count = std::min(part, fewer.happenings.size() - from);
      fewer.happenings.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
      ++best.runs;
      auto tried = World(fewer, plant, nullptr).run();
      if (tried.violation && tried.violation->invariant == invariant) {
        best.scenario = std::move(fewer);
        best.outcome = std::move(tried);
        better = true;
      } else {
        from += count;
      }
    }
    if (best.runs >= runs || (part == 1 && !better)) break;
    if (!better || part > best.scenario.happenings.size()) part = std::max<std::size_t>(part / 2, 1);
  }
  return best;
}

}  // namespace berth::simulation
