// SPDX-License-Identifier: Apache-2.0
//
// The commands that stand for others, told by what berth was called with, or by the name that a link to it has: they
// read their own arguments, untouched, as the programs do that they stand for.
#pragma once

#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "controller/cli/butane/report.h"

namespace berth::cli {

struct Streams {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

/// The exit status of `butane …` and `ignition validate …`, once done; nothing when `arguments` (without the program's
/// name) call for neither. `program` is the name that berth was started by. `automatic` is how findings look when the
/// user leaves it to us.
[[nodiscard]] std::optional<int> performDropIn(std::string_view program, std::span<const std::string> arguments,
                                               const Streams& streams, ReportStyle automatic);

}  // namespace berth::cli
