// SPDX-License-Identifier: Apache-2.0
//
// From the text of a spec to a Spec, or to everything that is wrong with it at once: each finding has its place, and
// where there is one, the way out.
//
//   auto parsed = spec::parse("prod.yaml", files);
//   if (!parsed.spec) std::cerr << source::render(parsed.findings, source::textOf(files));
#pragma once

#include <optional>
#include <string_view>

#include "planner/source/diagnostic.h"
#include "planner/source/files.h"
#include "planner/spec/given.h"
#include "planner/spec/model.h"

namespace berth::spec {

struct Parsed {
  /// Empty when any finding is an error.
  std::optional<Spec> spec;
  source::Findings findings;
};

/// Reads the spec at `path` of `files`, and looks whether the files that it names are there. Paths in the spec are
/// relative to its own directory. `givens` are values for its variables. The text may be hostile: it costs at most what
/// source::YamlLimits and the limits of expressions (template/lua.h) allow.
[[nodiscard]] Parsed parse(std::string_view path, const source::Files& files, const Givens& givens = {});

}  // namespace berth::spec
