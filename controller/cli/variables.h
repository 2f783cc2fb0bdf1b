// SPDX-License-Identifier: Apache-2.0
//
// Values for a spec's variables from all that may give them. Of several for one variable the later counts:
//
//   BERTH_VAR_name                  the environment
//   berth.auto.vars.yaml            beside the spec
//   --var-file FILE, -v NAME=VALUE  in the order of the command line
#pragma once

#include <string>
#include <vector>

#include "controller/cli/arguments.h"
#include "controller/cli/trouble.h"
#include "controller/cli/world.h"
#include "planner/spec/given.h"

namespace berth::cli {

inline constexpr const char* kAutoVariables = "berth.auto.vars.yaml";
inline constexpr const char* kVariablePrefix = "BERTH_VAR_";

/// `directory` is that of the spec: it ends with a slash, or is empty. Trouble when a file cannot be read, or is no
/// mapping of names to values. Values are never in a message.
[[nodiscard]] Result<spec::Givens> gatherVariables(const std::vector<VariableOption>& options,
                                                   const std::string& directory, const World& world);

}  // namespace berth::cli
