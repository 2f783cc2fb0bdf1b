// SPDX-License-Identifier: Apache-2.0
//
// Butane, the YAML that people write, becomes Ignition, the JSON that a node reads at its first boot. Nothing is
// fetched, nothing is global: a text, and the files that it names, go in; a config in which every value knows the line
// that caused it, and findings, come out.
//
//   auto result = butane::translate(text, {.file = "server.bu", .files = &files});
//   if (!result.config) return render(asDiagnostics(result.findings), …);
//   std::string json = ignition::write(*result.config);
//
// What comes out is what Butane 0.29.0 makes of the same text, with the same findings at the same places.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "planner/ignition/config.h"
#include "planner/ignition/finding.h"
#include "planner/source/files.h"
#include "planner/source/yaml.h"

namespace berth::butane {

struct Options {
  /// The name of the text in findings and marks.
  std::string file = "<stdin>";
  /// What `local` names are looked up in; without it they are errors.
  const source::Files* files = nullptr;
  source::YamlLimits limits = {};
  /// Contents in which this text stands are embedded readable: neither compressed nor as base64. Empty for none.
  std::string legible = {};
};

struct Result {
  /// Present when the text could be translated; there may be warnings.
  std::optional<ignition::Config> config;
  /// In the order of the stages that found them.
  ignition::Findings findings;
  /// Why there is no config, in one line: "source config is invalid". What it says of YAML that cannot be read is said
  /// nowhere else.
  std::string failure;
  /// Where that YAML cannot be read.
  source::Mark failedAt;
};

[[nodiscard]] Result translate(std::string_view text, const Options& options = {});

/// The same of a tree that was read, and maybe changed, before: by a spec's expressions.
[[nodiscard]] Result translate(const source::YamlNode& root, const Options& options);

/// Everything that is wrong as one list, for those who show it in Berth's own way.
[[nodiscard]] source::Findings diagnosticsOf(const Result& result);

}  // namespace berth::butane
