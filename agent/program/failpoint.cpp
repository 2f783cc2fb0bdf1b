// SPDX-License-Identifier: Apache-2.0
#include "agent/program/failpoint.h"

#include <csignal>
#include <cstdlib>
#include <string>

namespace berth::program {

void failpoint(std::string_view name) {
  // Read once: the environment does not change, and getenv is not for several threads.
  static const std::string armed = [] {
    const auto* set = std::getenv("BERTH_FAILPOINT");
    return std::string(set != nullptr ? set : "");
  }();
  if (armed.empty() || armed != std::string(name) + ":abort") return;
  // SIGKILL, not abort(): nothing may be flushed, unwound or dumped.
  std::raise(SIGKILL);
}

}  // namespace berth::program
