// SPDX-License-Identifier: Apache-2.0
//
// Places where a test kills the agent, to prove that the next pass takes up what it finds. Each is named once in the
// source, and `BERTH_FAILPOINT=name:abort` ends the process there as if by SIGKILL. Without the variable a failpoint
// is one comparison with null.
#pragma once

#include <string_view>

namespace berth::program {

/// Dies here if the environment says so.
void failpoint(std::string_view name);

}  // namespace berth::program
