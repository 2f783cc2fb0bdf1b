// SPDX-License-Identifier: Apache-2.0
//
// `berth ignition validate` does what `ignition-validate` does.
#pragma once

#include <iosfwd>
#include <span>
#include <string>

namespace berth::cli {

/// `args` is one file name, or "-" for `in`. Findings go to `out`, one a line. 0 when the config is valid, perhaps with
/// warnings; 1 when it is not; 2 for wrong usage.
[[nodiscard]] int runIgnitionValidate(std::span<const std::string> args, std::istream& in, std::ostream& out,
                                      std::ostream& err);

}  // namespace berth::cli
