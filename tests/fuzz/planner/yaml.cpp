// SPDX-License-Identifier: Apache-2.0
//
// The composer and the strict reader on top of it, within small limits so that they are reached.
#include <cstdint>
#include <string_view>
#include <vector>

#include "planner/source/reader.h"

namespace {

void walk(const berth::source::YamlNode& node, berth::source::Findings& findings) {
  using namespace berth::source;
  (void)describe(node);
  if (node.isSequence()) {
    for (const YamlNode* each : readItems(node, findings)) walk(*each, findings);
  } else if (node.isMapping()) {
    Reader reader(node, findings);
    (void)reader.text("a");
    (void)reader.integer("b");
    for (const auto& [name, value] : reader.entries()) walk(*value, findings);
    reader.finish();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace berth::source;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  YamlOptions options{.limits = {.bytes = 1 << 16, .depth = 50, .nodes = 10'000, .expanded = 10'000}};
  auto document = readYaml(text, "fuzz.yaml", options);
  Findings findings;
  if (document.root() != nullptr) walk(*document.root(), findings);
  if (document.failure()) findings.push_back(*document.failure());
  (void)render(findings, [&](std::string_view) { return std::optional<std::string>(text); });
  return 0;
}
