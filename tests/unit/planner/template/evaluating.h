// SPDX-License-Identifier: Apache-2.0
//
// What a text is worth, for tests.
#pragma once

#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/template/interpreter.h"

namespace berth::templates {

inline const source::Mark kPlace{"c.yaml", 3, 7, 4};

struct World {
  explicit World(Scope scope = {}, source::Bundle bundle = {})
      : files(std::move(bundle)), interpreter(std::move(scope), &files) {}

  /// Nothing when it failed; then `findings` has grown, or it rests on what is unknown.
  std::optional<Evaluated> evaluated(const std::string& text, const Node* node = nullptr) {
    const auto compiled = interpreter.compile(text, {kPlace}, findings);
    if (!compiled) return std::nullopt;
    return interpreter.evaluate(*compiled, node, findings);
  }

  /// What `${{ expression }}` is worth, as a person reads it; else the error.
  std::string worth(const std::string& expression, const Node* node = nullptr) {
    return written("${{ " + expression + " }}", node);
  }

  std::string written(const std::string& text, const Node* node = nullptr) {
    findings.clear();
    const auto result = evaluated(text, node);
    if (result) return shown(result->value, 500);
    if (findings.empty()) return "unknown";
    return "error: " + findings.front().message;
  }

  source::BundleFiles files;
  Interpreter interpreter;
  source::Findings findings;
};

inline Variable variable(std::string name, Value value) { return {std::move(name), std::move(value)}; }
inline Variable secretVariable(std::string name, Value value) {
  return {std::move(name), std::move(value), Sensitivity::sensitive};
}

}  // namespace berth::templates
