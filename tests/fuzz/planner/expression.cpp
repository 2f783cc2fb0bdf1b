// SPDX-License-Identifier: Apache-2.0
//
// Any text as the text of a scalar with expressions: scanned, compiled and evaluated, it ends with a value or with a
// finding, and what is sensitive is in no finding.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "planner/template/interpreter.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace berth::templates;
  const std::string text(reinterpret_cast<const char*>(data), size);
  // What a text of its own holds can be in a message.
  const std::string secret = "Xq7vK2";
  if (text.find(secret) != std::string::npos) return 0;
  Scope scope;
  scope.cluster = "prod";
  scope.variables = {{"secret", Value::of(secret), Sensitivity::sensitive},
                     {"list", Value::of(Value::List{Value::of(std::int64_t{1}), Value::of(std::string("two"))})},
                     {"map", Value::of(Value::Map{{"a", Value::of(true)}})}};
  const berth::source::BundleFiles files(berth::source::Bundle{{"motd", {"hello ${{ name }}\n"}}});
  Interpreter interpreter(std::move(scope), &files);
  berth::source::Findings findings;
  const Node node{.name = "prod-web-0",
                  .pool = "web",
                  .index = 0,
                  .address = "10.0.0.1",
                  .mac = "52",
                  .cluster = "prod",
                  .meta = {}};
  const auto compiled = interpreter.compile(text, {}, findings);
  if (!compiled) return findings.empty() ? (std::abort(), 0) : 0;
  const auto first = interpreter.evaluate(*compiled, &node, findings);
  if (!first && findings.empty()) std::abort();
  berth::source::Findings again;
  const auto second = interpreter.evaluate(*compiled, &node, again);
  // The same text always gives the same value.
  if (first && (!second || first->value != second->value)) std::abort();
  for (const auto& each : findings) {
    if ((each.message + each.hint).find(secret) != std::string::npos) std::abort();
  }
  return 0;
}
