// SPDX-License-Identifier: Apache-2.0
//
// Completion scripts, written out from the same tree of commands that the command line is parsed by, so that they
// cannot lag behind it. Names of hosts, nodes and clusters are asked from the controller, for a second at most.
#pragma once

#include <string>

#include "controller/cli/arguments.h"

namespace berth::cli {

[[nodiscard]] std::string bashCompletion(const CommandNode& root);
/// The bash one, through zsh's own bridge.
[[nodiscard]] std::string zshCompletion(const CommandNode& root);
[[nodiscard]] std::string fishCompletion(const CommandNode& root);

}  // namespace berth::cli
