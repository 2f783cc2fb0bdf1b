// SPDX-License-Identifier: Apache-2.0
//
// The versions of Ignition's config format that Berth reads and writes, in their order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth::ignition {

enum class SpecVersion : std::uint8_t { v3_0, v3_1, v3_2, v3_3, v3_4, v3_5, v3_6, v3_7_experimental };

/// As a config states it: "3.4.0", "3.7.0-experimental".
[[nodiscard]] std::string_view str(SpecVersion version);
/// Nothing for any other text.
[[nodiscard]] std::optional<SpecVersion> parseSpecVersion(std::string_view text);
/// "03.4.0-" becomes "3.4.0": three numbers, and a pre-release and a build part where they are not empty. Nothing for
/// what is no version at all.
[[nodiscard]] std::optional<std::string> normalisedVersion(std::string_view text);

}  // namespace berth::ignition
