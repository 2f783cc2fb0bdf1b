// SPDX-License-Identifier: Apache-2.0
//
// Follows a rollout until it ends, a person presses Ctrl-C, or nobody reads any more. The rollout belongs to the
// controller: nothing here can stop it, and a controller that restarts meanwhile costs one line.
#pragma once

#include "controller/cli/session.h"
#include "words/counter.h"

namespace berth::cli {

/// `ok` when the rollout did all it was to do, `error` when it failed or cannot be followed, `interrupted` after
/// Ctrl-C.
[[nodiscard]] ExitCode followRollout(RolloutId id, Session& session);

}  // namespace berth::cli
