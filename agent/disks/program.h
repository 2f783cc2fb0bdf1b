// SPDX-License-Identifier: Apache-2.0
//
// Runs a program of the host to its end. There is no shell and no search along PATH; the environment is empty but for
// LC_ALL=C, so that messages are what we expect; output is bounded, and a program that takes too long is killed.
#pragma once

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <vector>

#include "agent/disks/error.h"

namespace berth::disks {

/// The most of a program's output that is kept, where nothing else is said; the rest is read and dropped, so that it
/// does not block.
inline constexpr std::size_t kProgramOutputMax = 16u << 10;

struct Finished {
  /// As of exit(); 128 + the signal's number when one ended it.
  int status = 0;
  /// Standard output and standard error, as they came.
  std::string output;
};

/// `argv[0]` is an absolute path. An Error says that it could not be started or was killed after `limit`. It is killed,
/// too, when `stop` is asked for.
[[nodiscard]] Result<Finished> runProgram(const std::vector<std::string>& argv, std::chrono::milliseconds limit,
                                          const std::stop_token& stop = {}, std::size_t kept = kProgramOutputMax);

}  // namespace berth::disks
