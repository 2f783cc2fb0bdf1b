// SPDX-License-Identifier: Apache-2.0
//
// Whatever the text: no crash, and what is translated is a config that Ignition's own rules take.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "planner/butane/translate.h"
#include "planner/ignition/read.h"
#include "planner/ignition/write.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const berth::source::BundleFiles files(berth::source::Bundle{
      {"a", {"text\n"}},
      {"tree/run", {"#!/bin/sh\n", berth::source::TreeEntry::Kind::file, true}},
      {"tree/link", {"run", berth::source::TreeEntry::Kind::link}},
  });
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto result = berth::butane::translate(text, {.file = "fuzz.bu", .files = &files});
  if (!result.config) {
    if (result.failure.empty()) std::abort();
    return 0;
  }
  std::string json = berth::ignition::write(*result.config);
  auto again = berth::ignition::parse(json, "fuzz.ign");
  if (!again.config || berth::ignition::write(*again.config) != json) std::abort();
  return 0;
}
