// SPDX-License-Identifier: Apache-2.0
//
// Any text as a spec, and what follows the line "# p.yaml" as a file that it may include: it comes out as nodes or as
// errors, never as both or neither.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "planner/change/plan_cluster.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto second = std::min(text.find("# p.yaml\n"), text.size());
  const berth::source::BundleFiles files(berth::source::Bundle{{"c.yaml", {text.substr(0, second)}},
                                                               {"p.yaml", {text.substr(second)}},
                                                               {"base.bu", {"variant: fcos\nversion: 1.4.0\n"}}});
  // A right spec of a hundred thousand nodes is only slow.
  if (text.find("00") != std::string::npos) return 0;
  const berth::change::Outcome outcome = berth::change::checkCluster("c.yaml", files);
  const bool wrong = berth::source::hasErrors(outcome.findings);
  const std::size_t nodes = outcome.spec ? outcome.spec->nodeCount() : 0;
  if (!wrong && outcome.blueprints.size() != nodes) std::abort();
  if (wrong && !outcome.blueprints.empty()) std::abort();
  const auto textOf = [&](std::string_view) { return std::optional(text); };
  (void)berth::source::render(outcome.findings, textOf);
  return 0;
}
