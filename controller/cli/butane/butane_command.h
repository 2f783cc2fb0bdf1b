// SPDX-License-Identifier: Apache-2.0
//
// `berth butane` does what the `butane` command does, so that scripts need change no more than the name: the same
// flags, the same output and findings, the same exit status.
#pragma once

#include <iosfwd>
#include <span>
#include <string>

#include "controller/cli/butane/report.h"

namespace berth::cli {

/// `args` come without the name of the command. Reads the file that they name, or `in`. `automatic` is how findings
/// look when the user leaves it to us. 0 for success, 1 for any failure, 2 for wrong usage.
[[nodiscard]] int runButane(std::span<const std::string> args, std::istream& in, std::ostream& out, std::ostream& err,
                            ReportStyle automatic = ReportStyle::plain);

}  // namespace berth::cli
