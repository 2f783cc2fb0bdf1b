// SPDX-License-Identifier: Apache-2.0
//
// Everything outside of the program that a command touches, handed in by main(): streams, clock, environment, and what
// the terminal is like. A test hands in strings.
#pragma once

#include <functional>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "controller/cli/show/progress.h"
#include "controller/cli/show/style.h"
#include "words/clock.h"

namespace berth::cli {

enum class IsTerminal { no, yes };

struct World {
  std::ostream& out;
  std::ostream& err;
  std::istream& in;
  const Clock& clock;
  std::map<std::string, std::string, std::less<>> environment;
  IsTerminal outIs = IsTerminal::no;
  IsTerminal inIs = IsTerminal::no;
  show::Style outStyle;
  show::Style errStyle;
  /// The terminal's size now; it may change between two calls.
  std::function<show::Screen()> screen;
  /// Whether the other end of `out` is closed, which otherwise only the next write would tell.
  std::function<bool()> readerIsGone;

  /// The value of an environment variable; an empty one counts as none.
  [[nodiscard]] std::optional<std::string> variable(std::string_view name) const;
  /// Whether it makes sense to go on: somebody may still read what is written.
  [[nodiscard]] bool isRead() const;
  /// What tables must fit into: the terminal's width, or nothing where output goes elsewhere.
  [[nodiscard]] std::optional<std::size_t> width() const;
};

/// What the process ends with. Part of what scripts rely on: docs/cli.md lists them.
enum class ExitCode : int {
  ok = 0,
  error = 1,
  /// Only `berth plan --detailed-exitcode`: there is something to change.
  changes = 2,
  /// Only `berth fmt --check`: a file is not in its usual form.
  otherForm = 3,
  /// A person stopped watching with Ctrl-C; what was watched goes on.
  interrupted = 130,
};
/// `berth diff` ends as diff(1) does, and there these numbers mean something else.
inline constexpr ExitCode kDifferent{1};
inline constexpr ExitCode kTrouble{2};

}  // namespace berth::cli
