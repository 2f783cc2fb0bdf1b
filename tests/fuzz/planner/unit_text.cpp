// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/unit_text.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto read = berth::ignition::readUnit({reinterpret_cast<const char*>(data), size});
  auto* wrong = std::get_if<berth::ignition::UnreadableUnit>(&read);
  if (wrong != nullptr && wrong->reason.empty()) std::abort();
  return 0;
}
