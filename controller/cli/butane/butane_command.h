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

struct ButaneCall {
  /// What the usage calls the command.
  std::string program = "berth butane";
  /// How findings look when the user leaves it to us.
  ReportStyle automatic = ReportStyle::plain;
};

/// `args` come without the name of the command. Reads the file that they name, or `in`. 0 for success, 1 for any
/// failure, 2 for wrong usage.
[[nodiscard]] int runButane(std::span<const std::string> args, std::istream& in, std::ostream& out, std::ostream& err,
                            const ButaneCall& call = {});

}  // namespace berth::cli
