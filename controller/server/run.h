// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "controller/server/settings.h"

namespace berth::server {

/// Serves until SIGTERM or SIGINT. The process's exit code: 0 after a signal, 1 when it could not go on; why is in the
/// log.
[[nodiscard]] int run(const std::filesystem::path& stateDirectory, const Settings& settings);

}  // namespace berth::server
