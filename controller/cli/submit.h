// SPDX-License-Identifier: Apache-2.0
//
// From a spec on disk to what the controller is sent, with the image that it means: what plan and apply have in common.
#pragma once

#include <optional>

#include "controller/cli/prepare.h"
#include "controller/cli/session.h"

namespace berth::cli {

/// Whether the image of the revision in force stays, as long as it is asked for in the same words.
enum class Pin { keep, resolveAnew };

/// Checks the spec here and resolves its image. What is wrong has been printed when there is nothing.
[[nodiscard]] std::optional<message::Submission> submit(const SpecOnDisk& spec, Pin pin, Session& session);

}  // namespace berth::cli
