// SPDX-License-Identifier: Apache-2.0
//
// Whatever the text: no crash; what is read is written and read again the same, merged with itself it stays valid JSON,
// and it does not differ from itself.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "planner/ignition/diff.h"
#include "planner/ignition/json_text.h"
#include "planner/ignition/read.h"
#include "planner/ignition/write.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace berth::ignition;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto parsed = parse(text, "fuzz.ign");
  if (!parsed.config) return 0;
  std::string json = write(*parsed.config);
  auto again = parse(json, "again.ign");
  if (!again.config || write(*again.config) != json) std::abort();
  if (!diff(*parsed.config, *again.config).empty()) std::abort();
  if (readJson(write(merge(*parsed.config, *again.config))).root() == nullptr) std::abort();
  return 0;
}
