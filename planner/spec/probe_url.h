// SPDX-License-Identifier: Apache-2.0
//
// The address of an HTTP probe, as one node has it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth::spec {

/// What is wrong with the address of a probe; nothing when it is right.
[[nodiscard]] std::optional<std::string> probeUrlProblem(std::string_view url);

}  // namespace berth::spec
