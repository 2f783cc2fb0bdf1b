// SPDX-License-Identifier: Apache-2.0
//
// The usual form of a spec, as `berth fmt` brings it about: two spaces for each level, one space where one is needed,
// no more than one empty line in a row. Comments, order, quotes and meaning stay as they are.
//
//   auto formatted = spec::format(text, "prod.yaml");
//   if (auto* done = std::get_if<std::string>(&formatted)) …
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "planner/source/diagnostic.h"

namespace berth::spec {

/// The text in its usual form; the same again for what has it. A finding when the text is no YAML, or when, against all
/// expectation, its values or comments would change: then it is better left alone.
[[nodiscard]] std::variant<std::string, source::Diagnostic> format(std::string_view text, const std::string& file);

}  // namespace berth::spec
