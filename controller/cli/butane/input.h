// SPDX-License-Identifier: Apache-2.0
//
// What a command reads when a person names a file, or nothing.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <variant>

#include "planner/source/files.h"

namespace berth::cli {

/// A little more than the longest text that Butane or Ignition is read from: whoever reads it says that it is too long,
/// and nobody has to hold more.
inline constexpr std::size_t kMostInput = (std::size_t{64} << 20) + 1;

/// All of `in`, or its first kMostInput bytes.
[[nodiscard]] std::string readInput(std::istream& in);

/// The text of the file at `path`, or its first kMostInput bytes. A fifo or a device by its name is refused, since it
/// might never end; a pipe that the shell has opened for us (`<(…)`, /dev/stdin) is read to its end.
[[nodiscard]] std::variant<std::string, source::Unreadable> readInputFile(const std::string& path);

}  // namespace berth::cli
