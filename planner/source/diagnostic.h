// SPDX-License-Identifier: Apache-2.0
//
// What a user can get wrong is a value: where, what, and the way out. Findings are collected, never thrown, so that
// all mistakes of a file are shown at once.
//
//   findings.push_back(error(node.mark(), "unknown key \"cuont\"", "did you mean \"count\"?"));
//   std::cerr << render(findings, files);
//
//   prod.yaml:14:5: error: unknown key "cuont"
//     14 |     cuont: 3
//        |     ^~~~~
//        = did you mean "count"?
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::source {

/// A place in a text that a person wrote. Lines and columns start at 1; columns count characters, not bytes.
struct Mark {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  /// How many characters of the line belong to it; 0 when that is not known.
  std::uint32_t length = 0;

  /// False for what no person wrote, such as a default.
  [[nodiscard]] bool known() const { return line != 0; }
  bool operator==(const Mark&) const = default;
};

enum class Severity { warning, error };

struct Diagnostic {
  Severity severity = Severity::error;
  Mark where;
  /// What is wrong, without a full stop.
  std::string message;
  /// The way out; may be empty.
  std::string hint;

  bool operator==(const Diagnostic&) const = default;
};

using Findings = std::vector<Diagnostic>;

[[nodiscard]] Diagnostic error(Mark where, std::string message, std::string hint = {});
[[nodiscard]] Diagnostic warning(Mark where, std::string message, std::string hint = {});
[[nodiscard]] bool hasErrors(const Findings& findings);

/// The text of a file that a mark names, or nothing when it is not at hand.
using TextOf = std::function<std::optional<std::string>(std::string_view file)>;

/// The findings as a person reads them, in the order of file, line and column; each with its line and a caret where
/// `textOf` knows the file. No colours: the caller owns the terminal.
[[nodiscard]] std::string render(const Findings& findings, const TextOf& textOf);

/// The word of `known` that `word` was probably meant to be: at most two edits away, and less than half of it.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace berth::source
